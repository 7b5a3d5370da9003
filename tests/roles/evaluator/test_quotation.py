from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given, strategies as st

from empa_graph.roles.evaluator.quotation import is_blank, span_in

REPLY = (
    "Nobody told you\u2014that\u2019s hard. \u201cWhy now?\u201d, you asked. "
    "I\u202fknow\u00a0it isn't *really* `over`\u2026"
)


@pytest.mark.parametrize(
    "evidence",
    [
        "Nobody told you-that's hard.",
        "Nobody told you\u2013that's hard.",
        '"Why now?", you asked.',
        "\u00abWhy now?\u00bb",
        "I know it isn\u2019t really over...",
        "it isn't **really** _over_",
        "I  know\nit",
        "  know it ",
        "\uff2eobody told you",
    ],
)
def test_evidence_is_found_however_it_is_typed_and_given_back_as_it_was_said(evidence: str) -> None:
    span = span_in(evidence, [["Hm."], ["", REPLY]])
    assert span is not None and span in REPLY


@pytest.mark.parametrize(
    "evidence", ["nobody told you", "Nobody told you that", "know it is n't", "", " ", "**", "\u200b"]
)
def test_other_letters_and_no_letters_are_no_evidence(evidence: str) -> None:
    assert span_in(evidence, [[REPLY]]) is None


@pytest.mark.parametrize(
    ("evidence", "said", "found"),
    [
        ("No", "No.", True),
        ("No.", "Oh no. No. Never.", True),
        ("No", "I Now know.", False),
        ("ow", "I Now know.", False),
        ("109", "Call 109.", True),
        ("09", "Call 109.", False),
        (".", "Call 109.", False),
        ("?", "Really?", False),
        ("...", "\u2026", True),
        ("\U0001f642", "\U0001f642", True),
        ("\u96be\u53d7", "\u6211\u5f88\u96be\u53d7\u3002", True),
    ],
)
def test_fewer_than_three_letters_are_evidence_as_a_whole_word_or_the_whole_reply(
    evidence: str, said: str, found: bool
) -> None:
    assert (span_in(evidence, [[said]]) is not None) == found


@given(st.text(), st.text(st.characters(categories=["Lu", "Ll"]), min_size=3), st.text())
def test_every_span_of_a_reply_with_three_letters_is_found_in_it(before: str, quoted: str, behind: str) -> None:
    said = before + quoted + behind
    span = span_in(unicodedata.normalize("NFKC", quoted), [[said]])
    assert span is not None and span in said


@given(st.text(), st.text())
def test_what_is_found_is_always_a_span_of_the_reply(evidence: str, said: str) -> None:
    span = span_in(evidence, [[said]])
    assert span is None or (span and span in said)


@pytest.mark.parametrize("text", ["", " \n", "\u200b\u2060", "\u2800", "**"])
def test_a_reply_without_anything_to_quote_is_blank(text: str) -> None:
    assert is_blank(text) and not is_blank(text + "?")
