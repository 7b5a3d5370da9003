from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from empa_graph.models.calibration import Calibration
from tests.command import empa
from tests.rated_parts import rated, ratings_file, written


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return ratings_file(tmp_path_factory.mktemp("rated") / "ratings.jsonl", 30)


def made(file: Path, out: Path, *words: object) -> Calibration:
    done = empa("calibrate", file, "--rating", "warm", "--out", out, *words)
    assert done.code == 0, done.err
    return Calibration.model_validate_json(out.read_text(encoding="utf-8"))


def test_weights_and_the_corrected_mean_are_written_and_shown(file: Path, tmp_path: Path):
    out = tmp_path / "cal.json"
    done = empa("calibrate", file, "--rating", "warm", "--scale", "1,5", "--out", out)
    told = " ".join(done.out.split())
    assert (done.code, done.err) == (0, "")
    assert "by hand" in told and "length" in told and "sentiment" in told
    assert f"writtento{out}" in told.replace(" ", "")
    found = Calibration.model_validate_json(out.read_text(encoding="utf-8"))
    assert found.fitted and all(name.startswith("support.axes.") for name in found.fitted.weights)
    assert found.fitted.pearson and found.fitted.pearson.value > 0.5
    assert [one.over.split(":")[0] for one in found.fitted.gains] == ["by hand", "length", "sentiment"]
    composite = found.corrections["composite"]
    assert set(found.corrections) == {"composite", "support"}
    assert (composite.rows, composite.n, found.scale) == (30, 30, (1.0, 5.0))
    assert composite.corrected.value == pytest.approx(composite.judged.value + composite.mean)
    assert composite.corrected.value == pytest.approx(composite.people.value)
    assert found.stands_on["evaluator"] == "cues" and "c1" not in out.read_text(encoding="utf-8").split('"')


def test_the_rating_is_predicted_from_the_metrics_of_the_weights(file: Path, tmp_path: Path):
    found = made(file, tmp_path / "cal.json", "--metric", "regress_level,movement").fitted
    assert found and set(found.weights) == {"regress_level", "movement"}
    middle = {name: one.mean for name, one in found.weights.items()}
    assert found.rating(middle) == pytest.approx(found.intercept)
    one = found.weights["regress_level"]
    more = middle | {"regress_level": one.mean + one.scale}
    assert found.rating(more) == pytest.approx(found.intercept + one.weight)
    assert found.rating({"regress_level": 1.0}) is None


def test_lines_without_the_rating_make_the_judges_mean_and_no_label(tmp_path: Path):
    rows = [rated(n, n % 5, ratings={"warm": [5 - n % 5]} if n < 15 else {"other": [1]}) for n in range(30)]
    found = made(written(tmp_path / "r.jsonl", *rows), tmp_path / "cal.json").corrections["composite"]
    assert (found.rows, found.n) == (30, 15)
    assert found.corrected.value == pytest.approx(found.judged.value + found.mean)


def test_too_few_conversations_have_a_correction_and_no_weights(tmp_path: Path):
    file = ratings_file(tmp_path / "r.jsonl", 6)
    done = empa("calibrate", file, "--rating", "warm", "--out", tmp_path / "cal.json")
    why = "no weights: 6 groups of rated rows with all of the metrics, at least 10 are needed"
    assert done.code == 0 and why in " ".join(done.out.split())
    found = Calibration.model_validate_json((tmp_path / "cal.json").read_text(encoding="utf-8"))
    assert found.fitted is None and found.unfitted and found.corrections["composite"].n == 6
    assert all(one.corrected.low == pytest.approx(one.people.low) for one in found.corrections.values())
    assert all(one.corrected.high == pytest.approx(one.people.high) for one in found.corrections.values())


def test_two_labels_say_no_more_than_the_range_of_the_score(tmp_path: Path):
    file = written(tmp_path / "r.jsonl", *(rated(n, n * 4, ratings={"warm": [5 - n * 4]}) for n in range(2)))
    found = made(file, tmp_path / "cal.json").corrections["composite"]
    for one in (found.judged, found.corrected, found.people):
        assert (one.low, one.high) == (0.0, 100.0)


