"""What names somebody by its form: dates, handles, addresses and numbers, beside the rules ``basic`` of a run."""

from __future__ import annotations

import time
from collections.abc import Iterator

import regex

from empa_graph.distill.records import Kind
from empa_graph.distill.spans import Span
from empa_graph.roles.identifiers import BASIC, Rule
from empa_graph.roles.redaction import SECONDS, matches

_MONTH = (
    r"(?:jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?|oct(?:ober)?"
    r"|nov(?:ember)?|dec(?:ember)?)"
)
_DAY = r"(?:3[01]|[12][0-9]|0?[1-9])(?:st|nd|rd|th)?"
_YEAR = r"(?:19|20)[0-9]{2}"
_NUMERIC = r"(?:[0-3]?[0-9][./-][0-3]?[0-9][./-](?:[0-9]{4}|[0-9]{2})|[0-9]{4}[./-][0-1]?[0-9][./-][0-3]?[0-9])"
_STREET = r"(?:street|avenue|ave|road|rd|lane|ln|boulevard|blvd|crescent|highway|hwy|parkway|pkwy|strasse|stra\u00dfe)"
_STREET_WRITTEN = r"(?:Court|Ct|Terrace|Close|Place|Pl|Drive|Dr|Square|Way|St)"
"""Words of an address that are everyday ones too and count with a capital alone."""
_UNIT = r"(?:,?\s+(?:apt|apartment|flat|unit|suite|room|#)\.?\s*[0-9]{0,4}[a-z]?\b)?"
_TOLD = r"(?:\s*(?:is|was|:|=|at|name|there|handle|,)){0,4}\s+"
_NUMBERED = (
    r"(?:passport|student|case|policy|member(?:ship)?|licen[cs]e|license plate|account|id|nhs|ssn|mrn|medicare|medicaid"
    r"|badge|prisoner|inmate|claim|reference|booking|social security|tax)"
)
FORMS: tuple[tuple[Kind, str], ...] = (
    ("url", r"(?i)\b(?:https?://|www\.)[^\s<>\"']{2,1000}(?<![.,;:!?)\]])"),
    (
        "url",
        r"(?i)(?<![\w@.])(?:[a-z0-9-]{2,40}\.){1,4}(?:com|org|net|io|co\.uk|me|info)/[^\s<>\"']{1,500}(?<![.,;:!?)])",
    ),
    ("url", r"(?<![\w@.])(?:[a-z0-9-]{2,40}\.){1,4}(?:com|org|net|io|info|co\.uk|de|fr|eu|blog|dev)\b(?![.\w-])"),
    ("handle", r"(?<![\w@.])@[A-Za-z0-9_](?:[A-Za-z0-9_.]{0,28}[A-Za-z0-9_])"),
    ("handle", r"(?<![\w#])[A-Za-z][\w.]{1,31}#[0-9]{4}\b"),
    ("handle", r"(?i)(?<![\w/])/?u/[a-z0-9_-]{3,20}"),
    (
        "handle",
        r"(?i)\b(?:insta(?:gram)?|ig|snap(?:chat)?|discord|twitter|tiktok|kik|telegram|username|user name|handle"
        rf"|gamertag|psn|skype){_TOLD}\K(?=[\w.]*[0-9_]|\w+\.\w|(?-i:[a-z]+[A-Z]))[A-Za-z0-9_][\w.]{{2,30}}\b(?<!\.)",
    ),
    ("date", rf"(?<![\w/.-]){_NUMERIC}(?![\w/-])"),
    ("date", rf"(?i)\b(?:the\s+)?{_DAY}\s+(?:of\s+)?{_MONTH}\b\.?(?:,?\s+{_YEAR})?"),
    ("date", rf"(?i)\b{_MONTH}\.?\s+(?:the\s+)?{_DAY}\b(?:,?\s+{_YEAR})?(?!\s*(?:%|percent|people|times))"),
    ("date", rf"(?i)\bborn\s+(?:in|on)\s+(?:{_MONTH}\s+)?\K{_YEAR}\b"),
    (
        "address",
        rf"(?i)(?<!\w)[0-9]{{1,5}}[a-z]?\s+(?:[nsew]\.?\s+)?(?:[\p{{L}}0-9'\u2019]+\s+){{1,3}}?{_STREET}\b\.?{_UNIT}",
    ),
    (
        "address",
        rf"(?<!\w)[0-9]{{1,5}}[a-z]?\s+(?:\p{{Lu}}[\p{{L}}'\u2019]+\s+){{1,3}}?{_STREET_WRITTEN}\b\.?(?i:{_UNIT})",
    ),
    (
        "address",
        r"(?<!\w)[0-9]{1,5}[a-z]?,?\s+(?:Rue|Via|Calle|Avenida|Rua)(?:\s+[a-z]{1,5})?(?:\s+\p{Lu}\p{L}+){1,3}"
        rf"(?i:{_UNIT})",
    ),
    (
        "address",
        r"\b(?:\p{Lu}[\p{L}'\u2019]+\s+){1,2}"
        r"(?:Street|Avenue|Ave|Road|Rd|Lane|Boulevard|Blvd|Court|Crescent|Terrace|Close|Drive)\b",
    ),
    ("address", r"\b[A-Z]{1,2}[0-9][A-Z0-9]?\s?[0-9][A-Z]{2}\b"),
    (
        "address",
        r"\b(?:A[KLRZ]|C[AOT]|DE|FL|GA|HI|I[ADLN]|K[SY]|LA|M[ADEINOST]|N[CDEHJMVY]|O[HKR]|PA|RI|S[CD]|T[NX]|UT|V[AT]"
        r"|W[AIVY]) [0-9]{5}(?:-[0-9]{4})?\b",
    ),
    (
        "address",
        r"(?i)\b(?:zip|zip code|zipcode|postcode|postal code)(?:\s+(?:is|code|:))*\s*:?\s*\K"
        r"[a-z0-9][a-z0-9 -]{2,8}[0-9a-z]\b(?<=[0-9].{0,9})",
    ),
    ("id", r"(?<![\w-])[0-9]{3}-[0-9]{2}-[0-9]{4}(?![\w-])"),
    (
        "id",
        rf"(?i)\b{_NUMBERED}(?:\s+(?:number|no\.?|nr\.?|card|id))?(?:\s*(?:,|#|:|is|was|number)){{0,3}}\s*\K"
        r"(?=[a-z0-9-]*[0-9])[a-z0-9][a-z0-9-]{3,24}(?: [0-9]{2,4}){0,3}\b",
    ),
)
"""By kind, what is taken out; ``\\K``: only what stands behind it."""
_RULES = (*BASIC, *(Rule(kind, pattern) for kind, pattern in FORMS))
_COMPILED = tuple((rule, regex.compile(rule.pattern)) for rule in _RULES)


def identifiers(text: str, /) -> Iterator[Span]:
    """Yield what has a form of its own. Raises ProviderError of kind "redaction_timeout"."""
    end = time.thread_time() + SECONDS
    for rule, pattern in _COMPILED:
        for start, stop in matches(text, rule, pattern, end):
            yield Span(start, stop, rule.name)  # type: ignore[arg-type]
