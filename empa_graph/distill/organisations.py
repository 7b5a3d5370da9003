"""Schools, employers and other bodies in a message, by their form and by the words around them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import regex

from empa_graph.distill.places import CAPITAL, RUN
from empa_graph.distill.spans import Span
from empa_graph.distill.vocabulary import CAPITALS, Names, everyday, folded, plain, words_of
from empa_graph.distill.wording import wording

_KIND = (
    "University|College|High School|High|Middle School|Primary(?: School)?|Elementary(?: School)?|School|Academy"
    "|Institute|Hospital|Clinic|Infirmary|Medical Center|Church|Chapel|Temple|Mosque|Synagogue|Cathedral|Hospice"
    "|Prison|Shelter|Bank|Hotel|Inc|LLC|Ltd|Corp|GmbH|Group|Industries|General|State|Rehab"
)
_BODY = regex.compile(rf"\b(?:(?:St|Mt|Dr)\.? )?{CAPITAL}(?:(?: | & | of | and ){CAPITAL}){{0,3}} (?:{_KIND})\b")
_OF_BODY = regex.compile(rf"\b(?:University|College|Institute|School|Church|Bank) of (?:the )?{RUN}")
_SMALL_BODY = regex.compile(
    r"(?i)\b(?:to|at|attend\w*|from|in)\s+(?P<body>(?P<name>[\p{L}'\u2019]{3,}(?: [\p{L}'\u2019]{3,})?)\s+"
    r"(?:high(?: school)?|middle school|elementary|primary|university|college|hospital))\b"
)
_EMPLOYED = (
    r"(?:work(?:s|ed|ing)?|job|hired|fired|laid off|shifts?|intern\w*|started|promot\w+|driver|cashier|nurse|cleaner"
    r"|cleans|drop(?:s|ped)? out|reject\w*|expelled|graduat\w*|stud(?:y|ies|ied|ying)|enroll?ed|sophomore|freshman"
    r"|senior|student|teach\w*|rehab was|transferred|plays|kept me|psychiatrist|sectioned|met|bullied|was)"
)
_AT_WORK = regex.compile(
    rf"(?i)\b{_EMPLOYED}\b(?:\s+(?!at\b|for\b|by\b|from\b|of\b)[\w'\u2019]+){{0,4}}?"
    r"\s+(?:at|for|by|from|out of)\s+(?:the\s+|an?\s+)?"
    rf"(?-i:(?P<body>{CAPITAL}(?:(?: & | and | of | |-){CAPITAL}){{0,3}}))"
)
_AT_SMALL = regex.compile(
    r"(?i)\b(?:work(?:s|ed|ing)?|job|hired|fired|laid off|intern\w*|was|shifts?)\s+(?:at|for|by|from)\s+"
    r"(?P<body>(?P<name>[\p{L}'\u2019]{4,}))"
)
_RUNS = regex.compile(rf"\b(?:manag\w+|own\w*|run) an? (?P<body>{CAPITAL})")
_NONE = words_of(
    "home work school night nights weekends minimum free peanuts hours years months days living cash tips church camp "
    "university college hospital lunch dinner uber government council charity retail least first once being someone "
    "somebody myself himself herself themselves nothing everything almost about over under making trying having"
)
_INFLECTED = ("ing", "ed", "ly")


class Organisations:
    """Finds bodies; a word that is one of ``names`` is no employer by itself."""

    def __init__(self, names: Names) -> None:
        self._names = names

    def __call__(self, text: str, /) -> Iterator[Span]:
        """Yield the bodies in one message."""
        for pattern in (_SMALL_BODY, _AT_SMALL):
            yield from (Span(*found.span("body"), "organisation") for found in pattern.finditer(text) if _small(found))
        if not wording(text).cased:
            return
        yield from (Span(*found.span(), "organisation") for found in _OF_BODY.finditer(text))
        for found in _BODY.finditer(text):
            yield from _body(found.start(), found[0])
        for pattern in (_AT_WORK, _RUNS):
            for found in pattern.finditer(text, overlapped=True):
                if self._employs(found["body"].split()):
                    yield Span(*found.span("body"), "organisation")

    def _employs(self, words: Sequence[str]) -> bool:
        first = folded(words[0]).removesuffix("'s")
        if everyday(first) or first in CAPITALS or first in _NONE:
            return False
        return len(words) > 1 or not self._names.known(first)


def _body(start: int, said: str) -> Iterator[Span]:
    """Yield a body without the plain words that its sentence begins with."""
    words = said.split(" ")
    while len(words) > 2 and plain(folded(words[0])) and words[0] not in ("St", "St."):
        start += len(words[0]) + 1
        words = words[1:]
    if not everyday(folded(words[0])) or len(words) > 2:
        yield Span(start, start + len(" ".join(words)), "organisation")


def _small(found: regex.Match[str]) -> bool:
    """Say whether what may be written in small letters is the name of a body."""
    ordinary = (everyday(word) or word in CAPITALS or word in _NONE for word in map(folded, found["name"].split()))
    return not any(ordinary) and not folded(found["name"]).endswith(_INFLECTED)
