"""The site: it is built with warnings as errors, asks nothing of a network, and holds every public name."""

from __future__ import annotations

import importlib.util
import os
import re
import subprocess
import sys
import threading
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

import empa_graph
from empa_graph import testing
from tests.browser import Seen, chromium, expect, needs_chromium

ROOT = Path(__file__).parents[1]
TYPICAL = ("index", "tutorial", "cli", "report", "config", "api/index")
pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(importlib.util.find_spec("mkdocs") is None, reason="the docs extra is not installed"),
]


def build(out: Path, *more: str) -> subprocess.CompletedProcess[str]:
    """Build the site of ``mkdocs.yml``, without a proxy's or a registry's address."""
    command = [sys.executable, "-m", "mkdocs", "build", "--strict", "--site-dir", str(out), *more]
    quiet = {**os.environ, "NO_MKDOCS_2_WARNING": "1"}
    return subprocess.run(command, cwd=ROOT, env=quiet, capture_output=True, text=True, timeout=300, check=False)


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("site")
    done = build(out)
    assert done.returncode == 0 and "WARNING" not in done.stderr, done.stderr[-4_000:]
    return out


def test_a_link_that_leads_nowhere_ends_the_build(tmp_path: Path):
    whole = (ROOT / "mkdocs.yml").read_text(encoding="utf-8")
    (validation,) = re.findall(r"^validation:\n(?:  .*\n)+", whole, re.MULTILINE)
    (tmp_path / "docs").mkdir()
    (tmp_path / "docs" / "index.md").write_text("# Home\n\n[gone](runs.md)\n", encoding="utf-8")
    (tmp_path / "mkdocs.yml").write_text(f"site_name: one\nplugins: []\n{validation}", encoding="utf-8")
    done = build(tmp_path / "out", "--config-file", str(tmp_path / "mkdocs.yml"))
    assert done.returncode != 0 and "'runs.md'" in done.stderr


def test_every_page_is_in_the_site(site: Path):
    written = {page.with_suffix(".html").name for page in (ROOT / "docs").glob("*.md")}
    assert written | {"index.html", "contributing.html", "security.html"} <= {page.name for page in site.glob("*.html")}


def test_every_public_name_has_its_place_in_the_reference(site: Path):
    pages = "".join(page.read_text(encoding="utf-8") for page in (site / "api").glob("*.html"))
    things = [getattr(empa_graph, name) for name in empa_graph.__all__]
    wanted = {f"{thing.__module__}.{thing.__name__}" for thing in things}
    wanted |= {f"empa_graph.testing.{name}" for name in testing.__all__}
    assert {name for name in wanted if f'id="{name}"' not in pages} == set()


def test_no_page_loads_anything_from_elsewhere(site: Path):
    loads = re.compile(r'<(?:script|img|iframe|source)[^>]*\ssrc="(?:https?:)?//|<link[^>]*\shref="(?:https?:)?//')
    assert [page.name for page in site.rglob("*.html") if loads.search(page.read_text(encoding="utf-8"))] == []
    styles = [sheet.read_text(encoding="utf-8") for sheet in site.rglob("*.css")]
    assert [text[:80] for text in styles if re.search(r"(?:url\(|@import )[\"']?(?:https?:)?//", text)] == []


def test_lists_and_tables_are_not_read_as_words(site: Path):
    pages = {page.name: page.read_text(encoding="utf-8") for page in site.glob("*.html")}
    inside = {name: re.findall(r"<p>(.*?)</p>", text, re.DOTALL) for name, text in pages.items()}
    assert [name for name, words in inside.items() if any(re.search(r"^(?:- |\|)", one, re.M) for one in words)] == []


class Silent(SimpleHTTPRequestHandler):
    def log_message(self, *_: object) -> None:
        """Say nothing of a request."""


@pytest.fixture(scope="module")
def address(site: Path) -> Iterator[str]:
    """Where the site is served, on loopback."""
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(Silent, directory=str(site))) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


@needs_chromium
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [390, 1280])
def test_pages_are_quiet_fit_and_can_be_read_by_all(address: str, scheme: str, width: int):
    with chromium() as browser:
        shown = browser.new_context(viewport={"width": width, "height": 900}, color_scheme=scheme).new_page()
        seen = Seen(shown, [], [])
        shown.on("console", lambda message: seen.said.append(message.text))
        shown.on("request", lambda request: seen.asked.append(request.url))
        for name in TYPICAL:
            shown.goto(f"{address}/{name}.html")
            wider = shown.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
            assert wider <= 0, name
            seen.accessible()
            seen.keep(f"site-{name.replace('/', '-')}-{width}-{scheme}")
        seen.quiet()


@needs_chromium
def test_the_first_key_leads_past_the_navigation(address: str):
    with chromium() as browser:
        shown = browser.new_page()
        shown.goto(f"{address}/tutorial.html")
        shown.keyboard.press("Tab")
        expect(shown.locator(":focus")).to_have_text("Skip to content")
