from __future__ import annotations

import base64
import gzip
import json
import re
from pathlib import Path
from typing import Any

import pytest

from empa_graph.models.failure import Failure
from empa_graph.models.latent import Step
from empa_graph.report.summary import summarise
from empa_graph.run.recount import Recount
from empa_graph.store.access import open_store
from empa_graph.store.ledger import Store
from empa_graph.viewer import recent
from tests.command import empa
from tests.records import episode, run, score, supported
from tests.store_parts import entries
from tests.viewer_parts import client, folder, keys, only_key, said, two_variants

HOSTILE = (
    "<script>alert(1)</script>\"'><img src=x onerror=alert(1)>{{ 77*64 }}\u202e\x1b[31m\x00 \U0001f642 " + "w" * 50_000
)


def unpacked(page: str, key: str) -> str:
    """Return ``page`` without what chance may spell anything in: its packed data and the key of its run."""
    return re.sub(r'id="data-page">[^<]+<', "", page).replace(key, "")


def embedded(page: str) -> Any:
    """Return the data that a page of a report holds."""
    (packed,) = re.findall(r'id="data-page">([^<]+)<', page)
    return json.loads(gzip.decompress(base64.b64decode(packed)))


def test_the_list_has_a_line_for_each_run_the_newest_first_and_filters_it(tmp_path: Path):
    folder(tmp_path / "a", two_variants(), id="old", created="2026-01-01T00:00:00+00:00", git="abc123")
    folder(tmp_path / "deep" / "b", two_variants(), id="new", created="2026-02-01T10:00:00+00:00", agent="other")
    folder(tmp_path / "c", [None, *two_variants()[:1]], id="open", created="2026-01-15T00:00:00+00:00")
    found = client(tmp_path)

    def names(query: str = "") -> list[str]:
        return [line["run"] for line in found.get(f"/api/runs{query}").json()["lines"]]

    assert names() == ["new", "open", "old"]
    assert names("?agent=OTH") == ["new"]
    assert names("?commit=abc") == ["old"]
    assert names("?status=suspended") == ["open"]
    assert names("?since=2026-01-15&until=2026-01-31") == ["open"]
    assert names("?evaluator=judge") == []
    assert found.get("/api/runs").json()["choices"]["status"] == {"complete": 2, "suspended": 1}
    page = found.get("/?status=suspended")
    assert page.status_code == 200 and "1 of 2" in page.text and ">b<" not in page.text
    assert [line["name"] for line in found.get("/api/runs").json()["lines"]] == ["b", "c", "a"]
    assert "without a score" not in page.text
    told = f"suspended: 1 of 2 episodes are left to play; go on with: empa resume {tmp_path / 'c'}"
    (line,) = found.get("/api/runs?status=suspended").json()["lines"]
    assert line["suspended"] == told and f'title="{told}"' in page.text
    assert f"data-suspended>{told}</p>" in found.get(f"/runs/{line['key']}").text
    assert "go on with" not in found.get("/?status=complete").text


