from __future__ import annotations

from pathlib import Path

import pytest

from empa_graph.llm.gguf_header import header
from tests.adapters import Adapter, written


def test_the_header_says_what_kind_of_file_it_is(tmp_path: Path):
    tensors, found = header(written(tmp_path / "a.gguf", Adapter(architecture="qwen2", layers=2)))
    assert tensors == 4
    assert (found["general.architecture"], found["general.type"]) == ("qwen2", "adapter")
    assert found["adapter.type"] == "lora"


@pytest.mark.parametrize("kept", [4, 20, 24, 30, 60, 80])
def test_a_header_that_ends_early_says_what_it_has(tmp_path: Path, kept: int):
    whole = written(tmp_path / "a.gguf", Adapter())
    everything = header(whole).texts
    whole.write_bytes(whole.read_bytes()[:kept])
    assert header(whole).texts.items() <= everything.items()


def test_a_header_with_lengths_beyond_the_file_is_not_believed(tmp_path: Path):
    file = tmp_path / "a.gguf"
    file.write_bytes(b"GGUF" + b"\xff" * 60)
    assert header(file).texts == {}
