"""Take the pictures of README and docs anew: ``python docs/screenshots.py``. Needs Chromium and the viewer's extra.

Four reference agents play all 36 scenarios; the report on three of them and the viewer are opened as readers open them.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from playwright.sync_api import Browser, Page, sync_playwright

DOCS = Path(__file__).parent
EMPA = (sys.executable, "-u", "-m", "empa_graph")
AGENTS = ("expert", "expert-then-advice@0.5", "generic", "dismissive")
CONVERSATION = "#episode-1-4"
REPLAYED = "night_nurse/boost_motivation"


def main() -> None:
    """Play, open, keep."""
    with TemporaryDirectory() as name, sync_playwright() as playwright:
        folder = Path(name)
        runs = [f"runs/{agent}" for agent in AGENTS]
        for agent, run in zip(AGENTS, runs, strict=True):
            empa(folder, "run", "--empathic", f"scripted:{agent}", "--out", run)
        empa(folder, "report", *runs[:3], "--out", "report.html")
        options = ["--no-sandbox", "--disable-background-networking"]
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=options)
        report = (folder / "report.html").as_uri()
        keep(opened(browser, report, (1280, 1000)), "report.png")
        keep(opened(browser, report + CONVERSATION, (1280, 900)), "report-conversation.png")
        with viewer(folder, runs[0], runs[3]) as address:
            page = opened(browser, address, (1180, 760))
            home = page.url.rstrip("/")
            right, left = (run["key"] for run in page.request.get(f"{home}/api/runs").json()["lines"])
            page.goto(f"{home}/compare?left={left}&right={right}")
            page.get_by_label(f"side by side: {REPLAYED}").click()
            keep(page, "viewer-replay.png")
        browser.close()


def empa(folder: Path, *words: str) -> None:
    """Run a command of the package in ``folder``, quietly."""
    subprocess.run([*EMPA, *words], cwd=folder, check=True, stdout=subprocess.DEVNULL)


@contextmanager
def viewer(folder: Path, *runs: str) -> Iterator[str]:
    """Serve the viewer over ``runs`` and yield the address that it prints."""
    with subprocess.Popen([*EMPA, "view", *runs], cwd=folder, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            yield next(line.strip() for line in process.stdout if line.startswith("http"))
        finally:
            process.terminate()


def opened(browser: Browser, url: str, size: tuple[int, int]) -> Page:
    """Return a page of that many pixels with ``url`` in it."""
    page = browser.new_page(viewport={"width": size[0], "height": size[1]})
    page.goto(url)
    return page


def keep(page: Page, name: str) -> None:
    """Write what is seen of ``page`` to docs/``name``."""
    page.wait_for_load_state("networkidle")
    page.wait_for_timeout(1_000)
    page.screenshot(path=DOCS / name)


if __name__ == "__main__":
    main()
