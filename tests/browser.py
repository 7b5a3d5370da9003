"""Chromium for tests of pages: what it logs and asks for is kept, and axe-core looks at what it shows."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import pytest

WIDTHS = (390, 1280, 1920)
PATIENCE = 20_000
"""Milliseconds that a page may take to come to what it is asked for."""
CHROMIUM = shutil.which("chromium")
needs_chromium = pytest.mark.skipif(CHROMIUM is None, reason="no Chromium here (apt-get install chromium)")
OWN = ("file:", "data:", "blob:", "http://127.0.0.1:", "http://localhost:")
"""Addresses that do not leave this machine."""
SCREENSHOTS = os.environ.get("EMPA_SCREENSHOTS")
"""A folder that keeps what was seen; without it nothing is kept."""


class Seen(NamedTuple):
    """A page with all it said on the console and every address it asked for."""

    page: Any
    said: list[str]
    asked: list[str]

    def quiet(self) -> None:
        """Hold that the console was silent and nothing was asked of a network."""
        assert not self.said, self.said
        left = [url for url in self.asked if not url.startswith(OWN)]
        assert not left, left

    def accessible(self) -> None:
        """Hold that axe-core finds no serious and no critical violation."""
        from axe_playwright_python.sync_playwright import Axe

        found = Axe().run(self.page).response["violations"]
        grave = [one for one in found if one["impact"] in ("serious", "critical")]
        assert not grave, [(one["id"], one["nodes"][0]["html"][:300]) for one in grave]

    def keep(self, name: str) -> None:
        """Keep a screenshot, where they are kept."""
        if SCREENSHOTS:
            Path(SCREENSHOTS).mkdir(parents=True, exist_ok=True)
            self.page.screenshot(path=Path(SCREENSHOTS, f"{name}.png"), full_page=True)


def expect(what: Any) -> Any:
    """Return what can be asked of a page or a part of it; each is waited for."""
    from playwright.sync_api import expect as asked

    asked.set_options(timeout=PATIENCE)
    return asked(what)


def drawn(view: Any) -> None:
    """Wait until every picture that can be seen is drawn."""
    expect(view.locator(".picture:not([data-state=drawn]):visible")).to_have_count(0)


@contextmanager
def chromium() -> Iterator[Any]:
    """Give Debian's Chromium, without a network of its own."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as play:
        browser = play.chromium.launch(
            executable_path=CHROMIUM, args=["--no-sandbox", "--disable-background-networking"]
        )
        yield browser
        browser.close()


@contextmanager
def seen(browser: Any, *, width: int = 1280, mode: str = "light", **more: Any) -> Iterator[Seen]:
    """Give a new page of a ``width`` in light or dark."""
    context = browser.new_context(viewport={"width": width, "height": 900}, color_scheme=mode, **more)
    found = Seen(context.new_page(), [], [])
    found.page.set_default_timeout(PATIENCE)
    found.page.on("console", lambda message: found.said.append(f"{message.type}: {message.text}"))
    found.page.on("pageerror", lambda error: found.said.append(f"error: {error}"))
    found.page.on("request", lambda request: found.asked.append(request.url))
    yield found
    context.close()
