"""The report in Chromium: drawn, opened, filtered, read by keys, at three widths, in light and dark."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from empa_graph.content.played import played_scenarios
from empa_graph.report.html import report_html
from empa_graph.report.page.build import page
from tests.browser import WIDTHS, Seen, chromium, needs_chromium, seen
from tests.report.page_parts import LONG, MARKUP, RIGHT_TO_LEFT, SHOWN, hostile, played, source, walked

pytestmark = [pytest.mark.slow, needs_chromium]
pytest.importorskip("playwright")


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("report")
    sources = [played(folder / name, f"scripted:{name}") for name in ("expert", "dismissive")]
    built = page(sources, played_scenarios([held.run for held in sources if held.run], None))
    path = folder / "report.html"
    path.write_bytes(report_html(built))
    return path


@pytest.fixture(scope="module")
def evil(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("evil") / "report.html"
    path.write_bytes(report_html(page([source(hostile(), walked(scenario="someone/else"))], {})))
    return path


@pytest.fixture(scope="module")
def void(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The report on a script, which has no composite."""
    path = tmp_path_factory.mktemp("void") / "report.html"
    more = {"suite.max_turns": 4, "execution.concurrency": 8}
    built = page([played(path.parent / "run", "scripted:generic", limit=36, **more)], {})
    assert built.page.entrants[0].void
    path.write_bytes(report_html(built))
    return path


@pytest.fixture(scope="module")
def browser(file: Path, evil: Path, void: Path) -> Iterator[Any]:
    """Give Chromium; what it shows is made before, since its driver holds an event loop."""
    with chromium() as opened:
        yield opened


def opened(found: Seen, path: Path, where: str = "") -> Any:
    found.page.goto(f"{path.as_uri()}{where}")
    found.page.wait_for_selector("html[data-state=ready]")
    return found.page


def drawn(view: Any) -> None:
    """Wait until every picture is drawn."""
    from playwright.sync_api import expect

    expect(view.locator("#report .picture:not([data-state=drawn])")).to_have_count(0, timeout=20_000)


def wider_than_the_screen(view: Any) -> int:
    return int(view.evaluate("document.documentElement.scrollWidth - innerWidth"))


@pytest.mark.parametrize("mode", ["light", "dark"])
@pytest.mark.parametrize("width", WIDTHS)
def test_every_picture_and_a_conversation_show_at_this_width(browser: Any, file: Path, width: int, mode: str):
    with seen(browser, width=width, mode=mode) as found:
        view = opened(found, file)
        drawn(view)
        found.accessible()
        assert wider_than_the_screen(view) <= 0
        found.keep(f"report-{width}-{mode}")
        view.evaluate("location.hash = 'episode-2'")
        view.wait_for_selector("#episode-aside svg")
        found.accessible()
        assert wider_than_the_screen(view) <= 0
        found.keep(f"conversation-{width}-{mode}")
        found.quiet()


def test_a_click_and_enter_on_a_mark_open_its_conversation(browser: Any, file: Path):
    with seen(browser) as found:
        view = opened(found, file)
        drawn(view)
        view.locator("[data-kind=heatmap] svg .mark-text text").first.click()
        view.wait_for_selector("#episode .turn")
        assert "Composite" in view.text_content("#episode-verdict")
        view.click("#episode-back")
        view.wait_for_selector("#standing")
        view.focus("[data-kind=distributions]")
        view.keyboard.press("ArrowRight")
        assert "Enter opens" in view.text_content("[data-kind=distributions] + .readout")
        assert view.locator("[data-kind=distributions] .picked").count() == 1
        view.keyboard.press("Enter")
        view.wait_for_selector("#episode .turn mark")
        found.quiet()


def test_conversations_are_searched_filtered_and_ordered(browser: Any, file: Path):
    with seen(browser) as found:
        view = opened(found, file)
        shown = view.locator("#episode-table tbody tr:visible")
        assert shown.count() == 8
        view.select_option("#filters [name=entrant]", "1")
        assert shown.count() == 4
        view.select_option("#filters [name=order]", "support")
        view.fill("#filters [name=text]", str(shown.first.locator("a").text_content()))
        assert shown.count() == 1
        assert view.text_content("#count") == "1 of 8 conversations"
        found.quiet()


def test_a_choice_redraws_and_the_theme_turns(browser: Any, file: Path):
    with seen(browser) as found:
        view = opened(found, file)
        drawn(view)
        view.locator("select.metric").first.select_option("support")
        view.wait_for_selector("[data-kind=heatmap] svg >> text=support")
        view.locator("#scenario").select_option(index=1)
        view.focus("#space")
        before = view.evaluate("document.getElementById('space').toDataURL()")
        view.keyboard.press("ArrowLeft")
        assert view.evaluate("document.getElementById('space').toDataURL()") != before
        view.click("#theme")
        assert view.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(22, 25, 28)"
        view.locator(".behind summary").first.click()
        view.wait_for_selector(".behind table tbody tr")
        found.quiet()


def test_without_a_composite_the_first_figure_there_is_is_drawn_and_others_on_request(browser: Any, void: Path):
    with seen(browser) as found:
        view = opened(found, void)
        drawn(view)
        view.wait_for_selector("[data-kind=heatmap] svg >> text=progress")
        view.locator("select.metric").first.select_option("alignment_index")
        view.wait_for_selector("[data-kind=heatmap] svg >> text=alignment")
        found.quiet()


def test_a_hostile_transcript_shows_as_text_and_breaks_nothing(browser: Any, evil: Path):
    with seen(browser, width=390) as found:
        view = opened(found, evil)
        drawn(view)
        assert wider_than_the_screen(view) <= 0
        view.evaluate("location.hash = 'episode-1'")
        view.wait_for_selector("#episode .turn")
        text = str(view.text_content("#episode-talk"))
        for said in (MARKUP, SHOWN, RIGHT_TO_LEFT, LONG):
            assert said in text
        assert view.evaluate("window.pwned") is None
        assert wider_than_the_screen(view) <= 0
        found.accessible()
        found.keep("hostile-390-light")
        found.quiet()


def test_without_scripts_verdict_and_tables_are_read(browser: Any, file: Path):
    with seen(browser, java_script_enabled=False) as found:
        found.page.goto(file.as_uri())
        assert "dismissive" in str(found.page.text_content(".verdict"))
        assert found.page.locator("#standing tbody tr").count() == 2
        assert found.page.locator("#episode-table tbody tr").count() == 8
