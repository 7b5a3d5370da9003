"""Settling in Chromium: by mouse and by keyboard, two at once, at every width."""

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
from tests.distill.marked import KNOWN, QUOTE, SPACE, conversation, folder, mark
from tests.viewer.serving import Serving, serving

pytestmark = [pytest.mark.slow, needs_chromium]
pytest.importorskip("playwright")
HOSTILE = '<script>document.title="taken"</script><img src=x onerror=alert(1)>\u202e ' + "w" * 2_000
ONE = "/conversations/one"
NEEDS = KNOWN["needs"].allowed


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    with chromium() as opened:
        yield opened


@pytest.fixture
def place(tmp_path: Path) -> Path:
    kept = (conversation("one"), conversation("two"), conversation("evil", HOSTILE, "oh"))
    made = folder(tmp_path / "distilled", kept=kept)
    with MarkStore(made, SPACE) as store:
        store.add([mark("danger", "none", "ewa", reason="Tired, I read.")])
        store.add(
            [
                mark("danger", "hinted", "tom", quotes=[QUOTE], reason="It has to be asked."),
                mark("danger", "none", "offline"),
            ]
        )
        store.add([mark("start.calm", -0.5, "ewa"), mark("start.calm", 0.5, "tom", reason=HOSTILE[:600])])
        store.add([mark("needs", NEEDS, "ewa"), mark("needs", NEEDS[::-1], "tom")])
        store.add([mark("rejected", ("judging",), "ewa"), mark("rejected", (), "tom")])
        store.add([mark("threshold", "low", "ewa", "two"), mark("threshold", "high", "tom", "two")])
        store.add([mark("danger", "stated", "ewa", "evil"), mark("danger", "none", "tom", "evil")])
        store.settle("evil", "danger", "hinted", by="tim", reason=HOSTILE[:600])
        store.settle("evil", "danger", "none", by="ida")
    return made


def settling(place: Path, name: str = "ida") -> Any:
    return serving(place, options=("--annotator", name, "--settle"), command="annotate")


def at(found: Seen, served: Serving, path: str) -> Any:
    found.page.goto(served.origin + path)
    if path.startswith("/conversations"):
        found.page.wait_for_selector("html[data-state=ready]")
    return found.page


def enter(found: Seen, served: Serving, path: str = ONE) -> Any:
    found.page.goto(served.url)
    return at(found, served, path)


def quiet(found: Seen, served: Serving) -> None:
    """Hold that the console was silent and nothing but the page was asked for anything."""
    assert found.said == []
    assert [url for url in found.asked if not url.startswith(served.origin)] == []


def of(view: Any, variable: str) -> Any:
    return view.locator(f"[data-variable='{variable}']")


def told(view: Any, variable: str, words: str) -> None:
    """Wait until it is said of ``variable`` what begins with ``words``."""
    expect(of(view, variable).locator("[data-saved]")).to_have_text(re.compile(f"^{re.escape(words)}"))


def settled(place: Path) -> dict[str, object]:
    with MarkStore(place) as store:
        return {one.variable: one.value for one in store.settled("one")}


@pytest.mark.parametrize("mode", ["light", "dark"])
@pytest.mark.parametrize("width", WIDTHS)
def test_every_page_shows_at_this_width(browser: Any, place: Path, width: int, mode: str):
    with settling(place) as served, seen(browser, width=width, mode=mode) as found:
        enter(found, served, "/")
        for name, path in (("start", "/"), ("agreement", "/agreement"), ("one", ONE), ("evil", "/conversations/evil")):
            view = at(found, served, path)
            if name == "one":
                of(view, "danger").locator("[data-as='1']").click()
                of(view, "needs").locator("[type=submit]").click()
                told(view, "needs", "Choose all of them first")
            found.accessible()
            assert view.evaluate("document.documentElement.scrollWidth <= innerWidth"), name
            assert view.title() != "taken" and view.locator("main img, main script").count() == 0
            found.keep(f"settle-{name}-{width}-{mode}")
        quiet(found, served)


def test_a_value_is_chosen_settled_and_settled_again(browser: Any, place: Path):
    with settling(place) as served, seen(browser) as found:
        view = enter(found, served, "/")
        view.click("text=Begin with the largest")
        expect(view).to_have_url(re.compile("/conversations/"))
        view.wait_for_selector("html[data-state=ready]")
        view = at(found, served, ONE)
        expect(view.locator("#left")).to_have_text("5 left to settle")
        danger = of(view, "danger")
        expect(danger.locator("[data-marks]")).to_contain_text("message 0: \u201ccrying every single night\u201d")
        expect(danger.locator("[data-marks]")).to_contain_text("offline (machine): none")
        danger.locator("[type=submit]").click()
        told(view, "danger", "Choose a value first.")
        danger.locator("[data-as='1']").click()
        expect(danger.locator("input:checked")).to_have_value("hinted")
        assert settled(place) == {}
        danger.locator("[data-reason]").fill("Asked about, and rightly.")
        danger.locator("[type=submit]").click()
        told(view, "danger", "Settled")
        expect(view.locator("#left")).to_have_text("4 left to settle")
        assert settled(place) == {"danger": "hinted"}
        past = danger.locator("[data-past] li")
        expect(past).to_have_count(1)
        for words in ("hinted, ida, ", "Asked about, and rightly.", "ewa: none; tom: hinted"):
            expect(past).to_contain_text(words)
        danger.locator("input[value=stated]").check()
        danger.locator("[type=submit]").click()
        expect(past).to_have_count(2)
        expect(past.first).to_contain_text("(stands)")
        told(view, "danger", "Settled")
        assert settled(place) == {"danger": "stated"}
        quiet(found, served)


