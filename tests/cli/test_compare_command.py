from __future__ import annotations

import json
from pathlib import Path

import pytest

from empa_graph.cli.display import console
from empa_graph.store.folder import RunFolder
from tests.command import empa
from tests.records import episode, run, score

CASES = [f"someone/goal{n}" for n in range(5)]


def played(folder: Path, lift: float = 0.0, *variants: str, **changes: object) -> Path:
    """Store a run whose variants align from 0.4 on, each by ``lift`` more than the one before."""
    names = variants or ("baseline",)
    with RunFolder(folder, run(*names, episodes=5, **changes)) as keep:
        for place, name in enumerate(names):
            for n, case in enumerate(CASES):
                value = 0.4 + 0.05 * n + (place + (not variants)) * lift * (1.0 + 0.1 * n)
                got = score(100 * value, alignment_index=value)
                keep.add(episode(scenario=case, variant=name, score=got, agent=str(changes.get("agent", "an agent"))))
    return folder


@pytest.fixture(autouse=True)
def _own_scores(monkeypatch: pytest.MonkeyPatch) -> None:
    """The scores of these records are typed, and not those of their levels."""
    from empa_graph.run.recount import Recount

    monkeypatch.setattr(Recount, "found", lambda *given: None)


def test_variants_of_a_run_are_set_against_the_first(tmp_path: Path):
    folder = played(tmp_path / "run", 0.1, "baseline", "aligned", "informed")
    done = empa("compare", folder)
    assert done.code == 0
    assert "aligned against baseline, paired over 5 scenarios" in done.out
    assert "informed against baseline, paired over 5 scenarios" in done.out
    found = json.loads(empa("compare", folder, "--json").out)
    assert [one["name"] for one in found["against_first"]] == ["aligned", "informed"]
    share = found["against_first"][0]["shares"]["alignment_index"]
    assert share["change"] == pytest.approx(0.12 / 0.5) and share["low"] < share["change"] < share["high"]
    assert share["difference"] == pytest.approx(0.12) and share["difference_low"] < 0.12 < share["difference_high"]
    assert "+24.0%" in done.out and "+0.12" in done.out and "aligned - baseline: composite +12.0" in done.out
    assert "aligned is ahead of baseline by its composite" in done.out


def test_the_composite_differs_as_the_summary_of_the_run_says(tmp_path: Path):
    folder = played(tmp_path / "run", 0.1, "baseline", "aligned")
    (told,) = json.loads(empa("show", folder, "--json").out)["contrasts"]
    (found,) = json.loads(empa("compare", folder, "--json").out)["against_first"]
    assert found["contrast"] == told


def test_runs_go_by_what_tells_them_apart_or_by_names_that_were_typed(tmp_path: Path):
    base, tuned = played(tmp_path / "a"), played(tmp_path / "b", 0.1, agent="local:m.gguf?lora=a.gguf")
    told = json.loads(empa("compare", base, tuned, "--json").out)
    assert "agent is behind local:m.gguf?lora=a.gguf" in " ".join(empa("compare", tuned, base).out.split())
    twin = " ".join(empa("compare", f"one={base}", f"two={base}").out.split())
    assert "two and one: without an interval nothing tells them apart" in twin
    assert [one["name"] for one in told["sides"]] == ["an agent", "local:m.gguf?lora=a.gguf"]
    told = json.loads(empa("compare", f"base={base}", f"tuned={tuned}", "--json").out)
    assert [one["name"] for one in told["sides"]] == ["base", "tuned"]
    both = played(tmp_path / "c", 0.1, "baseline", "aligned")
    told = json.loads(empa("compare", f"base={base}", f"other={both}", "--json").out)
    assert [one["name"] for one in told["sides"]] == ["base", "other, baseline", "other, aligned"]


def test_a_variant_can_be_chosen(tmp_path: Path):
    folder = played(tmp_path / "run", 0.1, "baseline", "aligned", "informed")
    words = ("compare", folder, "--variant", "informed", "--variant", "baseline", "--json")
    assert [one["name"] for one in json.loads(empa(*words).out)["sides"]] == ["informed", "baseline"]


def test_what_means_nothing_is_refused_in_one_line(tmp_path: Path):
    base, other = played(tmp_path / "a"), played(tmp_path / "b", evaluator="judge", judges=("openai:m",))
    for words, told in (
        ((base,), "one variant alone ('baseline')"),
        ((base, base), "stands there twice"),
        ((base, other), "cannot be compared: evaluator.name: another evaluator judges"),
        ((base, base, "--variant", "basline"), "unknown variant 'basline'. Did you mean 'baseline'?"),
        ((base, tmp_path / "none"), "no run here (run.json is missing)"),
    ):
        done = empa("compare", *words)
        assert done.code == 2 and done.err.count("\n") == 1 and told in done.err, done.err


@pytest.mark.parametrize("width", [40, 60, 80, 200])
def test_no_number_is_cut_at_any_width(tmp_path: Path, width: int, monkeypatch: pytest.MonkeyPatch):
    folder = played(tmp_path / "run", 0.1, "baseline", "aligned")
    monkeypatch.setattr(console, "_width", width)
    out = empa("compare", folder).out
    assert "…" not in out and all(len(line) <= width for line in out.splitlines() if " " in line.strip())
    for text in ("0.50", "0.62", "+24.0%", "[+23.3%, +25.0%]"):
        assert text in out or text in " ".join(out.split())
