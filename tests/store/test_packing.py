from __future__ import annotations

import hashlib
import zlib

import pytest
from hypothesis import given, strategies as st

from empa_graph.errors import ContentError
from empa_graph.store import packing
from empa_graph.store.packing import packed, unpacked


@given(st.text())
def test_what_was_packed_is_unpacked(text: str):
    assert unpacked(packed(text), "here") == text


def test_a_span_that_evidence_repeats_costs_next_to_nothing():
    reply = "It is seven weeks since I rang, and I tell myself that a standing order is a kind of talking."
    once, twice = (f'{{"content":"{reply}","evidence":"{text}"}}' for text in ("", reply))
    assert len(packed(twice)) < len(packed(once)) + 10


def test_the_dictionary_is_part_of_the_layout_and_stays_as_it_is():
    assert (
        hashlib.sha256(packing._FAMILIAR).hexdigest()
        == "c035475577cfb366d49b027199fb1b5a3886f2607df427fa43a4539064985d82"
    )


@pytest.mark.parametrize("data", [b"", b"\xff\xff\xff", packed("a" * 500)[:-4]])
def test_damaged_data_is_said_to_be_so(data: bytes):
    with pytest.raises(ContentError, match="here: the stored record is"):
        unpacked(data, "here")


def test_data_that_would_fill_the_memory_is_refused():
    press = zlib.compressobj(9, zlib.DEFLATED, -zlib.MAX_WBITS)
    bomb = b"".join(press.compress(bytes(1_000_000)) for _ in range(80)) + press.flush()
    with pytest.raises(ContentError, match="too large"):
        unpacked(bomb, "here")


def test_what_could_not_be_unpacked_again_is_not_packed():
    with pytest.raises(ContentError, match="67,108,865 bytes is too large to be stored"):
        packed("a" * (packing.LARGEST + 1))