def test_words_lead_to_their_message(browser: Any, place: Path):
    with settling(place) as served, seen(browser) as found:
        view = enter(found, served)
        of(view, "danger").locator(".words a").click()
        expect(view).to_have_url(re.compile("#m-0$"))
        expect(view.locator("#m-0 mark")).to_have_text(QUOTE.text)
        quiet(found, served)


def test_it_goes_by_keyboard_alone(browser: Any, place: Path):
    with settling(place) as served, seen(browser) as found:
        view = enter(found, served)
        of(view, "danger").locator("input").first.focus()
        view.keyboard.press("ArrowDown")
        view.keyboard.press("Tab")
        view.keyboard.type("Asked about.")
        view.keyboard.press("Tab")
        view.keyboard.press("Enter")
        told(view, "danger", "Settled")
        of(view, "start.calm").locator("input").first.focus()
        view.keyboard.type("-0.25")
        view.keyboard.press("Enter")
        told(view, "start.calm", "Settled")
        of(view, "needs").locator("select").first.focus()
        for word in (NEEDS[1], NEEDS[0], NEEDS[2]):
            view.keyboard.press(word[0])
            view.keyboard.press("Tab")
        view.keyboard.press("Tab")
        view.keyboard.press("Enter")
        told(view, "needs", "Settled")
        of(view, "rejected").locator("[data-none]").focus()
        view.keyboard.press("Space")
        view.keyboard.press("Enter")
        told(view, "rejected", "Settled")
        assert settled(place) == {
            "danger": "hinted",
            "start.calm": -0.25,
            "needs": (NEEDS[1], NEEDS[0], NEEDS[2]),
            "rejected": (),
        }
        view.locator("[data-next]").first.focus()
        view.keyboard.press("Enter")
        expect(view).to_have_url(re.compile("/conversations/two$"))
        quiet(found, served)


def test_what_does_not_fit_is_told_where_it_stands_and_is_not_kept(browser: Any, place: Path):
    with settling(place) as served, seen(browser) as found:
        view = enter(found, served)
        calm = of(view, "start.calm")
        calm.locator("input").first.fill("7")
        calm.locator("[type=submit]").click()
        told(view, "start.calm", "Not settled: start.calm: allowed is a number from -1 to 1")
        expect(calm.locator("input[aria-invalid=true]")).to_have_count(1)
        assert settled(place) == {}
        found.accessible()
        calm.locator("[data-take='-1']").click()
        expect(calm.locator("[aria-invalid]")).to_have_count(0)
        expect(calm.locator("[aria-pressed=true]")).to_have_count(1)
        calm.locator("[type=submit]").click()
        told(view, "start.calm", "Settled")
        assert settled(place) == {"start.calm": -1.0}
        # The browser itself logs an answer of 400.
        assert all("400" in line for line in found.said)


def test_two_settle_at_once_and_none_overwrites_what_they_have_not_seen(browser: Any, place: Path):
    with ExitStack() as opened:
        first, second = (opened.enter_context(settling(place, name)) for name in ("ida", "tim"))
        one, other = (opened.enter_context(seen(browser)) for _ in range(2))
        ida, tim = enter(one, first), enter(other, second)
        for view, value in ((ida, "none"), (tim, "stated")):
            of(view, "danger").locator(f"input[value={value}]").check()
            of(view, "danger").locator("[type=submit]").click()
            told(view, "danger", "Settled" if view is ida else "Not settled: danger: ida has settled it since")
        assert settled(place) == {"danger": "none"}
        expect(of(tim, "danger").locator("[data-past]")).to_contain_text("none, ida")
        of(tim, "danger").locator("[type=submit]").click()
        told(tim, "danger", "Settled")
        assert settled(place) == {"danger": "stated"}
        quiet(one, first)


def test_what_was_settled_is_there_after_a_kill(browser: Any, place: Path):
    with settling(place) as served, seen(browser) as found:
        view = enter(found, served)
        of(view, "danger").locator("input[value=hinted]").check()
        of(view, "danger").locator("[type=submit]").click()
        told(view, "danger", "Settled")
        assert served.stop(signal.SIGKILL) == -signal.SIGKILL
    assert settled(place) == {"danger": "hinted"}
    with settling(place) as served, seen(browser) as found:
        expect(of(enter(found, served), "danger").locator("[data-stands]")).to_have_text("Settled: hinted")
        assert served.stop() == 0
