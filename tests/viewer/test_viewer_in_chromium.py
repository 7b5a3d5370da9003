"""The viewer in Chromium: every page at three widths in light and dark, and what people do with it."""

from __future__ import annotations

import re
import signal
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from empa_graph import RunConfig, evaluate
from tests.browser import WIDTHS, Seen, chromium, drawn, expect, needs_chromium, seen
from tests.records import episode
from tests.viewer.serving import Serving, grant, running, serving
from tests.viewer_parts import folder, said

pytestmark = [pytest.mark.slow, needs_chromium]
pytest.importorskip("playwright")
HOSTILE = '<script>document.title="taken"</script><img src=x onerror=alert(1)>\u202e\x1b \U0001f642 ' + "w" * 50_000


class Open(NamedTuple):
    """A viewer with a browser that was let in; ``state`` is its cookies."""

    served: Serving
    state: Any


def let_in(browser: Any, served: Serving) -> Open:
    context = browser.new_context()
    page = context.new_page()
    page.goto(served.url)
    assert page.url == f"{served.origin}/"
    state = context.storage_state()
    context.close()
    return Open(served, state)


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    runs = tmp_path_factory.mktemp("runs")
    for name in ("expert", "dismissive"):
        suite = {"scenarios": ("exam_student", "night_nurse/call_home"), "max_turns": 4, "repeats": 2}
        evaluate(RunConfig(agent={"spec": f"scripted:{name}"}, suite=suite, store={"out": runs / name}))
    evil = episode(
        scenario="<b>someone</b>/x",
        messages=said((HOSTILE, HOSTILE)),
        score=None,
        unscored=HOSTILE[:90],
        ending="failed",
    )
    folder(runs / "evil", [evil, evil.model_copy(update={"repeat": 1})], id="<u>evil</u>")
    return runs


@pytest.fixture(scope="module")
def browser(place: Path) -> Iterator[Any]:
    """Chromium; it comes behind the runs, which are played before Playwright takes the thread's event loop."""
    with chromium() as opened:
        yield opened


@pytest.fixture(scope="module")
def inside(browser: Any, place: Path) -> Iterator[Open]:
    with serving(place, options=("--rating", "support=1..5", "--rating", "warmth=0..3")) as served:
        yield let_in(browser, served)


def at(found: Seen, inside: Open, path: str, *, ready: bool = False) -> Any:
    answer = found.page.goto(inside.served.origin + path)
    assert answer.status == 200
    if ready:
        found.page.wait_for_selector("html[data-state=ready]")
    return found.page


def quiet(found: Seen, inside: Open) -> None:
    """Hold that the console was silent and nothing but the viewer was asked for anything."""
    assert found.said == []
    assert [url for url in found.asked if not url.startswith((inside.served.origin, "data:", "blob:"))] == []


def keys(found: Seen, inside: Open) -> dict[str, str]:
    lines = found.page.request.get(f"{inside.served.origin}/api/runs").json()["lines"]
    return {line["agent"]: line["key"] for line in lines}


def go(view: Any, selector: str) -> None:
    """Click what leads to another page and wait until it is there."""
    with view.expect_navigation():
        view.click(selector)


def kept(box: Any) -> None:
    """Wait until what was said in ``box`` is kept."""
    expect(box.locator(".saved")).to_have_text(re.compile("^saved, "))


def fits(view: Any) -> bool:
    return bool(view.evaluate("document.documentElement.scrollWidth <= innerWidth"))


@pytest.mark.parametrize("mode", ["light", "dark"])
@pytest.mark.parametrize("width", WIDTHS)
def test_every_page_shows_at_this_width(browser: Any, inside: Open, width: int, mode: str):
    with seen(browser, width=width, mode=mode, storage_state=inside.state) as found:
        names = keys(found, inside)
        key, other = names["scripted:expert"], names["scripted:dismissive"]
        pages = {
            "runs": ("/", True),
            "run": (f"/runs/{key}", True),
            "conversations": (f"/runs/{key}/episodes", False),
            "search": (f"/runs/{key}/episodes?text=you", False),
            "conversation": (f"/runs/{key}/episodes/1", True),
            "compare": (f"/compare?left={key}&right={other}", True),
            "replay": (f"/replay?left={key}.0&right={other}.0", False),
        }
        for name, (path, ready) in pages.items():
            view = at(found, inside, path, ready=ready)
            if name == "conversation":
                view.locator(".opinion summary").first.click()
            if ready:
                drawn(view)
            found.accessible()
            assert fits(view), name
            if (name, width) == ("runs", 390):
                assert view.evaluate(
                    "[...document.querySelectorAll('.scroll')].every(e => e.scrollWidth <= e.clientWidth)"
                )
                expect(view.locator("tbody[data-key]", has_text="none has a score")).to_have_count(1)
            found.keep(f"viewer-{name}-{width}-{mode}")
        quiet(found, inside)


