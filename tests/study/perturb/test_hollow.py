from __future__ import annotations

import random

import pytest

from empa_graph.study.perturb.hollow import SENTENCES, Hollow, hollow_reply

SAID = "They moved my desk to the corridor and nobody told me."


def hollow(kind: Hollow, words: int = 30, said: str = SAID, seed: int = 0) -> str:
    return hollow_reply(kind, said=said, words=words, rng=random.Random(seed))


@pytest.mark.parametrize("kind", list(SENTENCES))
def test_a_hollow_reply_is_about_as_long_as_the_one_it_replaces(kind: Hollow):
    for words in (20, 40, 80):
        found = [len(hollow(kind, words, seed=seed).split()) for seed in range(20)]
        assert all(abs(length - words) <= 10 for length in found)
    assert hollow(kind, 0)


@pytest.mark.parametrize("kind", list(SENTENCES))
def test_a_hollow_reply_takes_at_most_one_content_word_of_what_was_said(kind: Hollow):
    own = set(" ".join(SENTENCES[kind]).lower().split())
    new = {word.strip(".,!") for word in hollow(kind, 500).lower().split() if word not in own}
    assert len(new) == 1 and new <= set(SAID.lower().strip(".").split())


def test_the_same_seed_gives_the_same_hollow_reply_and_another_seed_another():
    assert hollow("jargon", seed=1) == hollow("jargon", seed=1) != hollow("jargon", seed=2)


def test_braces_in_what_was_said_are_no_template():
    assert "{" not in hollow("pure_empathy", 500, said="{topic.__class__} {corridor}")
