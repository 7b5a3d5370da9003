from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from gguf import GGMLQuantizationType as Kind, GGUFWriter
from gguf.quants import dequantize, quantize

from empa_graph.cues.gguf_file import read

MATRIX = np.random.default_rng(0).normal(size=(4, 96)).astype(np.float32)


def written(file: Path, kind: Kind) -> Path:
    """Write a file of one list, three settings and two tensors, the matrix as ``kind``."""
    writer = GGUFWriter(file, "llama")
    writer.add_uint32("llama.block_count", 3)
    writer.add_bool("told", True)
    writer.add_float32("small", 0.5)
    writer.add_array("words", ["one", "zwei", "\u4e09"])
    writer.add_tensor("norm", MATRIX[0])
    writer.add_tensor("matrix", MATRIX if kind is Kind.F32 else quantize(MATRIX, kind), raw_dtype=kind)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    return file


def test_settings_are_those_that_were_written(tmp_path: Path):
    found = read(written(tmp_path / "m.gguf", Kind.F32)).settings
    assert found["general.architecture"] == "llama"
    assert [found[name] for name in ("llama.block_count", "told", "small")] == [3, True, 0.5]
    assert found["words"] == ["one", "zwei", "\u4e09"]


@pytest.mark.parametrize("kind", [Kind.F32, Kind.Q8_0, Kind.Q4_1])
def test_rows_are_the_numbers_that_the_reference_implementation_reads(tmp_path: Path, kind: Kind):
    found = read(written(tmp_path / "m.gguf", kind)).tensors
    expected = MATRIX if kind is Kind.F32 else dequantize(quantize(MATRIX, kind), kind)
    assert np.array_equal(found["matrix"][:], expected)
    assert np.array_equal(found["matrix"][np.array([3, 1])], expected[[3, 1]])
    assert np.array_equal(found["norm"][:], MATRIX[0])


def test_a_file_of_another_kind_is_refused(tmp_path: Path):
    (tmp_path / "other").write_bytes(b"GGML" + bytes(20))
    with pytest.raises(ValueError, match="other is no GGUF file"):
        read(tmp_path / "other")
    with pytest.raises(ValueError, match="tensors of kind 6 are not read"):
        read(written(tmp_path / "m.gguf", Kind.Q5_0))
