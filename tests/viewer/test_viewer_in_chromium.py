"""The viewer in Chromium: every page at three widths in light and dark, and what people do with it."""

from __future__ import annotations

import signal
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from empa_graph import RunConfig, evaluate
from tests.browser import WIDTHS, Seen, chromium, needs_chromium, seen
from tests.records import episode
from tests.viewer.serving import Serving, running, serving
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
            if name == "runs":
                view.wait_for_selector("#history svg")
            found.accessible()
            assert fits(view), name
            found.keep(f"viewer-{name}-{width}-{mode}")
        quiet(found, inside)


def test_runs_are_filtered_and_two_are_compared(browser: Any, inside: Open):
    with seen(browser, storage_state=inside.state) as found:
        view = at(found, inside, "/", ready=True)
        assert view.locator("tbody[data-key]").count() == 3
        view.fill("[name=agent]", "expert")
        go(view, "text=Filter")
        assert view.locator("tbody[data-key]").count() == 1
        go(view, "text=Show all")
        view.check("tr:has-text('dismissive') >> [name=left]")
        view.check("tr:has-text('expert') >> [name=right]")
        go(view, "text=Compare the two")
        view.wait_for_selector("html[data-state=ready]")
        assert view.text_content("#h-may") == "They may be compared"
        assert view.locator(".pairs tbody tr").count() == 4
        assert view.locator(".pairs tbody tr").first.locator("td").nth(2).text_content().startswith("+")
        go(view, ".pairs a")
        assert view.locator(".replay > li").count() > 0
        quiet(found, inside)


def test_a_mark_of_the_history_opens_its_run(browser: Any, inside: Open):
    with seen(browser, storage_state=inside.state) as found:
        view = at(found, inside, "/", ready=True)
        view.wait_for_selector("#history svg")
        view.focus("#history .picture")
        view.keyboard.press("ArrowRight")
        assert "Enter opens" in view.text_content("#history .readout")
        view.keyboard.press("Enter")
        view.wait_for_selector("#standing")
        assert "/runs/" in view.url
        quiet(found, inside)


def test_conversations_are_filtered_sorted_searched_and_opened(browser: Any, inside: Open):
    with seen(browser, storage_state=inside.state) as found:
        key = keys(found, inside)["scripted:expert"]
        view = at(found, inside, f"/runs/{key}/episodes")
        assert view.text_content("[role=status]") == "8 conversations"
        view.fill("[name=scenario]", "night")
        go(view, "button:has-text('Show')")
        assert view.locator("tbody tr").count() == 2
        go(view, "th >> text=composite")
        assert view.locator("th[aria-sort=ascending]").text_content() == "composite"
        view.fill("[name=text]", "you")
        go(view, "button:has-text('Show')")
        hits = view.locator("#hits li")
        assert hits.count() > 0 and hits.first.locator("mark").text_content().lower() == "you"
        go(view, "#hits li a")
        view.wait_for_selector("html[data-state=ready]")
        assert "night_nurse/call_home" in view.text_content("#episode-title")
        assert view.locator("#episode-talk section.turn").count() >= 3
        quiet(found, inside)


def test_two_conversations_are_replayed_turn_by_turn(browser: Any, inside: Open):
    with seen(browser, storage_state=inside.state) as found:
        names = keys(found, inside)
        view = at(found, inside, f"/replay?left={names['scripted:expert']}.0&right={names['scripted:dismissive']}.0")
        shown = view.locator(".replay > li:visible")
        everything = shown.count()
        assert everything >= 2
        view.keyboard.press("ArrowLeft")
        assert shown.count() == everything - 1
        view.fill("[data-turns]", "1")
        assert shown.count() == 1 and view.text_content("[data-at]") == f"1 of {everything}"
        view.click("text=Next")
        assert shown.count() == 2
        view.click("text=Play")
        assert view.get_attribute("[data-play]", "aria-pressed") == "true"
        quiet(found, inside)


def test_a_conversation_of_the_report_is_rated_where_it_is_read(browser: Any, inside: Open):
    with seen(browser, storage_state=inside.state) as found:
        key = keys(found, inside)["scripted:dismissive"]
        view = at(found, inside, f"/runs/{key}#episode-2", ready=True)
        view.wait_for_selector("#annotator")
        box = view.locator(".opinion").first
        box.locator("summary").first.click()
        box.locator("input[value='3'] >> nth=0").click()
        assert box.locator(".saved").text_content() == "Say who you are first."
        view.fill("#annotator", "Nadia")
        view.keyboard.press("Tab")
        box.locator("input[value='3'] >> nth=0").click()
        view.wait_for_selector(".opinion .saved:has-text('saved, ')")
        box.locator("input[value='2'] >> nth=1").click()
        view.wait_for_selector(".opinion summary:has-text('warmth 2')")
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
            assert fits(view) and view.title() != "taken" and view.locator("main img, main script").count() == 0
        assert "<script>" in view.text_content("main")
        quiet(found, inside)


def test_a_run_is_watched_while_it_is_played(browser: Any, tmp_path: Path):
    (tmp_path / "runs").mkdir()
    with serving(tmp_path / "runs") as served, seen(browser) as found:
        inside = Open(served, None)
        found.page.goto(served.url)
        with running(tmp_path, "exam_student", "night_nurse", "--repeats", "2", "--concurrency", "1") as playing:
            while not (names := keys(found, inside)):
                assert playing.poll() is None
                time.sleep(0.2)
            view = at(found, inside, f"/runs/{names['slow_agent.py:patient']}")
            counts = set()
            while not view.locator(".progress .status.complete").count():
                counts.add(int(view.text_content("[data-turns]") or 0))
                if len(counts) == 5:
                    found.keep("viewer-live")
                view.wait_for_timeout(100)
            assert len(counts) >= 5
            assert view.text_content("[data-episodes]") == "12"
            go(view, "text=Make them anew")
            view.wait_for_selector("html[data-state=ready]")
            assert view.text_content("#count") == "12 conversations"
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
        view.wait_for_selector(".opinion .saved:has-text('saved, ')")
        assert served.stop(signal.SIGKILL) == -signal.SIGKILL
    with serving(tmp_path) as served, seen(browser) as found:
        inside = Open(served, None)
        found.page.goto(served.url)
        view = at(found, inside, f"/runs/{key}/episodes/0", ready=True)
        assert "Rated and noted: note" in view.text_content("[aria-label='What people say of turn 1'] summary")
        assert "Nadia" in view.text_content("[aria-label='What people say of turn 1'] .others")
        view.fill("#annotator", "Nadia")
        view.keyboard.press("Tab")
        assert view.input_value("[aria-label='What people say of turn 1'] textarea") == "She says too little."
        assert served.stop() == 0


def test_ctrl_c_ends_a_viewer_that_somebody_listens_to(browser: Any, tmp_path: Path):
    folder(tmp_path / "run", [None])
    with serving(tmp_path) as served, seen(browser) as found:
        found.page.goto(served.url)
        (key,) = keys(found, Open(served, None)).values()
        found.page.goto(f"{served.origin}/runs/{key}")
        found.page.wait_for_selector(".status.stopped")
        assert served.stop() == 0
