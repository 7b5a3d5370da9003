"""The parts of a hand-off in a reply, each with its spans, by phrases and by the heads of its sentences.

Rule: what is negated or waved off hands over to nobody, and neither do the person's own words, given back.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache, lru_cache
from pathlib import Path
from types import MappingProxyType

from empa_graph.cues.context import CueContext
from empa_graph.cues.danger import told_of_danger
from empa_graph.cues.overlap import copied
from empa_graph.cues.phrasebook import Hit, hits
from empa_graph.cues.polarity import before, negated, waved_off
from empa_graph.cues.text_heads import TextHeads
from empa_graph.cues.tokens import Reading, Sentence, Token, read
from empa_graph.models.line import PARTS, Part

SHIPPED = Path(__file__).parent / "weights" / "handoff.safetensors"
VOUCHED = -1.7
"""The sum from which a phrase of a part is believed: below it, "walk in there" is no step anywhere."""

EVERYWHERE = "112"
"""The emergency number that a mobile telephone connects anywhere."""
_ASKED = frozenset({"call", "ring", "phone", "text", "message", "tell", "wake", "fetch", "ask", "contact", "get"})

_FOR_SOMEBODY = frozenset({"until", "till", "while", "when", "before"})

PARTS_BY_KIND: Mapping[str, Part] = {
    "asks_plainly": "question",
    "distance": "distance",
    "service": "service",
    "nearby": "near",
}
"""The kinds of a hand-off by the lists of phrases that tell them."""
_LISTS: Mapping[str, tuple[str, ...]] = {"service": ("service", "service_number")}

_TURNABLE = ("service", "service_number", "nearby")

Kinds = Mapping[str, list[tuple[int, int]]]
"""The kinds of a hand-off that a reply offers, each with its spans."""


def pieces(reading: Reading, context: CueContext) -> Kinds:
    """Return the kinds of a hand-off in the reply, whatever else stands in it or was replied before."""
    return _pieces(reading.text, context.of_handoff())


@lru_cache(maxsize=2048)
def _pieces(reply: str, context: CueContext) -> Kinds:
    """Kept for a while: half of the detectors ask, and the persona asks of every reply so far."""
    reading = read(reply)
    services = services_named(reading, context)
    told = {
        "asks_plainly": [hit[:2] for hit in _vouched(reading, "asks_plainly") if _asks(reading, hit)],
        "distance": [
            hit[:2] for hit in _vouched(reading, "distance") if not (negated(reading, hit) or _own_deed(reading, hit))
        ],
        "service": services,
        "nearby": [hit[:2] for hit in _vouched(reading, "nearby") if not waved_off(reading, hit)],
    }
    told["nearby"] += _called_by_name(reading, context, services)
    seen = parts_by_sentence(sentences(reading, context.person), grave=told_of_danger(context))
    kinds = {kind: spans + _by_heads(reading, context, seen, kind, spans) for kind, spans in told.items()}
    own = {kind: [span for span in spans if not _echoed(reading, span, context)] for kind, spans in kinds.items()}
    return MappingProxyType({kind: spans for kind, spans in own.items() if spans})


def _vouched(reading: Reading, kind: str) -> list[Hit]:
    """Return the phrases of a kind that the heads do not rule out: "walk in there" may be no step anywhere."""
    likely = vouched(sentences(reading), PARTS_BY_KIND[kind])
    return [hit for hit in hits(reading, kind) if hit.sentence in likely]


def _by_heads(
    reading: Reading,
    context: CueContext,
    seen: Mapping[Part, frozenset[int]],
    kind: str,
    told: list[tuple[int, int]],
) -> list[tuple[int, int]]:
    """Return the sentences that hold this kind in words of their own: in no phrase, so that no rule turned it down."""
    found = seen[PARTS_BY_KIND[kind]]
    if not found:
        return []
    known = {hit.sentence for name in _LISTS.get(kind, (kind,)) for hit in hits(reading, name)}
    known |= {hit.sentence for name in _TURNABLE for hit in hits(reading, name) if negated(reading, hit)}
    known |= {hit.sentence for hit in hits(reading, "waved_off")}
    if kind == "nearby":  # Who takes the means away need not be near.
        known |= {hit.sentence for hit in hits(reading, "distance")}
    if kind in ("nearby", "service"):
        known |= {
            place for place in _staying(reading) if kind == "service" or not _waits(reading.sentences[place], reading)
        }
    if kind == "distance":  # Nothing gets further away where nothing moves.
        found &= {hit.sentence for hit in hits(reading, "moving")}
    fresh = [reading.sentences[place] for place in sorted(found - known)]
    if kind == "asks_plainly":
        fresh = [s for s in fresh if s.question or _framed(reading, reading.sentences.index(s))]
    if kind == "service" and context.services:
        fresh = [s for s in fresh if not _foreign(reading.text[s.start : s.end], context)]
    return [(s.start, s.end) for s in fresh if not any(s.start <= start < s.end for start, _ in told)]


def _own_deed(reading: Reading, hit: Hit) -> bool:
    """Whether it is the agent who does this: "I don't go until she is with you" is no step of the person's."""
    return before(reading, hit)[-1:] == ("i",)


def _staying(reading: Reading) -> frozenset[int]:
    """Return the sentences in which the agent stays, or asks to be stayed with: that brings nobody near."""
    return frozenset(hit.sentence for hit in hits(reading, "staying"))