def test_runs_are_filtered_and_two_are_compared(browser: Any, inside: Open):
    with seen(browser, storage_state=inside.state) as found:
        view = at(found, inside, "/", ready=True)
        expect(view.locator("tbody[data-key]")).to_have_count(3)
        view.fill("[name=agent]", "expert")
        go(view, "text=Filter")
        expect(view.locator("tbody[data-key]")).to_have_count(1)
        go(view, "text=Show all")
        view.check("tr:has-text('dismissive') >> [name=left]")
        view.check("tr:has-text('expert') >> [name=right]")
        go(view, "text=Compare the two")
        view.wait_for_selector("html[data-state=ready]")
        expect(view.locator("#h-may")).to_have_text("They may be compared")
        expect(view.locator(".pairs tbody tr")).to_have_count(4)
        expect(view.locator(".pairs tbody tr").first.locator("td").nth(2)).to_have_text(re.compile(r"^\+"))
        go(view, ".pairs a")
        expect(view.locator(".replay > li").first).to_be_visible()
        quiet(found, inside)


def test_a_mark_of_the_history_opens_its_run(browser: Any, inside: Open):
    with seen(browser, storage_state=inside.state) as found:
        view = at(found, inside, "/", ready=True)
        expect(view.locator("#history svg")).to_be_visible()
        view.focus("#history .picture")
        view.keyboard.press("ArrowRight")
        expect(view.locator("#history .readout")).to_contain_text("Enter opens")
        view.keyboard.press("Enter")
        expect(view).to_have_url(re.compile("/runs/"))
        view.wait_for_selector("html[data-state=ready]")
        quiet(found, inside)


def test_conversations_are_filtered_sorted_searched_and_opened(browser: Any, inside: Open):
    with seen(browser, storage_state=inside.state) as found:
        key = keys(found, inside)["scripted:expert"]
        view = at(found, inside, f"/runs/{key}/episodes")
        expect(view.locator("[role=status]").first).to_have_text("8 conversations")
        view.fill("[name=scenario]", "night")
        go(view, "button:has-text('Show')")
        expect(view.locator("tbody tr")).to_have_count(2)
        go(view, "th >> text=composite")
        expect(view.locator("th[aria-sort=ascending]")).to_have_text("composite")
        view.fill("[name=text]", "you")
        go(view, "button:has-text('Show')")
        hits = view.locator("#hits li")
        expect(hits.first.locator("mark")).to_have_text(re.compile("^you$", re.IGNORECASE))
        go(view, "#hits li a")
        view.wait_for_selector("html[data-state=ready]")
        expect(view.locator("#episode-title")).to_contain_text("night_nurse/call_home")
        expect(view.locator("#episode-talk section.turn").nth(2)).to_be_visible()
        quiet(found, inside)


def test_two_conversations_are_replayed_turn_by_turn(browser: Any, inside: Open):
    with seen(browser, storage_state=inside.state) as found:
        names = keys(found, inside)
        found.page.clock.install()
        view = at(found, inside, f"/replay?left={names['scripted:expert']}.0&right={names['scripted:dismissive']}.0")
        shown, at_turn = view.locator(".replay > li:visible"), view.locator("[data-at]")
        expect(at_turn).to_have_text("4 of 4")
        view.keyboard.press("ArrowLeft")
        expect(shown).to_have_count(3)
        view.fill("[data-turns]", "1")
        expect(shown).to_have_count(1)
        expect(at_turn).to_have_text("1 of 4")
        view.click("text=Next")
        expect(shown).to_have_count(2)
        view.clock.pause_at(datetime.now(tz=UTC) + timedelta(hours=1))
        view.click("text=Play")
        expect(view.locator("[data-play]")).to_have_attribute("aria-pressed", "true")
        for turns, playing in ((3, "true"), (4, "false")):
            view.clock.run_for(2_500)
            expect(shown).to_have_count(turns)
            expect(view.locator("[data-play]")).to_have_attribute("aria-pressed", playing)
        quiet(found, inside)