def test_one_group_gives_nothing_to_write(tmp_path: Path):
    file, out = written(tmp_path / "r.jsonl", *(rated(n, n % 5, group="all") for n in range(12))), tmp_path / "cal.json"
    done = empa("calibrate", file, "--rating", "warm", "--out", out)
    assert (done.code, done.out, done.err.count("\n")) == (2, "", 1) and not out.exists()
    assert "no weights (1 group of rated rows with all of the metrics, at least 10 are needed)" in done.err
    assert "no corrected mean (at least 2 groups of rated rows with a score that varies are needed)" in done.err


def test_groups_are_counted_and_left_out_together(tmp_path: Path):
    rows = [rated(n, n % 5, group=f"p{n % 12}") for n in range(36)]
    found = made(written(tmp_path / "r.jsonl", *rows), tmp_path / "cal.json")
    assert found.fitted and (found.fitted.n, found.fitted.groups) == (36, 12)
    assert found.corrections["composite"].n == 12


def test_the_same_seed_writes_the_same_file_and_the_rows_are_used_again(file: Path, tmp_path: Path):
    rows = tmp_path / "rows.jsonl"
    one = made(file, tmp_path / "one.json", "--out-rows", rows)
    size = rows.stat().st_size
    assert made(file, tmp_path / "two.json", "--out-rows", rows) == one and rows.stat().st_size == size


def test_json_is_the_file(file: Path, tmp_path: Path):
    out = tmp_path / "cal.json"
    done = empa("calibrate", file, "--rating", "warm", "--out", out, "--json")
    shown: dict[str, Any] = json.loads(done.out)
    assert shown == json.loads(out.read_text(encoding="utf-8"))


@pytest.mark.parametrize(
    ("words", "line"),
    [
        (("--rating", "warmth"), "--rating: unknown rating 'warmth'. Did you mean 'warm'?"),
        (("--rating", "warm", "--scale", "1-5"), "--scale is '1-5', allowed are two numbers such as 1,5"),
        (("--rating", "warm", "--scale", "5,1"), "--scale is 5,1, allowed is the lower end first"),
        (("--rating", "warm", "--scale", "1,nan"), "is 1,nan, allowed are two finite numbers from -1e+09 to 1e+09"),
        (("--rating", "warm", "--scale", "nan,5"), "is nan,5, allowed are two finite numbers"),
        (("--rating", "warm", "--scale", "1,inf"), "is 1,inf, allowed are two finite numbers"),
        (("--rating", "warm", "--scale", "1,2e9"), "is 1,2e+09, allowed are two finite numbers"),
        (("--rating", "warm", "--scale", "2,5"), "--scale 2,5: the ratings reach from 1 to 5"),
        (("--rating", "warm", "--metric", "supprt"), "--metric: unknown metric 'supprt'"),
        (
            ("--rating", "warm", "--by-hand", "composit"),
            "--by-hand: unknown metric 'composit'. Did you mean 'composite'?",
        ),
    ],
)
def test_a_wrong_word_is_one_line_and_writes_nothing(file: Path, tmp_path: Path, words: tuple[str, ...], line: str):
    done = empa("calibrate", file, *words, "--out", tmp_path / "cal.json")
    assert (done.code, done.out, done.err.count("\n")) == (2, "", 1) and line in done.err
    assert not (tmp_path / "cal.json").exists()


def test_a_file_is_written_over_only_by_force_and_the_ratings_never(file: Path, tmp_path: Path):
    out = tmp_path / "cal.json"
    out.write_text("paid for\n", encoding="utf-8")
    words = ("calibrate", file, "--rating", "warm", "--out")
    assert empa(*words, out).err == f"empa: {out}: exists already; choose another --out or add --force\n"
    assert empa(*words, out, "--force").code == 0 and out.read_text(encoding="utf-8").startswith("{")
    assert empa(*words, file, "--force").err == f"empa: {file}: holds the ratings; choose another --out\n"
    assert "no such folder" in empa(*words, tmp_path / "none" / "cal.json").err


def test_equal_ratings_calibrate_nothing(tmp_path: Path):
    rows = [rated(n, n % 5, ratings={"warm": [3]}) for n in range(12)]
    done = empa("calibrate", written(tmp_path / "r.jsonl", *rows), "--rating", "warm", "--out", tmp_path / "c.json")
    assert (done.code, done.err) == (2, "empa: rating 'warm': all numbers are equal\n")
