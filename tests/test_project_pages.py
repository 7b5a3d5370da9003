"""The pages of the project itself: links lead somewhere, the changelog has versions, and the sdist holds them."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PAGES = ("CHANGELOG.md", "CODE_OF_CONDUCT.md", "CONTRIBUTING.md", "README.md", "SECURITY.md")
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))


def slugs(page: Path) -> set[str]:
    """Return the anchors of the headings of ``page``."""
    titles = re.findall(r"^#+ (.+)$", page.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w -]", "", title.lower()).replace(" ", "-") for title in titles}


@pytest.mark.parametrize("page", PAGES)
def test_links_and_named_files_exist(page: str):
    text = (ROOT / page).read_text(encoding="utf-8")
    links = re.findall(r"\]\((?!http)([^)#]*)#?([^)]*)\)", text)
    assert [path for path, _ in links if not (ROOT / path).exists()] == []
    assert [f"{path}#{at}" for path, at in links if at and at not in slugs(ROOT / (path or page))] == []
    assert [path for path in re.findall(r"`(empa_graph/[\w/.]+)`", text) if not (ROOT / path).exists()] == []


def test_a_source_distribution_holds_the_pages():
    assert set(PAGES) <= set(PROJECT["tool"]["hatch"]["build"]["targets"]["sdist"]["only-include"])


def test_no_page_gives_the_address_of_a_person():
    assert [page for page in PAGES if re.search(r"\w@\w+\.\w", (ROOT / page).read_text(encoding="utf-8"))] == []


def test_the_changelog_begins_with_what_is_unreleased_and_knows_the_version():
    text = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    headings = re.findall(r"^## (.+)$", text, re.MULTILINE)
    assert headings[0] == "[Unreleased]"
    assert headings[1].startswith(f"[{PROJECT['project']['version']}]")
    assert set(re.findall(r"^### (.+)$", text, re.MULTILINE)) <= {"Added", "Changed", "Fixed", "Removed", "Security"}
