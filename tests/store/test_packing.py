from __future__ import annotations

import hashlib
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from empa_graph.errors import ContentError
from empa_graph.store import packing
from empa_graph.store.packing import packed, unpacked


@given(st.text(), st.text())
def test_what_was_packed_is_unpacked(text: str, said: str):
    assert unpacked(packed(text, said), said) == text


def test_what_repeats_the_messages_costs_next_to_nothing():
    said = "It is seven weeks since I rang, and I tell myself that a standing order is a kind of talking."
    assert len(packed(f'{{"evidence":"{said}"}}', said)) < 30


def test_the_dictionary_is_part_of_the_layout_and_stays_as_it_is():
    assert (
        hashlib.sha256(packing._FAMILIAR).hexdigest()
        == "b8a6559398a5885c1c1387f93c4da8b103c94bf542738ff344c23bdeee0d76d1"
    )


@pytest.mark.parametrize("data", [b"", b"\xff\xff\xff", packed("a" * 500)[:-4]])
def test_damaged_data_is_said_to_be_so(data: bytes):
    with pytest.raises(ContentError, match="a stored record is"):
        unpacked(data)


def test_data_that_would_fill_the_memory_is_refused():
    press = zlib.compressobj(9, zlib.DEFLATED, -zlib.MAX_WBITS)
    bomb = b"".join(press.compress(bytes(1_000_000)) for _ in range(80)) + press.flush()
    with pytest.raises(ContentError, match="too large"):
        unpacked(bomb)