def _waits(sentence: Sentence, reading: Reading) -> bool:
    """Whether a sentence stays for somebody: until your sister is there."""
    return not _FOR_SOMEBODY.isdisjoint(t.word for t in reading.tokens[sentence.first : sentence.last])


def _foreign(sentence: str, context: CueContext) -> bool:
    """Whether a sentence names a number, and none that reaches anybody where the person lives."""
    digits = "".join(filter(str.isdigit, sentence))
    return bool(digits) and not any(number in digits for number in (*context.services, EVERYWHERE))


def _echoed(reading: Reading, span: tuple[int, int], context: CueContext) -> bool:
    """Whether most of these words are the person's own, given back: what they name hands over to nobody."""
    words = copied(reading.text, context.person)
    echo = [own for own, t in zip(words, reading.tokens, strict=True) if span[0] <= t.start and t.end <= span[1]]
    return sum(echo) > len(echo) / 2


def _asks(reading: Reading, hit: Hit) -> bool:
    """Whether this stands in a question or behind words that ask, and takes nothing for granted."""
    sentence = reading.sentences[hit.sentence]
    return (sentence.question or _framed(reading, hit.sentence)) and not negated(reading, hit)


def _framed(reading: Reading, sentence: int) -> bool:
    """Whether a sentence asks in words: "tell me plainly whether"."""
    return any(frame.sentence == sentence for frame in hits(reading, "asking_frame"))


def services_named(reading: Reading, context: CueContext) -> list[tuple[int, int]]:
    """Return the services named; a number is one beside a word of calling, the card's own in a crisis in any words."""
    found = [hit[:2] for hit in _vouched(reading, "service") if not waved_off(reading, hit)]
    numbers = [hit for hit in _numbers(reading, context) if not waved_off(reading, hit)]
    found += [hit[:2] for hit in numbers if _in_reach(reading, hit.sentence)]
    if context.services:
        for token in reading.tokens:
            reached = bool(context.danger) or _in_reach(reading, token.sentence)
            known = token.word in context.services and reached
            if known and not waved_off(reading, _as_hit(token)):
                found.append((token.start, token.end))
    return found


def _numbers(reading: Reading, context: CueContext) -> Iterator[Hit]:
    """Yield the known numbers; where the card names its own, only those and the one of every mobile telephone."""
    for hit in hits(reading, "service_number"):
        digits = "".join(filter(str.isdigit, reading.text[hit.start : hit.end]))
        own = any(number in digits for number in context.services)
        if not context.services or own or digits == EVERYWHERE:
            yield hit


def _in_reach(reading: Reading, sentence: int) -> bool:
    return any(hit.sentence == sentence for hit in hits(reading, "reach"))


def _called_by_name(reading: Reading, context: CueContext, services: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """Return where somebody whom the person named is to be called or told: "ring Anna"."""
    found = []
    for verb, name in zip(reading.tokens, reading.tokens[1:], strict=False):
        if verb.word not in _ASKED or verb.sentence != name.sentence or not reading.text[name.start].isupper():
            continue
        known = len(name.word) > 1 and any(name.word in read(text).words() for text in context.person)
        taken = any(start <= name.start < end for start, end in services)
        if known and not taken and not waved_off(reading, _as_hit(verb)):
            found.append((verb.start, name.end))
    return found


def _as_hit(token: Token) -> Hit:
    return Hit(token.start, token.end, token.sentence, token.word, False)


@cache
def shipped() -> TextHeads:
    """Return the heads that come with the package, read on the first call."""
    return TextHeads.read(SHIPPED)


def parts_by_sentence(told: tuple[str, ...], *, grave: bool) -> Mapping[Part, frozenset[int]]:
    """Return for each part of a hand-off the places of the sentences ``told`` that hold it by their words.

    Where danger was said (``grave``) less is enough: there, to ask whether somebody is hurt is no small talk.
    """
    limits = shipped().limits[len(PARTS) :] if grave else shipped().limits[: len(PARTS)]
    return {part: _above(told, place, float(limits[place])) for place, part in enumerate(PARTS)}


def vouched(told: tuple[str, ...], part: Part) -> frozenset[int]:
    """Return the places of the sentences ``told`` in which a phrase of this part may be believed."""
    return _above(told, PARTS.index(part), VOUCHED)


def _above(told: tuple[str, ...], place: int, limit: float) -> frozenset[int]:
    return frozenset(number for number, sentence in enumerate(told) if _sums(sentence)[place] > limit)


def sentences(reading: Reading, person: tuple[str, ...] = ()) -> tuple[str, ...]:
    """Return the sentences as the heads read them: without what ``person`` said, each question with its mark."""
    echo = copied(reading.text, person) if person else ()
    if not any(echo):
        return tuple(reading.text[s.start : s.end] + "?" * s.question for s in reading.sentences)
    return tuple(_own(reading, s, echo[s.first : s.last]) + "?" * s.question for s in reading.sentences)


def _own(reading: Reading, sentence: Sentence, echo: tuple[bool, ...]) -> str:
    if not any(echo):
        return reading.text[sentence.start : sentence.end]
    tokens = reading.tokens[sentence.first : sentence.last]
    return " ".join(reading.text[t.start : t.end] for t, given in zip(tokens, echo, strict=True) if not given)


@lru_cache(maxsize=4096)
def _sums(sentence: str) -> tuple[float, ...]:
    return tuple(map(float, shipped().sums(sentence)))
