"""Who computes beside another stays on one thread, and the last to leave gives the threads back."""

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

pytest.importorskip("threadpoolctl")

from threadpoolctl import threadpool_info

from empa_graph.cues.one_thread import OneThread


def threads() -> set[int]:
    assert np.ones(1).sum() == 1.0
    return {library["num_threads"] for library in threadpool_info() if library["user_api"] == "blas"}


def test_who_leaves_first_does_not_give_the_threads_back():
    before, one = threads(), OneThread()
    with ThreadPoolExecutor(1) as here, ThreadPoolExecutor(1) as there:
        for first, second in ((here, there), (there, here)):
            inside, other = one(), one()
            first.submit(inside.__enter__).result()
            second.submit(other.__enter__).result()
            first.submit(inside.__exit__, None, None, None).result()
            assert threads() == {1}
            second.submit(other.__exit__, None, None, None).result()
            assert threads() == before


def test_an_error_gives_the_threads_back():
    before = threads()
    with pytest.raises(ValueError, match="broken"), OneThread()():
        assert threads() == {1}
        raise ValueError("broken")
    assert threads() == before
