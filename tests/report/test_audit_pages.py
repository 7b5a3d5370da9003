"""A dossier in HTML and Markdown: every link leads somewhere, and nothing written elsewhere acts."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from functools import lru_cache
from typing import Any

import pytest
from markdown_it import MarkdownIt

from empa_graph.models.failure import Failure
from empa_graph.report.audit.blocks import Grid
from empa_graph.report.audit.build import Checked
from empa_graph.report.audit.document import document, dossier_html
from empa_graph.report.audit.markdown import dossier_markdown, escaped
from empa_graph.report.audit.records import Chain, Dossier
from tests.records import episode, run
from tests.report.audit_parts import audited, in_danger, places, targets
from tests.report.page_parts import CONTROLS, LONG, MARKUP, SHOWN, Tags, hostile, source, walked

pytest.importorskip("jinja2")
MARKS = (
    "**b** _i_ `c` [x](http://e.example) ![y](z) | # h <b> &lt; ~~s~~ $m$ @who http://e.example www.e.example "
    "\\ \\| \\["
)


@lru_cache(maxsize=1)
def evil() -> Dossier:
    """Return a dossier of which all that was written elsewhere is out to break a page."""
    held = hostile()
    step = held.latent.steps[0]
    assert step.assessment is not None
    said = step.assessment.model_copy(update={"handoff": f"{MARKUP} {MARKS}"})
    latent = held.latent.model_copy(update={"steps": (step.model_copy(update={"assessment": said}),)})
    messages = tuple(one.model_copy(update={"content": f"{MARKS}\n- {one.content}"}) for one in held.messages)
    failure = Failure(turn=1, blame="empathic", kind=MARKS, detail=f"{MARKUP} {CONTROLS} {LONG}")
    failed = held.model_copy(update={"latent": latent, "messages": messages, "score": None, "failure": failure})
    made = run(agent=MARKS, judge_checks={MARKUP: MARKS}, hashes={MARKUP: MARKS}, versions={MARKS: CONTROLS})
    chain = Chain(links=1, head=MARKUP, sealed=False, faults=(f"{MARKUP} {MARKS}",))
    return audited(source(failed, in_danger({"service": 4.0}), made=made), Checked(chain))


def html(found: Dossier) -> str:
    return dossier_html(found.title, document(found)).decode()


def markdown(found: Dossier) -> str:
    return dossier_markdown(found.title, document(found))


def rendered(text: str) -> Tags:
    """Return Markdown as GitHub's kind shows it, with links told from text and HTML let through."""
    return Tags(MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"]).render(text))


DOSSIERS = {
    "walked": lambda: audited(source(walked(), walked(variant="other"))),
    "crisis": lambda: audited(source(in_danger({"service": 4.0}, {"asking_danger": 3.0}, handoff=2))),
    "failed": lambda: audited(source(episode(score=None, ending="failed"))),
    "saved": lambda: audited(source(in_danger({"service": 4.0}, scenario="-", conversation="a"))._replace(run=None)),
    "evil": evil,
}


@pytest.mark.parametrize("name", DOSSIERS)
def test_every_link_leads_to_one_place(name: str):
    found = DOSSIERS[name]()
    for text in (html(found), markdown(found)):
        there = places(text)
        assert targets(text) - set(there) == set()
        assert len(there) == len(set(there))


def rows_of(value: Any) -> Iterator[str]:
    """Yield every place that a record names."""
    if isinstance(value, dict):
        for name, held in value.items():
            if name in ("rows", "conversations", "unknown") and isinstance(held, list):
                yield from (one for one in held if isinstance(one, str) and one.startswith("conversation-"))
            else:
                yield from rows_of(held)
    elif isinstance(value, list):
        for held in value:
            yield from rows_of(held)


@pytest.mark.parametrize("name", DOSSIERS)
def test_every_row_that_the_record_names_stands_in_its_pages(name: str):
    found = DOSSIERS[name]()
    named = set(rows_of(json.loads(found.model_dump_json())))
    assert named - set(places(html(found))) == set()


@pytest.mark.parametrize("name", ["walked", "crisis"])
def test_both_pages_say_the_same_numbers(name: str):
    found = DOSSIERS[name]()
    entrant = found.figures.entrants[0]
    one, other = Tags(html(found)).text, rendered(markdown(found)).text
    for metric in entrant.summary.metrics.values():
        assert f"{metric.mean:.2f}" in one or f"{metric.mean:.1f}" in one
    numbers = [
        span.text
        for section in document(found)
        for block in section.blocks
        for row in getattr(block, "rows", ())
        for cell in row.cells
        for span in cell
        if span.to
    ]
    assert len(numbers) > 20
    assert [text for text in numbers if text not in one or text not in other] == []


def test_hostile_text_is_only_text_in_html():
    text = html(evil())
    tags = Tags(text)
    assert {tag for tag, _ in tags.tags} & {"script", "img", "iframe", "b", "svg"} == set()
    assert not [
        name for _, attributes in tags.tags for name in attributes if name.startswith("on") or name in ("src", "style")
    ]
    assert all(str(held["href"]).startswith("#") for tag, held in tags.tags if tag == "a")
    assert SHOWN in tags.text and not set("\x00\x07\x1b\u202e\u2066") & set(text)
    assert "script-src" not in text and "default-src &#39;none&#39;" in text


def test_hostile_text_is_only_text_in_markdown():
    text = markdown(evil())
    tags = rendered(text)
    assert {tag for tag, _ in tags.tags} <= {
        "h1",
        "h2",
        "h3",
        "p",
        "ul",
        "li",
        "a",
        "table",
        "thead",
        "tbody",
        "tr",
        "th",
        "td",
        "strong",
        "em",
        "blockquote",
    }
    links = [attributes for tag, attributes in tags.tags if tag == "a"]
    assert all(str(held.get("href", "#")).startswith("#") and not set(held) - {"href", "id"} for held in links)
    assert SHOWN in tags.text and not set("\x00\x07\x1b\u202e\u2066") & set(text)
    assert "http://" not in text.replace("\\", "\\\\") and "www." not in text


def test_no_table_of_a_hostile_dossier_is_wider_than_its_head():
    tables = rendered(markdown(evil())).tags
    widths: list[int] = []
    for tag, _ in tables:
        if tag == "tr":
            widths.append(0)
        elif tag in ("th", "td"):
            widths[-1] += 1
    wanted = [
        len(block.head)
        for section in document(evil())
        for block in section.blocks
        if hasattr(block, "head")
        for _ in (0, *block.rows)
    ]
    assert widths == wanted


@pytest.mark.parametrize(
    "text", [MARKS, MARKUP, "- a", "1. a", "12) a", "+ a", "# a", "--- ", "===", "> a", "    code", "a\\", "&amp;", "*"]
)
def test_escaped_text_is_shown_as_it_is(text: str):
    shown = rendered(f"{escaped(text)}\n")
    assert {tag for tag, _ in shown.tags} == {"p"}
    assert shown.text.strip() == " ".join(text.split())


def test_a_message_too_long_is_cut_and_says_so():
    found = audited(source(in_danger({"service": 4.0}, messages=hostile().messages)))
    case = found.crisis.cases[0]
    assert all(len(said.text) < 7_000 and said.left_out > 40_000 for said in case.messages)
    assert "more characters are not shown" in html(found)


def test_a_dossier_of_the_same_run_is_the_same():
    assert html(DOSSIERS["crisis"]()) == html(DOSSIERS["crisis"]())


@pytest.mark.parametrize("name", DOSSIERS)
def test_every_number_of_the_run_is_a_link(name: str):
    of_the_run = ("coverage", "results", "crisis", "simulator", "guards", "years")
    bare = [
        (section.id, block.id, span.text)
        for section in document(DOSSIERS[name]())
        for block in section.blocks
        if section.id in of_the_run and isinstance(block, Grid)
        for row in block.rows
        for cell in row.cells
        for span in cell
        if re.fullmatch(r"[+-]?\d[\d.%]*( of \d+)?|\[.*\d\]", span.text) and not span.to
    ]
    assert bare == []
