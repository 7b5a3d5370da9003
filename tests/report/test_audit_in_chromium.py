"""A dossier in Chromium: at three widths, in light and dark, without a script, hostile or not."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from empa_graph.report.audit.document import document, dossier_html
from empa_graph.report.audit.records import Dossier
from tests.browser import WIDTHS, chromium, expect, needs_chromium, seen
from tests.report.audit_parts import audited, in_danger
from tests.report.page_parts import MARKUP, hostile, played, source

pytestmark = [pytest.mark.slow, needs_chromium]
pytest.importorskip("playwright")


def written(path: Path, found: Dossier) -> Path:
    path.write_bytes(dossier_html(found.title, document(found)))
    return path


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("audit")
    held = played(folder / "run", "scripted:expert", limit=3, **{"suite.scenarios": ("*/*",), "suite.max_turns": 3})
    return written(folder / "audit.html", audited(held))


@pytest.fixture(scope="module")
def evil(tmp_path_factory: pytest.TempPathFactory) -> Path:
    held = hostile()
    said = held.latent.steps[0].assessment
    assert said is not None
    step = held.latent.steps[0].model_copy(update={"assessment": said.model_copy(update={"handoff": MARKUP})})
    latent = held.latent.model_copy(update={"steps": (step,)})
    episodes = (held.model_copy(update={"latent": latent}), in_danger({"service": 4.0}))
    return written(tmp_path_factory.mktemp("evil") / "audit.html", audited(source(*episodes)))


@pytest.fixture(scope="module")
def browser(file: Path, evil: Path) -> Iterator[Any]:
    """Give Chromium; what it shows is made before, since its driver holds an event loop."""
    with chromium() as opened:
        yield opened


@pytest.mark.parametrize("mode", ["light", "dark"])
@pytest.mark.parametrize("width", WIDTHS)
def test_it_shows_at_this_width(browser: Any, file: Path, width: int, mode: str):
    with seen(browser, width=width, mode=mode) as found:
        found.page.goto(file.as_uri())
        found.accessible()
        assert found.page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0
        found.keep(f"audit-{width}-{mode}")
        found.quiet()


def test_a_number_leads_to_its_turn(browser: Any, evil: Path):
    with seen(browser) as found:
        found.page.goto(evil.as_uri())
        found.page.locator("#table-crisis a", has_text="turn 1").first.click()
        expect(found.page.locator(":target")).to_have_class("message")
        found.quiet()


@pytest.mark.parametrize("width", [390, 1280])
def test_hostile_text_breaks_nothing(browser: Any, evil: Path, width: int):
    with seen(browser, width=width) as found:
        found.page.goto(evil.as_uri())
        assert found.page.evaluate("window.pwned === undefined && document.images.length === 0")
        assert found.page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0
        found.accessible()
        found.keep(f"audit-evil-{width}")
        found.quiet()
