from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from empa_graph.content.coded import coding_agreement, load_corpus, load_second_coding
from empa_graph.errors import ContentError
from empa_graph.models.behaviour import BEHAVIOURS

CORPUS = load_corpus()
CODED = [message for conversation in CORPUS for message in conversation.messages if message.behaviours is not None]


def test_the_corpus_has_its_size_and_every_reply_its_codes() -> None:
    assert len(CORPUS) >= 800 and len(CODED) >= 5_000
    assert len({conversation.id for conversation in CORPUS}) == len(CORPUS)
    assert {message.role for message in CODED} == {"assistant"}
    replies = sum(message.role == "assistant" for conversation in CORPUS for message in conversation.messages)
    assert len(CODED) == replies


def test_every_behaviour_occurs_and_what_is_rare_is_there() -> None:
    counts = Counter(name for message in CODED for name, value in (message.behaviours or {}).items() if value)
    assert set(counts) == set(BEHAVIOURS)
    assert min(counts[name] for name in BEHAVIOURS if name != "inciting") >= 80


def test_few_long_sentences_stand_in_two_conversations() -> None:
    said = Counter(
        sentence
        for conversation in CORPUS
        for sentence in {
            part.strip().lower()
            for message in conversation.messages
            for part in message.content.replace("?", ".").replace("!", ".").split(".")
            if len(part.split()) >= 8
        }
    )
    assert sum(count > 1 for count in said.values()) <= len(said) // 1_000


def test_a_fifth_is_coded_twice_and_the_codings_agree() -> None:
    assert sum(len(coding.replies) for coding in load_second_coding()) >= len(CODED) // 5
    found = {agreement.behaviour: agreement.kappa for agreement in coding_agreement()}
    assert {name for name, kappa in found.items() if kappa is None or kappa < 0.75} <= {"inciting"}


def test_a_malformed_row_is_said_with_file_and_line(tmp_path: Path) -> None:
    path = tmp_path / "corpus.jsonl"
    path.write_text('{"id": "zz-01", "supporter": "s", "messages": []}\n', encoding="utf-8")
    with pytest.raises(ContentError, match=r"corpus\.jsonl:1: messages"):
        load_corpus(path)
