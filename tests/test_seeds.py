from __future__ import annotations

from hypothesis import given, settings, strategies as st

from empa_graph.seeds import derived_seed

parts = st.lists(st.integers() | st.text(alphabet="abc/_ 0", max_size=8), min_size=1, max_size=5)


def test_a_seed_stays_the_same_from_release_to_release():
    assert derived_seed(0, "exam_student/reduce_stress", 0) == 1075052148


def test_a_seed_depends_on_every_part_and_on_their_order():
    seeds = [
        derived_seed(0, "night_nurse/call_home", 0),
        derived_seed(1, "night_nurse/call_home", 0),
        derived_seed(0, "night_nurse/call_home", 1),
        derived_seed(0, "night_nurse/unload_shift", 0),
        derived_seed("night_nurse/call_home", 0, 0),
        derived_seed(0, "night_nurse/call_home"),
    ]
    assert len(set(seeds)) == len(seeds)


def test_a_part_does_not_run_into_the_next():
    assert derived_seed("ab", "c") != derived_seed("a", "bc") != derived_seed("abc")
    assert derived_seed(1, 23) != derived_seed(12, 3)


@settings(deadline=None)
@given(parts)
def test_a_seed_fits_every_random_generator(given_parts: list[int | str]):
    seed = derived_seed(*given_parts)
    assert 0 <= seed < 2**31
    assert seed == derived_seed(*given_parts)


def test_neighbouring_seeds_are_spread_over_the_range():
    seeds = [derived_seed(number) for number in range(2_000)]
    assert len(set(seeds)) == 2_000
    assert all(400 <= sum(seed // 2**29 == quarter for seed in seeds) <= 600 for quarter in range(4))
