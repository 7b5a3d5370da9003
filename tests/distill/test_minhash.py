from __future__ import annotations

import random

import numpy as np
import pytest

from empa_graph.distill.minhash import BANDS, HASHES, alike, bands, signature

WORDS = [f"word{n}" for n in range(4_000)]


def pair(shared: int, own: int, seed: int) -> tuple[str, str]:
    """Two texts with ``shared`` runs of three words in common and about ``own`` each of their own."""
    dice = random.Random(seed)
    common = dice.sample(WORDS, shared)
    return tuple(" ".join([*common, *dice.sample(WORDS, own)]) for _ in range(2))  # type: ignore[return-value]


@pytest.mark.parametrize(
    ("shared", "own", "share"), [(300, 0, 1.0), (300, 75, 0.667), (300, 30, 0.833), (10, 300, 0.016)]
)
def test_the_estimate_is_near_the_share_of_runs_in_common(shared: int, own: int, share: float):
    found = [alike(*map(signature, pair(shared, own, seed))) for seed in range(20)]
    assert abs(float(np.mean(found)) - share) < 0.03


def test_texts_that_are_nearly_the_same_share_a_band_and_others_hardly_ever():
    def shared(near: tuple[str, str]) -> bool:
        left, right = (set(bands(signature(text))) for text in near)
        return bool(left & right)

    assert all(shared(pair(300, 30, seed)) for seed in range(30))
    assert not any(shared(pair(10, 300, seed)) for seed in range(30))


def test_the_numbers_of_placeholders_do_not_count():
    assert alike(signature("I told [name 1] all of it"), signature("I told [name 22] all of it")) == 1.0
    assert alike(signature("I told [name 1] all of it"), signature("I told [place 1] all of it")) < 1.0


def test_a_signature_is_the_same_on_every_machine_and_long_texts_have_one_too():
    assert signature("a b c d")[:2].tolist() == signature("A  B c, d!")[:2].tolist()
    assert len(signature(" ".join(WORDS * 3))) == HASHES and len(list(bands(signature("")))) == BANDS
