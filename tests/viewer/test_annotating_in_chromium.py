"""Annotating in Chromium: two people at once on one folder, by mouse and by keyboard, at every width."""

from __future__ import annotations

import re
import signal
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from empa_graph.distill.mark_store import MarkStore
from tests.browser import WIDTHS, Seen, chromium, expect, needs_chromium, seen
from tests.distill.marked import KNOWN, SPACE, any_value, conversation, every, folder, mark
from tests.viewer.serving import Serving, serving

pytestmark = [pytest.mark.slow, needs_chromium]
pytest.importorskip("playwright")
HOSTILE = '<script>document.title="taken"</script><img src=x onerror=alert(1)>\u202e\x1b ' + "w" * 20_000
ONE = "/conversations/one"


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    with chromium() as opened:
        yield opened


@pytest.fixture
def place(tmp_path: Path) -> Path:
    return folder(
        tmp_path / "distilled", kept=(conversation("one"), conversation("two"), conversation("evil", HOSTILE, "oh"))
    )


def annotating(place: Path, name: str, *more: str) -> Any:
    return serving(place, options=("--annotator", name, *more), command="annotate")


def enter(found: Seen, served: Serving, path: str = ONE) -> Any:
    found.page.goto(served.url)
    return at(found, served, path)


def at(found: Seen, served: Serving, path: str) -> Any:
    found.page.goto(served.origin + path)
    if path != "/":
        found.page.wait_for_selector("html[data-state=ready]")
    return found.page


def quiet(found: Seen, served: Serving) -> None:
    """Hold that the console was silent and nothing but the page was asked for anything."""
    assert found.said == []
    assert [url for url in found.asked if not url.startswith(served.origin)] == []


def of(view: Any, variable: str) -> Any:
    return view.locator(f"[data-variable='{variable}']")


def kept(view: Any, variable: str) -> None:
    expect(of(view, variable).locator("[data-saved]")).to_have_text(re.compile("^Kept, "))


def fits(view: Any) -> bool:
    return bool(view.evaluate("document.documentElement.scrollWidth <= innerWidth"))


def select(view: Any, turn: int, begin: int, end: int) -> str:
    """Select words of a message as a mouse would."""
    return str(
        view.evaluate(
            """([turn, begin, end]) => {
                const text = document.querySelector(`.said[data-turn="${turn}"]`).firstChild;
                getSelection().setBaseAndExtent(text, begin, text, end);
                return getSelection().toString();
            }""",
            [turn, begin, end],
        )
    )


def values(place: Path, annotator: str) -> dict[str, object]:
    with MarkStore(place) as store:
        return {one.variable: one.value for one in store.marks("one", annotator)}


@pytest.mark.parametrize("mode", ["light", "dark"])
@pytest.mark.parametrize("width", WIDTHS)
def test_every_page_shows_at_this_width(browser: Any, place: Path, width: int, mode: str):
    with MarkStore(place, SPACE) as store:
        store.add([*every("one", "tom"), mark("danger", "stated", "ida", reason="She cries every night.")])
        store.add([*every("one", "ewa"), *every("two", "ewa")[:4]])
        store.say("given", "one", "ewa")
    with annotating(place, "ewa") as served, seen(browser, width=width, mode=mode) as found:
        view = enter(found, served, "/")
        pages = (("start", "/"), ("given", ONE), ("begun", "/conversations/two"), ("hostile", "/conversations/evil"))
        for name, path in pages:
            view = at(found, served, path)
            if name == "begun":
                of(view, "danger").locator("summary").click()
                select(view, 0, 10, 40)
                expect(view.locator("#quoting")).to_be_visible()
                view.locator("#give").click()
                expect(view.locator("#left")).to_be_visible()
            found.accessible()
            assert fits(view), name
            assert view.title() != "taken" and view.locator("main img, main script").count() == 0
            found.keep(f"annotate-{name}-{width}-{mode}")
        quiet(found, served)


def test_two_annotators_work_at_once_and_see_each_other_only_afterwards(browser: Any, place: Path):
    with ExitStack() as opened:
        ewa_served, tom_served = (opened.enter_context(annotating(place, name)) for name in ("ewa", "tom"))
        ewa_found, tom_found = (opened.enter_context(seen(browser)) for _ in range(2))
        ewa, tom = enter(ewa_found, ewa_served), enter(tom_found, tom_served)
        for view, danger in ((ewa, "none"), (tom, "stated")):
            of(view, "danger").locator(f"input[value={danger}]").check()
            of(view, "start.calm").locator("[data-take='-1']").click()
            of(view, "wanted").locator("input[value=reflection]").check()
        for view in (ewa, tom):
            for variable in ("danger", "start.calm", "wanted"):
                kept(view, variable)
        assert values(place, "ewa") == {"danger": "none", "start.calm": -1.0, "wanted": ("reflection",)}
        assert values(place, "tom")["danger"] == "stated"
        for view, other in ((tom, "ewa"), (ewa, "tom")):
            assert view.locator("[data-others]:visible").count() == 0
            assert other not in view.content()
            view.click("#give")
            expect(view.locator("#left-list a")).to_have_count(len(KNOWN) - 3)
            view.click("#give-all")
            expect(view.locator("#standing")).to_contain_text("Your marks are given")
            expect(view.locator("#progress")).to_have_text("1 of 3 done")
        others = of(ewa, "danger").locator("[data-others]")
        expect(others).to_have_text(re.compile(r"^tom: stated \(otherwise than you\)"))
        tom.reload()
        tom.wait_for_selector("html[data-state=ready]")
        expect(of(tom, "danger").locator("[data-others]")).to_contain_text("ewa: none")
        for found, served in ((ewa_found, ewa_served), (tom_found, tom_served)):
            quiet(found, served)


