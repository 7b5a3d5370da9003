"""The report in Chromium: drawn, opened, filtered, read by keys, at three widths, in light and dark."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from empa_graph.content.played import played_scenarios
from empa_graph.report.html import report_html
from empa_graph.report.page.build import page
from tests.browser import WIDTHS, Seen, chromium, drawn, expect, needs_chromium, seen
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


def titled(view: Any, metric: str) -> Any:
    """Return what says in the picture of scenarios which figure it shows."""
    return view.locator("[data-kind=heatmap] svg text", has_text=metric).first


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
        expect(view.locator("#episode-aside svg")).to_be_visible()
        drawn(view)
        found.accessible()
        assert wider_than_the_screen(view) <= 0
        found.keep(f"conversation-{width}-{mode}")
        found.quiet()


@pytest.mark.parametrize("kind", ["heatmap", "paired"])
def test_names_beside_a_picture_are_whole_on_a_telephone(browser: Any, file: Path, kind: str):
    with seen(browser, width=390) as found:
        view = opened(found, file)
        drawn(view)
        names = view.locator(f"[data-kind={kind}] svg .role-axis-label text", has_text="/")
        whole = {
            "apprentice_electrician/site_banter",
            "asylum_lawyer/clarify_values",
            "caring_daughter/afraid_of_herself",
        }
        assert whole < set(names.all_text_contents())
        boxes = [box for name in names.all() if (box := name.bounding_box())]
        ends = sorted((box["y"], box["y"] + box["height"]) for box in boxes)
        assert len(ends) == 4 and all(over[1] <= under[0] + 1 for over, under in pairwise(ends)), "none lies on another"
        found.quiet()


def test_a_click_and_enter_on_a_mark_open_its_conversation(browser: Any, file: Path):
    with seen(browser) as found:
        view = opened(found, file)
        drawn(view)
        view.locator("[data-kind=heatmap] svg .mark-text text").first.click()
        expect(view.locator("#episode-verdict")).to_contain_text("Composite")
        view.click("#episode-back")
        view.focus("[data-kind=distributions]")
        view.keyboard.press("ArrowRight")
        expect(view.locator("[data-kind=distributions] + .readout")).to_contain_text("Enter opens")
        expect(view.locator("[data-kind=distributions] .picked")).to_have_count(1)
        view.keyboard.press("Enter")
        expect(view.locator("#episode .turn mark").first).to_be_visible()
        found.quiet()


def test_conversations_are_searched_filtered_and_ordered(browser: Any, file: Path):
    with seen(browser) as found:
        view = opened(found, file)
        shown = view.locator("#episode-table tbody tr:visible")
        expect(shown).to_have_count(8)
        view.select_option("#filters [name=entrant]", "1")
        expect(shown).to_have_count(4)
        view.select_option("#filters [name=order]", "support")
        view.fill("#filters [name=text]", str(shown.first.locator("a").text_content()))
        expect(shown).to_have_count(1)
        expect(view.locator("#count")).to_have_text("1 of 8 conversations")
        found.quiet()


def test_a_choice_redraws_and_the_theme_turns(browser: Any, file: Path):
    with seen(browser) as found:
        view = opened(found, file)
        drawn(view)
        view.locator("select.metric").first.select_option("support")
        expect(titled(view, "support")).to_be_visible()
        view.locator("#scenario").select_option(index=1)
        view.focus("#space")
        before = view.evaluate("document.getElementById('space').toDataURL()")
        view.keyboard.press("ArrowLeft")
        view.wait_for_function("before => document.getElementById('space').toDataURL() !== before", arg=before)
        view.click("#theme")
        expect(view.locator("body")).to_have_css("background-color", "rgb(22, 25, 28)")
        view.locator(".behind summary").first.click()
        expect(view.locator(".behind table tbody tr").first).to_be_visible()
        found.quiet()


def test_a_report_opened_in_dark_mode_prints_light(browser: Any, file: Path):
    corner = """() => {
        const copy = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
        copy.drawImage(document.getElementById("space"), 0, 0);
        return [...copy.getImageData(1, 1, 1, 1).data];
    }"""
    with seen(browser, mode="dark") as found:
        view = opened(found, file)
        drawn(view)
        assert view.evaluate(corner) == [22, 25, 28, 255]
        view.evaluate("dispatchEvent(new Event('beforeprint'))")
        view.emulate_media(media="print", color_scheme="dark")
        assert view.evaluate(corner) == [255, 255, 255, 255]
        expect(view.locator("body")).to_have_css("background-color", "rgb(255, 255, 255)")
        picture = view.locator("[data-kind=leaderboard] svg")
        expect(picture).to_have_css("background-color", "rgba(0, 0, 0, 0)")
        expect(picture.locator(".role-axis-label text").first).to_have_css("fill", "rgb(91, 99, 107)")
        found.keep("report-print")
        view.emulate_media(media="screen", color_scheme="dark")
        view.evaluate("dispatchEvent(new Event('afterprint'))")
        assert view.evaluate(corner) == [22, 25, 28, 255]
        expect(view.locator("body")).to_have_css("background-color", "rgb(22, 25, 28)")
        found.quiet()


def test_without_a_composite_the_first_figure_there_is_is_drawn_and_others_on_request(browser: Any, void: Path):
    with seen(browser) as found:
        view = opened(found, void)
        drawn(view)
        expect(titled(view, "progress")).to_be_visible()
        view.locator("select.metric").first.select_option("alignment_index")
        expect(titled(view, "alignment")).to_be_visible()
        found.quiet()


def test_a_hostile_transcript_shows_as_text_and_breaks_nothing(browser: Any, evil: Path):
    with seen(browser, width=390) as found:
        view = opened(found, evil)
        drawn(view)
        assert wider_than_the_screen(view) <= 0
        view.evaluate("location.hash = 'episode-1'")
        for said in (MARKUP, SHOWN, RIGHT_TO_LEFT, LONG):
            expect(view.locator("#episode-talk")).to_contain_text(said)
        drawn(view)
        assert view.evaluate("window.pwned") is None
        assert wider_than_the_screen(view) <= 0
        found.accessible()
        found.keep("hostile-390-light")
        found.quiet()


def test_without_scripts_verdict_and_tables_are_read(browser: Any, file: Path):
    with seen(browser, java_script_enabled=False) as found:
        found.page.goto(file.as_uri())
        expect(found.page.locator("#report .verdict")).to_contain_text("dismissive")
        expect(found.page.locator("#standing tbody tr")).to_have_count(2)
        expect(found.page.locator("#episode-table tbody tr")).to_have_count(8)
