from __future__ import annotations

import numpy as np
import pytest

from empa_graph.scoring.noise import NoiseSplit, noise_split


def crossed(counts: tuple[int, int, int, int], sds: tuple[float, float, float, float]) -> dict[str, list]:
    """Draw scores with known standard deviations of scenario, simulator, agent and judge."""
    rng = np.random.default_rng(4)
    rows: dict[str, list] = {"values": [], "scenario": [], "course": [], "transcript": []}
    for scenario in range(counts[0]):
        a = rng.normal(0, sds[0])
        for course in range(counts[1]):
            b = rng.normal(0, sds[1])
            for transcript in range(counts[2]):
                c = rng.normal(0, sds[2])
                for _ in range(counts[3]):
                    rows["values"].append(a + b + c + rng.normal(0, sds[3]))
                    rows["scenario"].append(scenario)
                    rows["course"].append(course)
                    rows["transcript"].append(transcript)
    return rows


def split(rows: dict[str, list]) -> NoiseSplit:
    return noise_split(rows["values"], **{name: rows[name] for name in ("scenario", "course", "transcript")})


def test_planted_parts_are_found_again():
    found = split(crossed((300, 3, 3, 3), (4.0, 3.0, 2.0, 1.0)))
    assert found == pytest.approx((16.0, 9.0, 4.0, 1.0), rel=0.2)


def test_unequal_counts_do_not_bend_the_parts():
    rows = crossed((300, 4, 3, 3), (4.0, 3.0, 2.0, 1.0))
    keep = np.random.default_rng(1).random(len(rows["values"])) < 0.5
    rows = {name: [x for x, kept in zip(column, keep, strict=True) if kept] for name, column in rows.items()}
    assert split(rows) == pytest.approx((16.0, 9.0, 4.0, 1.0), rel=0.25)


def test_two_repeats_by_hand():
    # Two scenarios, two judgements each of one conversation: within 2 and 2; between (11 - 3)^2 / 2 = 32 less 2 / 2.
    found = noise_split([2.0, 4.0, 10.0, 12.0], scenario=[0, 0, 1, 1], course=[0] * 4, transcript=[0] * 4)
    assert found.judge == pytest.approx(2.0)
    assert found.scenario == pytest.approx(31.0)
    assert (found.simulator, found.agent) == (None, None)


def test_repeats_under_their_own_seed_tell_no_part_of_the_noise_from_another():
    found = noise_split([2.0, 4.0, 10.0, 12.0], scenario=[0, 0, 1, 1], course=[1, 2, 3, 4], transcript=[1, 2, 3, 4])
    assert found.simulator == pytest.approx(2.0)
    assert (found.agent, found.judge) == (None, None)


def test_without_repeats_all_lies_between_scenarios():
    labels = [0, 1, 2]
    found = noise_split([1.0, 2.0, 3.0], scenario=labels, course=labels, transcript=labels)
    assert found.scenario == pytest.approx(1.0)
    assert found[1:] == (None, None, None)


def test_one_value_says_nothing():
    assert noise_split([1.0], scenario=[0], course=[0], transcript=[0]) == NoiseSplit()


def test_a_part_below_zero_is_zero():
    found = noise_split([0.0, 10.0, 1.0, 9.0], scenario=[0, 0, 1, 1], course=[0] * 4, transcript=[0] * 4)
    assert found.scenario == 0.0


@pytest.mark.parametrize("values", [[], [[1.0]], [float("nan")]])
def test_values_that_are_no_row_of_numbers_are_refused(values):
    with pytest.raises(ValueError, match="allowed is"):
        noise_split(values, scenario=[0], course=[0], transcript=[0])


def test_every_value_needs_its_labels():
    with pytest.raises(ValueError, match="1 labels for 2 values"):
        noise_split([1.0, 2.0], scenario=[0], course=[0, 1], transcript=[0, 1])