def test_a_run_that_appears_later_is_found_and_one_that_is_gone_is_not(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("empa_graph.viewer.catalogue.FRESH", -1.0)
    made = folder(tmp_path / "a", two_variants(), id="first")
    found = client(tmp_path)
    assert set(keys(found)) == {"first"}
    folder(tmp_path / "b", two_variants(), id="second")
    assert set(keys(found)) == {"first", "second"}
    made.rename(tmp_path.parent / "elsewhere")
    assert set(keys(found)) == {"second"}


def test_a_run_that_cannot_be_read_stands_in_the_list_with_its_fault(tmp_path: Path):
    folder(tmp_path / "good", two_variants())
    broken = folder(tmp_path / "broken", two_variants())
    (broken / "run.db").write_bytes(b"no database at all")
    found = client(tmp_path)
    lines = {line["status"]: line for line in found.get("/api/runs").json()["lines"]}
    assert "broken/run.db" in lines["unreadable"]["error"]
    assert found.get("/").status_code == 200
    assert found.get(f"/runs/{lines['unreadable']['key']}").status_code in (400, 422)


def test_a_run_that_ended_without_a_score_says_so_beside_its_status(tmp_path: Path):
    fault = Failure(turn=1, blame="empathic", kind="role_crashed", detail="x")
    gone = {"score": None, "unscored": "failed", "failure": fault}
    folder(tmp_path / "some" / "run", [episode(scenario="a/b", **gone), episode(scenario="a/c")])
    some = client(tmp_path / "some").get("/").text
    assert "1 without a score" in some and "none has a score" not in some
    folder(tmp_path / "gone", [episode(**gone)])
    found = client(tmp_path / "gone")
    (line,) = found.get("/api/runs").json()["lines"]
    assert (line["status"], line["ended"], line["scored"]) == ("complete", 1, 0)
    assert "none has a score" in found.get("/").text


def test_a_manifest_of_a_stranger_reaches_no_server(tmp_path: Path):
    strange = folder(tmp_path / "run", two_variants())
    text = (strange / "run.json").read_text()
    (strange / "run.json").write_text(text.replace('"url": null', '"url": "postgresql://x@192.0.2.1/x"'))
    (strange / "run.db").unlink()
    (line,) = client(tmp_path).get("/api/runs").json()["lines"]
    assert "was not made here" in line["error"]


def test_the_figures_of_a_run_are_those_of_its_summary(tmp_path: Path):
    folder(tmp_path / "run", two_variants())
    found = client(tmp_path)
    line = found.get(f"/api/runs/{only_key(found)}").json()
    with open_store(tmp_path / "run") as store:
        expected = summarise(store.run, store.episodes())
    for standing, variant in zip(line["standings"], expected.variants, strict=True):
        assert (standing["variant"], standing["scored"]) == (variant.variant, variant.scored)
        for name, metric in standing["metrics"].items():
            assert metric == variant.metrics[name].model_dump()
    assert found.get("/api/runs").json()["lines"][0]["summarised"] is True


def test_commands_and_viewer_say_the_same_of_one_run(tmp_path: Path):
    words = (
        "exam_student",
        "--empathic",
        "scripted:expert",
        "--max-turns",
        3,
        "--repeats",
        2,
        "--out",
        tmp_path / "run",
    )
    assert empa("run", *words).code == 0
    shown = json.loads(empa("show", tmp_path / "run", "--json").out)["variants"][0]
    reported = json.loads(empa("report", tmp_path / "run", "--json").out)
    found = client(tmp_path)
    key = only_key(found)
    (standing,) = found.get(f"/api/runs/{key}").json()["standings"]
    assert standing["metrics"] == {name: shown["metrics"][name] for name in standing["metrics"]}
    assert reported["entrants"][0]["summary"]["metrics"] == shown["metrics"]
    rows = {row["number"]: row for row in found.get(f"/api/runs/{key}/episodes").json()["episodes"]}
    for place, row in enumerate(embedded(found.get(f"/runs/{key}").text)["rows"]):
        listed = json.loads(empa("show", tmp_path / "run", place + 1, "--json").out)
        assert row["values"]["composite"] == rows[place]["composite"] == listed["score"]["composite"]
        assert row["name"] == rows[place]["scenario"] == listed["scenario"]
    beside = found.get(f"/replay?left={key}.0&right={key}.1").text
    assert '<li class="good"><bdi>helped: understanding ' in beside


def test_the_page_of_a_run_has_the_figures_and_conversations_of_the_report(tmp_path: Path):
    folder(tmp_path / "run", two_variants())
    found = client(tmp_path)
    key = only_key(found)
    page = found.get(f"/runs/{key}").text
    assert "All conversations" in page and "42.5" in page
    assert embedded(page)["places"] == [[key, 0], [key, 1], [key, 2], [key, 3]]
    shown = found.get(f"/api/runs/{key}/conversations/1").json()
    assert shown["turns"][0]["messages"][1]["pieces"] == [["Good evening."]]
    assert found.get(f"/api/runs/{key}/conversations/9").status_code == 404


def test_a_run_in_which_nothing_has_ended_has_a_page(tmp_path: Path):
    folder(tmp_path / "run", [None])
    found = client(tmp_path)
    key = only_key(found)
    assert "No conversation has ended yet" in found.get(f"/runs/{key}").text
    assert found.get(f"/runs/{key}/episodes").status_code == 200


def test_a_run_too_large_for_a_report_is_listed_and_shown_by_conversation(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(recent, "LARGEST", 3)
    monkeypatch.setattr("empa_graph.viewer.reported.LARGEST", 3)
    folder(tmp_path / "run", two_variants())
    found = client(tmp_path)
    key = only_key(found)
    assert "more conversations than one page can hold" in found.get(f"/runs/{key}").text
    assert found.get(f"/api/runs/{key}").json()["summarised"] is False
    assert "not looked through for scripts" in found.get(f"/runs/{key}/episodes").text
    assert found.get(f"/runs/{key}/episodes/3").status_code == 200
    assert found.get(f"/api/runs/{key}/episodes/3").json()["page"]["places"] == [[key, 3]]


def test_episodes_are_listed_filtered_and_searched(tmp_path: Path):
    episodes = two_variants()
    episodes[1] = episodes[1].model_copy(update={"messages": said(("I cannot sleep", "A quiet WORD helps"))})
    folder(tmp_path / "run", [*episodes, episode(scenario="heir/x", score=None, unscored="timeout", ending="failed")])
    found = client(tmp_path)
    key = only_key(found)
    listed = found.get(f"/api/runs/{key}/episodes?order=composite&falling=true&limit=2").json()
    assert (listed["total"], [row["number"] for row in listed["episodes"]]) == (5, [3, 1])
    assert found.get(f"/api/runs/{key}/episodes?cause=any").json()["episodes"][0]["unscored"] == "timeout"
    (hit,) = found.get(f"/api/runs/{key}/search?text=quiet+word&variant=aligned").json()["hits"]
    assert (hit["number"], hit["turn"], hit["speaker"]) == (1, 1, "empathic")
    assert hit["pieces"] == ["A ", "quiet WORD", " helps"]
    page = found.get(f"/runs/{key}/episodes?text=quiet").text
    assert "<mark>quiet</mark>" in page and "1 message with" in page
    assert "heir/x" not in found.get(f"/runs/{key}/episodes?scenario=nurse").text.partition("<table")[2]
    assert 'aria-sort="descending"' in found.get(f"/runs/{key}/episodes?order=turns&falling=true").text


def test_composite_and_support_of_a_scripted_run_are_void_wherever_they_stand(tmp_path: Path):
    words = "That sounds hard, and it makes sense that you feel this way after such a long day at work. "
    people = [f"person{number}/goal" for number in range(12)]
    same = [
        episode(
            scenario=one,
            score=score(77.0),
            support=supported(0.8321),
            messages=said(("Hello", words), ("Well", words * 2)),
        )
        for one in people
    ]
    folder(tmp_path / "run", same)
    found = client(tmp_path)
    key = only_key(found)
    line = found.get(f"/api/runs/{key}").json()
    assert line["void"] is True and not {"composite", "support"} & line["standings"][0]["metrics"].keys()
    listed = found.get(f"/api/runs/{key}/episodes").json()["episodes"]
    assert {row["composite"] for row in listed} == {None}
    for page in (f"/runs/{key}/episodes", "/", f"/compare?left={key}&right={key}"):
        text = unpacked(found.get(page).text, key)
        assert "void" in text and "77.0" not in text
    report = unpacked(found.get(f"/runs/{key}").text, key)
    assert "composite and support are void" in report and "0.83" not in report
    shown = found.get(f"/api/runs/{key}/episodes/0").json()["page"]["rows"][0]["values"]
    assert not {"composite", "support"} & shown.keys() and shown["progress"] == 0.5


def test_support_of_short_conversations_is_no_mean_in_the_list_and_its_count_stands_there(tmp_path: Path):
    short = [episode(scenario=f"a/{n}", score=score(50.0), support=supported(0.8321, replies=7)) for n in range(3)]
    folder(tmp_path / "run", short)
    found = client(tmp_path)
    key = only_key(found)
    (standing,) = found.get(f"/api/runs/{key}").json()["standings"]
    assert "support" not in standing["metrics"]
    assert standing["provisional"] == "(3 of 3 provisional: fewer than 8 replies)"
    assert standing["provisional"] in found.get("/").text


def test_two_runs_are_compared_scenario_by_scenario(tmp_path: Path):
    folder(tmp_path / "a", two_variants((40.0, 60.0)), id="one")
    folder(tmp_path / "b", two_variants((10.0, 65.0))[:3], id="two")
    found = client(tmp_path)
    names = keys(found)
    page = found.get(f"/compare?left={names['one']}&right={names['two']}").text
    assert "They may be compared" in page and "2 scenarios in both" in page and "\u221230.0" in page
    other = found.get(f"/compare?left={names['one']}&right={names['two']}&right_variant=aligned").text
    assert "1 scenario in both, 1 on the left alone" in other and "+25.0" in other
    assert found.get(f"/compare?left={names['one']}&right={names['two']}&left_variant=x").status_code == 404
    data = embedded(page)
    assert data["places"][4] == [names["two"], 0] and len(data["entrants"]) == 4


def test_nothing_is_decided_over_a_run_whose_figures_its_levels_do_not_give(tmp_path: Path):
    folder(tmp_path / "a", two_variants(), id="one")
    folder(tmp_path / "b", two_variants(), id="two")
    found = client(tmp_path)
    names = keys(found)
    page = found.get(f"/compare?left={names['one']}&right={names['two']}").text
    assert "8 stored figures are not what their own levels give" in page and "The right against" not in page


def test_the_change_between_two_runs_is_that_of_the_command(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(Recount, "found", lambda *given: None)
    folder(tmp_path / "a", two_variants((40.0, 60.0))[::2], id="one")
    folder(tmp_path / "b", two_variants((50.0, 60.0))[::2], id="two")
    found = client(tmp_path)
    names = keys(found)
    page = found.get(f"/compare?left={names['one']}&right={names['two']}").text
    told = json.loads(empa("compare", tmp_path / "a", tmp_path / "b", "--json").out)["against_first"][0]["shares"]
    row = page.partition('<th scope="row">composite</th>')[2].partition("</tr>")[0]
    assert f"{told['composite']['change']:+.1%}" == "+23.5%"
    assert ">42.5<" in row and ">52.5<" in row and ">+23.5%<" in row


def test_runs_that_were_judged_otherwise_may_not_be_compared(tmp_path: Path):
    folder(tmp_path / "a", two_variants(), id="one")
    folder(tmp_path / "b", two_variants(), id="two", rubric="epm")
    found = client(tmp_path)
    names = keys(found)
    page = found.get(f"/compare?left={names['one']}&right={names['two']}").text
    assert "may not be compared" in page and "another rubric judges" in page


def test_two_variants_are_replayed_side_by_side(tmp_path: Path):
    one, other, *_ = two_variants()
    step = Step(turn=2, increment=(0.5, 0.2))
    longer = other.model_copy(
        update={"messages": said(("Hello.", "Hi."), ("And now?", "Rest.")), "latent": other.latent.extended(step)}
    )
    folder(tmp_path / "run", [one, longer])
    found = client(tmp_path)
    key = only_key(found)
    page = found.get(f"/replay?left={key}.0&right={key}.1").text
    assert page.count("<h3>Turn ") == 2 and "over" in page and "Rest." in page
    assert f'value="{key}.1"' in found.get(f"/runs/{key}/episodes/0").text


def test_texts_of_a_stranger_are_text_on_every_page(tmp_path: Path):
    bad = episode(
        scenario=f"<b>{HOSTILE[:80]}",
        agent=HOSTILE[:200],
        variant="<i>v</i>",
        messages=said((HOSTILE, HOSTILE)),
        unscored=HOSTILE[:200],
        score=None,
        ending="failed",
    )
    folder(tmp_path / "run", [bad, bad.model_copy(update={"repeat": 1})], id="<u>id</u>", agent=HOSTILE[:200])
    found = client(tmp_path)
    key = only_key(found)
    pages = [
        "/",
        f"/runs/{key}",
        f"/runs/{key}/episodes",
        f"/runs/{key}/episodes?text=script",
        f"/runs/{key}/episodes/0",
    ]
    pages += [
        f"/replay?left={key}.0&right={key}.1",
        f"/compare?left={key}&right={key}",
        "/?agent=<script>alert(1)</script>",
    ]
    for page in pages:
        text = unpacked(found.get(page).text, key)
        assert "<script>alert" not in text and "<img" not in text and "<b>" not in text.replace("<b data-", "")
        assert "<u>id" not in text and "<i>v" not in text and "4928" not in text
        assert "\x1b" not in text and "\u202e" not in text and "\x00" not in text


def test_a_store_of_several_runs_is_shown_whole(tmp_path: Path):
    url = f"sqlite:///{tmp_path}/many.db"
    for name in ("one", "two"):
        with Store.create(url, run(id=name)) as store:
            store.append(entries())
    found = client(url)
    names = keys(found)
    assert set(names) == {"one", "two"}
    assert found.get(f"/runs/{names['two']}/episodes").status_code == 200


def test_the_history_draws_what_is_known_of_the_listed_runs(tmp_path: Path):
    folder(tmp_path / "a", two_variants(), id="one", created="2026-01-01T00:00:00+00:00", git="abc123")
    folder(tmp_path / "b", two_variants(), id="two", created="2026-01-02T00:00:00+00:00")
    found = client(tmp_path)
    assert found.get("/api/history").json()["specs"] == {}
    for key in keys(found).values():
        found.get(f"/api/runs/{key}")
    specs = found.get("/api/history").json()["specs"]
    assert next(iter(specs)) == "composite"
    points = specs["composite"]["data"]["values"]
    assert [(point["commit"], point["mean"]) for point in points] == [
        ("none", 42.5),
        ("none", 62.5),
        ("abc123", 42.5),
        ("abc123", 62.5),
    ]
    assert len(found.get("/api/history?commit=abc").json()["specs"]["composite"]["data"]["values"]) == 2