def test_a_conversation_of_the_report_is_rated_where_it_is_read(browser: Any, inside: Open):
    with seen(browser, storage_state=inside.state) as found:
        key = keys(found, inside)["scripted:dismissive"]
        view = at(found, inside, f"/runs/{key}#episode-2", ready=True)
        box = view.locator(".opinion").first
        box.locator("summary").first.click()
        box.locator("input[value='3'] >> nth=0").click()
        expect(box.locator(".saved")).to_have_text("Say who you are first.")
        view.fill("#annotator", "Nadia")
        view.keyboard.press("Tab")
        box.locator("input[value='3'] >> nth=0").click()
        kept(box)
        box.locator("input[value='2'] >> nth=1").click()
        expect(box.locator("summary").first).to_contain_text("warmth 2")
        lines = view.request.get(f"{inside.served.origin}/runs/{key}/ratings.jsonl").text().splitlines()
        assert len(lines) == 1 and '"support": [3.0]' in lines[0] and '"warmth": [2.0]' in lines[0]
        quiet(found, inside)


def test_what_a_stranger_wrote_is_text(browser: Any, inside: Open):
    with seen(browser, width=390, storage_state=inside.state) as found:
        key = keys(found, inside)["an agent"]
        paths = (
            f"/runs/{key}",
            f"/runs/{key}/episodes",
            f"/runs/{key}/episodes/0",
            f"/runs/{key}/episodes?text=script",
        )
        for path in (*paths, f"/replay?left={key}.0&right={key}.1"):
            view = at(found, inside, path)
            view.wait_for_load_state("networkidle")
            drawn(view)
            assert fits(view) and view.title() != "taken" and view.locator("main img, main script").count() == 0
        expect(view.locator("main")).to_contain_text("<script>")
        quiet(found, inside)


def test_a_run_is_watched_while_it_is_played(browser: Any, tmp_path: Path):
    (tmp_path / "runs").mkdir()
    with serving(tmp_path / "runs") as served, seen(browser) as found:
        inside = Open(served, None)
        found.page.goto(served.url)
        with running(tmp_path, "exam_student", "night_nurse", "--repeats", "2", "--concurrency", "1") as playing:
            agent = "patient_agent.py:patient"
            while agent not in (names := keys(found, inside)):  # at first its folder may be there and no run in it
                assert playing.poll() is None
                found.page.wait_for_timeout(200)
            view = at(found, inside, f"/runs/{names[agent]}")
            for replies in range(1, 6):
                grant(tmp_path, replies)
                expect(view.locator("[data-turns]")).to_have_text(str(replies))
            found.keep("viewer-live")
            expect(view.locator("[data-live]")).to_have_attribute("data-reported", "yes")
            grant(tmp_path, 1_000)
            expect(view.locator("[data-live]")).to_have_attribute("data-status", "complete")
            expect(view.locator("[data-episodes]")).to_have_text("12")
            go(view, "text=Make them anew")
            view.wait_for_selector("html[data-state=ready]")
            expect(view.locator("#count")).to_have_text("12 conversations")
            assert found.said == []


def test_notes_and_ratings_are_there_after_a_kill(browser: Any, tmp_path: Path):
    folder(tmp_path / "run", [episode(scenario="nurse/sleep"), episode(scenario="nurse/shift")])
    with serving(tmp_path) as served, seen(browser) as found:
        inside = Open(served, None)
        found.page.goto(served.url)
        (key,) = keys(found, inside).values()
        view = at(found, inside, f"/runs/{key}/episodes/0", ready=True)
        view.fill("#annotator", "Nadia")
        box = view.locator("[aria-label='What people say of turn 1']")
        box.locator("summary").first.click()
        box.locator("textarea").fill("She says too little.")
        kept(box)
        assert served.stop(signal.SIGKILL) == -signal.SIGKILL
    with serving(tmp_path) as served, seen(browser) as found:
        inside = Open(served, None)
        found.page.goto(served.url)
        view = at(found, inside, f"/runs/{key}/episodes/0", ready=True)
        box = view.locator("[aria-label='What people say of turn 1']")
        expect(box.locator("summary").first).to_have_text("Rated and noted: note")
        expect(box.locator(".others")).to_contain_text("Nadia")
        view.fill("#annotator", "Nadia")
        view.keyboard.press("Tab")
        expect(box.locator("textarea")).to_have_value("She says too little.")
        assert served.stop() == 0


def test_ctrl_c_ends_a_viewer_that_somebody_listens_to(browser: Any, tmp_path: Path):
    folder(tmp_path / "run", [None])
    with serving(tmp_path) as served, seen(browser) as found:
        found.page.goto(served.url)
        (key,) = keys(found, Open(served, None)).values()
        found.page.goto(f"{served.origin}/runs/{key}")
        found.page.wait_for_selector(".status.suspended")
        assert "go on with: empa resume" in found.page.inner_text("[data-suspended]")
        assert served.stop() == 0