def test_selected_words_become_those_of_the_variable_in_focus(browser: Any, place: Path):
    with annotating(place, "ewa") as served, seen(browser) as found:
        view = enter(found, served)
        of(view, "danger").locator("input[value=hinted]").check()
        words = select(view, 2, 0, 14)
        expect(view.locator("#quoting")).to_be_visible()
        expect(view.locator("#target")).to_have_value("danger")
        kept(view, "danger")
        with view.expect_response("**/marks"):
            view.click("#quote")
        kept(view, "danger")
        expect(of(view, "danger").locator(".quotes li")).to_have_count(1)
        with MarkStore(place) as store:
            (made,) = store.marks("one", "ewa")
        assert [(quote.turn, quote.text) for quote in made.quotes] == [(2, words.strip())]
        of(view, "danger").locator("[data-drop]").click()
        expect(of(view, "danger").locator(".quotes li")).to_have_count(0)
        quiet(found, served)


def test_it_goes_by_keyboard_alone(browser: Any, place: Path):
    with annotating(place, "ewa") as served, seen(browser) as found:
        view = enter(found, served)
        of(view, "danger").locator("input").first.focus()
        view.keyboard.press("ArrowDown")
        kept(view, "danger")
        of(view, "start.calm").locator("input").first.focus()
        view.keyboard.type("-0.25")
        view.keyboard.press("Tab")
        kept(view, "start.calm")
        of(view, "needs").locator("select").first.focus()
        for word in ("affective", "cognitive", "motivational"):
            view.keyboard.press(word[0])
            view.keyboard.press("Tab")
        kept(view, "needs")
        of(view, "needs").locator("summary").focus()
        view.keyboard.press("Enter")
        for word in ("0", "crying every single night"):
            view.keyboard.press("Tab")
            view.keyboard.type(word)
        with view.expect_response("**/marks"):
            view.keyboard.press("Enter")
        kept(view, "needs")
        expect(of(view, "needs").locator(".quotes li")).to_have_count(1)
        assert values(place, "ewa") == {
            "danger": "hinted",
            "start.calm": -0.25,
            "needs": ("affective", "cognitive", "motivational"),
        }
        view.focus("#skip")
        view.keyboard.press("Enter")
        expect(view).not_to_have_url(re.compile("/conversations/one"))
        expect(view.locator("#progress")).to_have_text("1 of 3 done")
        view.wait_for_selector("html[data-state=ready]")
        quiet(found, served)


def test_what_does_not_fit_is_told_where_it_stands_and_is_not_kept(browser: Any, place: Path):
    with annotating(place, "ewa") as served, seen(browser) as found:
        view = enter(found, served)
        calm = of(view, "start.calm")
        calm.locator("input").first.fill("7")
        calm.locator("input").first.blur()
        expect(calm.locator(".saved.bad")).to_contain_text("Not kept: start.calm: allowed is a number from -1 to 1")
        expect(calm.locator("input[aria-invalid=true]")).to_have_count(1)
        assert values(place, "ewa") == {}
        found.accessible()
        calm.locator("input").first.fill("0.7")
        calm.locator("input").first.blur()
        kept(view, "start.calm")
        expect(calm.locator("[aria-invalid]")).to_have_count(0)
        calm.locator("[data-clear]").click()
        expect(calm.locator("[data-saved]")).to_have_text("Taken back")
        assert values(place, "ewa") == {}
        # The browser itself logs an answer of 400.
        assert all("400" in line for line in found.said)


def test_a_set_can_be_none_of_these_and_a_reason_is_kept_as_it_is_typed(browser: Any, place: Path):
    with annotating(place, "ewa") as served, seen(browser) as found:
        view = enter(found, served)
        rejected = of(view, "rejected")
        rejected.locator("[data-none]").check()
        kept(view, "rejected")
        rejected.locator("summary").click()
        with view.expect_response("**/marks"):
            rejected.locator("textarea").fill("She takes all of it well.")
        with MarkStore(place) as store:
            (made,) = store.marks("one", "ewa")
        assert (made.value, made.reason) == ((), "She takes all of it well.")
        quiet(found, served)


def test_what_was_kept_is_there_after_a_kill(browser: Any, place: Path):
    with annotating(place, "ewa") as served, seen(browser) as found:
        view = enter(found, served)
        for variable in ("context", "danger", "threshold"):
            of(view, variable).locator(f"input[value='{any_value(variable)}']").check()
            kept(view, variable)
        assert served.stop(signal.SIGKILL) == -signal.SIGKILL
    assert set(values(place, "ewa")) == {"context", "danger", "threshold"}
    with annotating(place, "ewa") as served, seen(browser) as found:
        view = enter(found, served)
        expect(of(view, "danger").locator("input:checked")).to_have_value(any_value("danger"))
        assert served.stop() == 0
