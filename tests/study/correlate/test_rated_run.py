from __future__ import annotations

import json
from pathlib import Path

from empa_graph.store.access import open_store
from empa_graph.store.annotations import Annotation, Annotations
from empa_graph.study.correlate.rated_run import rated_run
from tests.command import empa
from tests.records import episode
from tests.viewer_parts import folder, said

REPLIES = (
    "That hurts, after a year of work. What was the worst of it for you?",
    "You sound ashamed. It makes sense, with your father waiting.",
    "When is the next exam?",
    "Did you tell anybody else?",
    "You should study harder and make a plan.",
    "It's not that bad, others have it much worse.",
)


def rated(path: Path) -> Path:
    talks = [said(("I failed the oral exam.", reply), ("I cannot sleep.", "Go on.")) for reply in REPLIES]
    folder(path, [episode(scenario=f"p{n}/goal", messages=talk) for n, talk in enumerate(talks)], id="demo")
    kept = Annotations.beside(path, "demo")
    for number, value in enumerate((5, 4, 3, 3, 2, 1)):
        kept.add(Annotation(episode=number, turn=1, annotator="Nadia", name="support", rating=value))
    kept.close()
    return path


def test_what_has_no_reply_or_no_end_is_left_out(tmp_path: Path):
    silent = said(("Hello?", "Yes."))[:1]
    path = folder(tmp_path / "run", [episode(messages=silent), None], id="demo")
    kept = Annotations.beside(path, "demo")
    for place in (
        {"episode": 0, "turn": 1},
        {"episode": 0, "turn": 9},
        {"episode": 1, "turn": 1},
        {"episode": 7, "turn": 1},
    ):
        kept.add(Annotation(**place, annotator="Nadia", name="support", rating=2))
    kept.add(Annotation(episode=0, turn=None, annotator="Tom", name="support", rating=3))
    with open_store(path) as store:
        (line,) = map(json.loads, rated_run(store, kept))
    assert line["ratings"] == {"support": [None, 3.0]} and "turn" not in line
    kept.close()


def test_correlate_reads_the_ratings_of_a_run(tmp_path: Path):
    done = empa("correlate", rated(tmp_path / "run"), "--json", "--gaming", "0", "--metric", "composite,length")
    assert (done.code, done.err) == (0, "")
    found = json.loads(done.out)
    assert (found["rows"], found["scored"]) == (6, 6)
    assert {(one["metric"], one["rating"], one["n"]) for one in found["agreement"]} >= {("composite", "support", 6)}


def test_a_run_that_nobody_has_rated_is_said(tmp_path: Path):
    path = folder(tmp_path / "run", [episode()], id="demo")
    done = empa("correlate", path, "--json")
    assert done.code == 2 and "nobody has rated this run (empa view" in done.err
    assert empa("correlate", tmp_path).code == 2
