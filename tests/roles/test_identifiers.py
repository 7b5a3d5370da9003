from __future__ import annotations

import pytest
from hypothesis import assume, given, strategies as st

from empa_graph.roles.identifiers import BASIC, card_length, iban_length, ipv6_length
from empa_graph.roles.redaction import load_redaction

BUILT_IN = load_redaction("basic")


@pytest.mark.parametrize(
    ("said", "redacted"),
    [
        ("mail anna.b+x@mail.example.org.", "mail [email]."),
        ("'anna@example.org'", "'[email]'"),
        ("søren@bücher.example", "[email]"),
        ("call +49 (0)30 1234567!", "call [phone]!"),
        ("call 0049-30-1234567", "call [phone]"),
        ("call 030/1234567 or (555) 123-4567", "call [phone] or [phone]"),
        ("call 5551234567 or +15551234567", "call [phone] or [phone]"),
        ("call 030\u00a01234\u20115678", "call [phone]"),
        ("DE89 3704 0044 0532 0130 00 is mine", "[iban] is mine"),
        ("gb82west12345698765432", "[iban]"),
        ("card 4111 1111 1111 1111, 12/27", "card [card], 12/27"),
        ("4111-1111-1111-1111", "[card]"),
        ("see https://ann:pw@host.example/a?b#c now", "see [credentials] now"),
        ("ssh://git@host.example/a", "[credentials]"),
        ("https://host.example/a?b=1&api_key=zzz&c=3", "[credentials]"),
        ("from 192.168.0.1.", "from [ip]."),
        ("at 2001:db8::1: down", "at [ip]: down"),
        ("fe80::1%eth0, ::1", "[ip]%eth0, [ip]"),
    ],
)
def test_an_identifier_is_replaced_and_nothing_beside_it(said: str, redacted: str):
    assert BUILT_IN.text(said) == redacted


@pytest.mark.parametrize(
    "said",
    [
        "On 12.05.2024, 2024-05-12 10:30 or 05/06/19 at 12:30:45.",
        "In 2019 2020 2021 we had 1,000,000 or 10 000 000 of them.",
        "It is 0.3333333333 of 20 30 40, code 123456.",
        "card 4111 1111 1111 1112",
        "version 1.2.3.4.5 of std::string :: end",
        "300.1.2.3 and a @ b",
        "https://host.example/a?page=2",
        "GB82 WEST 1234 5698 7654 33",
    ],
)
def test_what_only_looks_like_one_stays(said: str):
    assert BUILT_IN.text(said) == said


def test_a_card_number_has_13_to_19_digits_and_a_checksum():
    assert card_length("4222222222222") == 13
    assert card_length("4111 1111 1111 1111 12") == 19
    assert card_length("4111111111111112") == 0
    assert card_length("42222222222") == 0


def test_an_iban_ends_where_its_checksum_holds():
    assert iban_length("GB82 WEST 1234 5698 7654 32 and so on") == len("GB82 WEST 1234 5698 7654 32")
    assert iban_length("GB82 WEST 1234 5698 7654 33") == 0


def test_an_address_of_version_six_is_one_that_the_standard_library_reads():
    assert ipv6_length("2001:db8::1") == len("2001:db8::1")
    assert ipv6_length("12:30:45") == 0
    assert ipv6_length("::") == 0


@given(st.lists(st.integers(0, 9), min_size=12, max_size=18))
def test_exactly_one_last_digit_makes_a_number_a_card_number(digits: list[int]):
    body = "".join(map(str, digits))
    assert sum(card_length(f"{body}{last}") == len(body) + 1 for last in range(10)) == 1


@given(st.ip_addresses())
def test_every_address_of_a_machine_is_found(address: object):
    if str(address) != "::":
        assert BUILT_IN.text(f"from {address} today") == "from [ip] today"


@given(st.emails(domains=st.sampled_from(["example.org", "mail.example.com"])))
def test_no_address_of_mail_survives(address: str):
    assume(address.lstrip("'.")[0] != "@")
    assert "example" not in BUILT_IN.text(f"write {address} soon")


def test_every_built_in_name_is_in_small_letters():
    assert all(rule.name.islower() and rule.name.isascii() for rule in BASIC)
