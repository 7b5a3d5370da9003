from __future__ import annotations

import base64
import gzip
import json
import re

import pytest

from empa_graph.errors import UsageError
from empa_graph.models.latent import LatentState
from empa_graph.report.html import STATIC, packed, report_html
from empa_graph.report.lines import MEANS
from empa_graph.report.page.build import page
from tests.records import episode
from tests.report.page_parts import MARKUP, Tags, hostile, source, walked

pytest.importorskip("vl_convert")
LATENT = LatentState.opening(dimensions=("calm", "trust"), start=(0.0, 0.0), target=(1.0, 0.0), radius=0.3)
"""A path that was never judged."""


@pytest.fixture(scope="module")
def evil() -> Tags:
    return Tags(report_html(page([source(hostile())], {})).decode())


def test_every_text_is_escaped(evil: Tags):
    assert [tag for tag, _ in evil.tags if tag == "img"] == []
    assert {tag for tag, attributes in evil.tags if any(name.startswith("on") for name in attributes)} == set()
    assert MARKUP in evil.text


def test_the_page_names_no_address_and_forbids_itself_all_but_its_own(evil: Tags):
    assert [attributes for _, attributes in evil.tags if "src" in attributes] == []
    links = [attributes["href"] or "" for tag, attributes in evil.tags if tag in ("a", "link")]
    assert links and all(link.startswith("#") for link in links)
    (policy,) = [a["content"] or "" for tag, a in evil.tags if a.get("http-equiv") == "Content-Security-Policy"]
    assert policy.startswith("default-src 'none'")
    assert "unsafe" not in policy
    assert [a for _, a in evil.tags if "style" in a] == []


def test_our_scripts_make_no_html_from_text():
    for file in STATIC.glob("*.js"):
        text = file.read_text(encoding="utf-8")
        assert not re.search(
            r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|eval\(|new Function|cssText", text
        )
        assert 'setAttribute("style"' not in text


def test_the_same_run_gives_the_same_bytes():
    built = page([source(walked())], {})
    assert report_html(built) == report_html(built)


def test_what_is_packed_reads_back():
    data = {"text": "</script>\u2028é"}
    held = packed(data)
    assert "<" not in held
    assert json.loads(gzip.decompress(base64.b64decode(held))) == data


def test_more_than_a_browser_opens_is_refused_in_one_line():
    built = page([source(episode())], {})
    with pytest.raises(UsageError, match="at most 5,000 conversations, and these are 5,001"):
        report_html(built._replace(episodes=built.episodes * 5_001))


def test_without_any_score_no_section_is_empty_and_the_contents_name_none_that_is_left_out():
    failed = episode(score=None, unscored="failed", latent=LATENT)
    tags = Tags(report_html(page([source(failed)], {})).decode())
    ids = {held["id"] for _, held in tags.tags if held.get("id")}
    links = {str(held["href"])[1:] for tag, held in tags.tags if tag == "a" and str(held.get("href")).startswith("#")}
    assert {name for name in links if name and not name.startswith("episode-")} <= ids
    assert not ids & {"spread", "scenarios", "paired", "profiles", "turns", "ways", "scenario", "space"}
    assert [held["data-kind"] for _, held in tags.tags if held.get("data-kind")] == ["failures"]
    assert "No conversation has a score" in tags.text and "No reply was coded for support." in tags.text


def test_what_is_not_ours_brings_its_licence():
    assert b"University of Washington Interactive Data Lab" in report_html(page([source(episode())], {}))


def test_the_note_under_the_table_claims_of_each_figure_what_the_audit_and_the_exports_do():
    text = " ".join(Tags(report_html(page([source(episode())], {})).decode()).text.split())
    assert all(MEANS[name] in text for name in ("composite", "progress", "support"))
    assert "right way; how far they came is progress" in MEANS["composite"]


def test_the_first_screen_is_there_without_scripts():
    tags = Tags(report_html(page([source(episode())], {})).decode())
    assert "an agent brought 0 of 1 people to the target; composite 50.0" in tags.text
    assert ("table", {"class": "full stack"}) in tags.tags
