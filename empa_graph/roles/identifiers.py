"""The built-in redaction rules ``basic``: identifiers with a form of their own, checked where a checksum is cheap."""

from __future__ import annotations

import ipaddress
from collections.abc import Callable
from typing import NamedTuple

Measure = Callable[[str], int]
"""How many characters from the start of a candidate are the identifier; 0 when it is none."""


class Rule(NamedTuple):
    """What is replaced by ``[name]``: matches of ``pattern``, whole or as far as ``measure`` says."""

    name: str
    pattern: str
    measure: Measure | None = None


def card_length(candidate: str) -> int:
    """Return how much of ``candidate`` is a card number of 13 to 19 digits by the Luhn checksum."""
    return _longest(candidate, lambda text: 13 <= len(_digits(text)) <= 19 and _luhn(_digits(text)))


def iban_length(candidate: str) -> int:
    """Return how much of ``candidate`` is an IBAN of 15 to 34 characters by its checksum (ISO 7064, mod 97)."""
    return _longest(candidate, _is_iban)


def ipv6_length(candidate: str) -> int:
    """Return how much of ``candidate`` is an IPv6 address."""
    return next((end for end in range(len(candidate), 1, -1) if _is_ipv6(candidate[:end])), 0)


def _longest(candidate: str, holds: Callable[[str], bool]) -> int:
    """Return the longest start of ``candidate``, ending with a group of characters, for which ``holds``."""
    ends = range(len(candidate), 0, -1)
    return next((end for end in ends if not candidate[end : end + 1].isalnum() and holds(candidate[:end])), 0)


def _digits(text: str) -> list[int]:
    return [int(c) for c in text if c.isdecimal()]


def _luhn(digits: list[int]) -> bool:
    doubled = [sum(divmod(2 * digit, 10)) for digit in digits[-2::-2]]
    return (sum(digits[-1::-2]) + sum(doubled)) % 10 == 0


def _is_iban(text: str) -> bool:
    compact = "".join(c for c in text if c.isalnum()).upper()
    if not 15 <= len(compact) <= 34 or not compact.isascii():
        return False
    return int("".join(str(int(c, 36)) for c in compact[4:] + compact[:4])) % 97 == 1


def _is_ipv6(text: str) -> bool:
    try:
        ipaddress.IPv6Address(text)
    except ValueError:
        return False
    return any(c != ":" for c in text)


_GAP = r"[\p{Zs}.\p{Pd}/()]"
_OCTET = r"(?:25[0-5]|2[0-4][0-9]|1[0-9]{2}|[1-9]?[0-9])"
_DATE = r"(?:[0-9]{1,2}[./-][0-9]{1,2}[./-](?:[0-9]{4}|[0-9]{2})|[0-9]{4}[./-][0-9]{1,2}[./-][0-9]{1,2})"
_CREDENTIALS = (
    r"(?i)[a-z][a-z0-9+.-]{1,20}://"
    r"(?:[^\s/?\#@]{1,300}@|[^\s?]{1,1000}\?(?:[^\s]{0,1000}&)?"
    r"(?:(?:access_|auth_)?token|api_?key|key|passw(?:or)?d|pwd|secret|sig(?:nature)?)=)\S{1,2000}"
)
_EMAIL = r"[\w!#$%&*+/=?^`{|}~-][\w.!#$%&'*+/=?^`{|}~-]{0,63}@(?:[\w-]{1,63}\.){1,8}\p{L}{2,24}"
_IBAN = r"(?i)(?<![\p{L}\p{N}])[A-Z]{2}[0-9]{2}(?:[\p{Zs}\p{Pd}]?[A-Z0-9]){11,30}"
_CARD = r"(?<!\p{N})\p{Nd}(?:[\p{Zs}\p{Pd}]?\p{Nd}){12,18}(?!\p{N})"
_IPV4 = rf"(?<![0-9.]){_OCTET}(?:\.{_OCTET}){{3}}(?![0-9])(?!\.[0-9])"
_IPV6 = r"(?<![\w:])(?:[0-9A-Fa-f]{0,4}:){1,7}(?::|[0-9A-Fa-f]{1,4})(?![0-9A-Za-z])"
_PHONE = (
    rf"(?<![\p{{L}}\p{{N}}_])(?<!\p{{N}}[.,])(?!{_DATE}(?!\p{{N}}))"
    rf"(?:\+\p{{Nd}}(?:{_GAP}{{0,3}}\p{{Nd}}){{6,14}}"
    rf"|\(?0\p{{Nd}}(?:{_GAP}{{0,3}}\p{{Nd}}){{5,13}}"
    rf"|\(?\p{{Nd}}{{3}}\)?[\p{{Zs}}.\p{{Pd}}]{{0,2}}\p{{Nd}}{{3}}[\p{{Zs}}.\p{{Pd}}]\p{{Nd}}{{4}}"
    rf"|\p{{Nd}}{{9,15}})(?!\p{{N}})"
)

BASIC = (
    # In this order: a URL holds addresses, and a card number may look like a telephone's.
    Rule("credentials", _CREDENTIALS),
    Rule("email", _EMAIL),
    Rule("iban", _IBAN, iban_length),
    Rule("card", _CARD, card_length),
    Rule("ip", _IPV4),
    Rule("ip", _IPV6, ipv6_length),
    Rule("phone", _PHONE),
)
