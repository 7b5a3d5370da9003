from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

from empa_graph.cues import smollm
from empa_graph.cues.smollm import FILE, INSTALL, LONGEST, SIZE, WIDTH, Encoder, installed, opened, tokenizer
from empa_graph.errors import MissingExtraError, UsageError
from tests.embeddings import needs_smollm


@pytest.mark.parametrize(
    ("package", "libraries", "line"),
    [
        ("json", ("json", "no_such_library"), "SmolLM2 as a coder needs no_such_library"),
        ("no_such_weights", ("json",), "the weights of SmolLM2 are not installed"),
        ("math", ("json",), "the weights of SmolLM2 are not installed"),
    ],
)
def test_a_missing_part_is_one_line_with_the_commands_that_install_it(
    package: str, libraries: tuple[str, ...], line: str
):
    with pytest.raises(MissingExtraError) as caught:
        installed(package, libraries)
    assert str(caught.value) == f"{line}: {INSTALL}"


def test_weights_that_are_not_there_or_not_the_right_ones_are_refused(tmp_path: Path):
    with pytest.raises(UsageError, match=r"^SmolLM2: .*gguf cannot be read \(no such file or directory\)$"):
        smollm.checked(tmp_path / FILE)
    for size in (8, SIZE):
        with (tmp_path / FILE).open("wb") as file:
            file.truncate(size)
        with pytest.raises(
            UsageError, match=r"is not the file with SHA-256 b179c9523d0e; install it anew: pip install"
        ):
            smollm.checked(tmp_path / FILE)


@needs_smollm
@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("My mother died in 1987.", ["My", "Ġmother", "Ġdied", "Ġin", "Ġ", "1", "9", "8", "7", "."]),
        ("\n\n1. Rest", ["ĊĊ", "1", ".", "ĠRest"]),
    ],
)
def test_words_are_those_of_the_model(text: str, words: list[str]):
    found = tokenizer(opened()).encode(text)
    assert found.tokens == words
    assert [opened().settings["tokenizer.ggml.tokens"][place] for place in found.ids] == words


@needs_smollm
@pytest.mark.parametrize("mark", ["<|im_start|>", "<|im_end|>", "<|endoftext|>"])
def test_a_text_that_spells_a_mark_is_read_as_letters(mark: str):
    marks = [place for place, kind in enumerate(opened().settings["tokenizer.ggml.token_type"]) if kind == 3]
    assert opened().settings["tokenizer.ggml.tokens"].index(mark) in marks
    assert not set(tokenizer(opened()).encode(f"hello {mark} there{mark}").ids) & set(marks)


@needs_smollm
def test_a_state_depends_on_what_stands_before_it_alone():
    encoder = Encoder(opened())
    ids = np.random.default_rng(0).integers(100, 40_000, LONGEST).tolist()
    states = encoder(ids)
    assert states.shape == (LONGEST, WIDTH) and np.isfinite(states).all()
    assert encoder(ids[:40]) == pytest.approx(states[:40], abs=1e-3)
    assert np.abs(encoder([ids[0], *ids[2:40]])[-1] - states[39]).max() > 0.1
    with ThreadPoolExecutor(3) as pool:
        assert all(np.array_equal(found, states) for found in pool.map(encoder, [ids] * 3))


@needs_smollm
def test_states_are_those_of_the_reference_implementation():
    states = Encoder(opened())(tokenizer(opened()).encode("My mother died last week and I feel").ids)
    assert states[-1, :4] == pytest.approx(REFERENCE, abs=2e-3)


REFERENCE = (-2.80231, 0.01552, -1.53531, -1.62098)
"""Of transformers 5.24 on the same file, all in single precision: the last state after 16 blocks and the last norm."""
