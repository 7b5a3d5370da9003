"""Detectors that compare a reply with what the person or the agent itself has said before."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from functools import lru_cache

from empa_graph.cues.context import ABSENT, CueContext, Signal, saturating
from empa_graph.cues.lexicon import FAMILY_OF, FUNCTION_WORDS, GENERIC, QUESTION_OPENERS
from empa_graph.cues.phrasebook import affirmed, attention, hits
from empa_graph.cues.tokens import Reading, Sentence, content_stems, read, stem, stems

_CLASS_OF = {word: name for name, words in FUNCTION_WORDS.items() for word in words}
GENERIC_STEMS = frozenset(map(stem, GENERIC))
FEELING_STEMS = frozenset(map(stem, FAMILY_OF))
_TURNED = {
    **dict.fromkeys(("i", "me", "you", "we", "us"), "<i>"),
    **dict.fromkeys(("my", "your", "our"), "<my>"),
    **dict.fromkeys(("mine", "yours", "ours"), "<mine>"),
    **dict.fromkeys(("myself", "yourself", "ourselves"), "<self>"),
    **dict.fromkeys(("am", "are", "is", "was", "were"), "<be>"),
}
COPY_LENGTH = 4
STYLE_WORDS = 30
PERSON_STEMS = 8
SPOKEN_STEMS = 5


def opening(reading: Reading) -> tuple[int, int]:
    """Return the span of the first sentence."""
    return (reading.sentences[0].start, reading.sentences[0].end) if reading.sentences else (0, 0)


@lru_cache(maxsize=4096)
def _style(text: str) -> tuple[Counter[str], int]:
    """Return how often each function-word class occurs in ``text``, and the number of words."""
    tokens = read(text).tokens
    return Counter(_CLASS_OF[token.word] for token in tokens if token.word in _CLASS_OF), len(tokens)


def style_match(reading: Reading, context: CueContext) -> Signal:
    """Return how alike in style the reply and the person's last three messages are, damped for short texts."""
    length, total = _style(reading.text)[1], sum(_style(text)[1] for text in context.person[-3:])
    match = style_similarity((reading.text,), context.person[-3:])
    if match is None:
        return ABSENT
    return Signal(match * min(1.0, length / STYLE_WORDS, total / STYLE_WORDS), *opening(reading))


def style_similarity(mine: Iterable[str], theirs: Iterable[str]) -> float | None:
    """Return language style matching of two sides in [0, 1]; None where one is without words, or both without style.

    LSM of Ireland & Pennebaker (2010, JPSP 99(3)): the mean over function-word classes of
    1 - |p1 - p2| / (p1 + p2 + 0.0001), p being the share of words of that class; here over the
    classes that either side uses.
    """
    (left, length), (right, total) = _styles(mine), _styles(theirs)
    used = [name for name in FUNCTION_WORDS if left[name] or right[name]]
    if not used or not length or not total:
        return None
    shares = [(left[name] / length, right[name] / total) for name in used]
    return sum(1.0 - abs(a - b) / (a + b + 0.0001) for a, b in shares) / len(shares)


def _styles(texts: Iterable[str]) -> tuple[Counter[str], int]:
    total: Counter[str] = Counter()
    words = 0
    for text in texts:
        counts, length = _style(text)
        total.update(counts)
        words += length
    return total, words


@lru_cache(maxsize=4096)
def _turned_grams(text: str) -> frozenset[str]:
    """Return the 4-grams of ``text`` with the persons of its pronouns made one."""
    return frozenset(grams(turned(token.word for token in read(text).tokens), COPY_LENGTH))


def turned(words: Iterable[str]) -> tuple[str, ...]:
    """Return ``words`` with the persons of pronouns and of "to be" made one: what "I" and "you" share by turning."""
    return tuple(_TURNED.get(word, word) for word in words)


def grams(words: tuple[str, ...], size: int) -> list[str]:
    """Return every run of ``size`` words; none of fewer words."""
    return [" ".join(words[at : at + size]) for at in range(len(words) - size + 1)]


def shared(mine: frozenset[str], others: Iterable[Iterable[str]]) -> frozenset[str]:
    """Return those of ``mine`` that stand in any of ``others``."""
    return frozenset().union(*map(mine.intersection, others))


@lru_cache(maxsize=1024)
def copied(text: str, person: tuple[str, ...]) -> tuple[bool, ...]:
    """Say of each word of ``text`` whether it lies in a 4-gram copied from ``person``, "I" and "you" as one."""
    tokens = read(text).tokens
    known = shared(_turned_grams(text), map(_turned_grams, person))
    found = [False] * len(tokens)
    for at, gram in enumerate(grams(turned(token.word for token in tokens), COPY_LENGTH) if known else ()):
        if gram in known:
            found[at : at + COPY_LENGTH] = [True] * COPY_LENGTH
    return tuple(found)


def repeated(reply: str, earlier: Sequence[str]) -> float:
    """Return the share of the reply's runs of three words that stood in earlier replies, in [0, 1]."""
    runs, mine = _threes(reply), _trigrams(reply)
    seen = shared(mine, map(_trigrams, earlier))
    return sum(run in seen for run in runs) / max(1, len(runs))


@lru_cache(maxsize=1024)
def _threes(text: str) -> tuple[str, ...]:
    return tuple(grams(read(text).words(), 3))


def parroting(reading: Reading, context: CueContext) -> Signal:
    """Return how much of the reply is the person's own words, mere turning of "I" to "you" included.

    Nothing below a third copied, 1.0 from 80 % on; replies under five words are let pass.
    """
    length = len(reading.tokens)
    if length < COPY_LENGTH + 1:
        return ABSENT
    share = sum(copied(reading.text, context.person)) / length
    strength = min(1.0, max(0.0, (share - 0.35) / 0.45)) * min(1.0, length / 8)
    return Signal(strength, reading.tokens[0].start, reading.tokens[-1].end)


@lru_cache(maxsize=4096)
def _trigrams(text: str) -> frozenset[str]:
    return frozenset(grams(read(text).words(), 3))


def repetition(reading: Reading, context: CueContext) -> Signal:
    """Return the share of 3-grams the agent has used before; a copied opening gives 0.3 or more."""
    words = reading.words()
    earlier = [reply for reply in context.replies if reply.strip()]
    if not words or not earlier:
        return ABSENT
    if len(words) < 4:
        same = sum(read(reply).words() == words for reply in earlier)
        return Signal(min(1.0, 0.3 * same), *opening(reading))
    pieces = grams(words, 3)
    known = [_trigrams(reply) for reply in earlier]
    share = sum(any(gram in seen for seen in known) for gram in pieces) / len(pieces)
    heads = sum(tuple(token.word for token in read(reply).tokens[:4]) == words[:4] for reply in earlier)
    return Signal(max(share, min(0.8, 0.3 * heads)), *opening(reading))


def known_stems(person: tuple[str, ...]) -> frozenset[str]:
    """Return the content stems of all the person's messages."""
    return frozenset().union(*(stems(text) for text in person))


def unspecific(reading: Reading, context: CueContext) -> Signal:
    """Return how little of the reply could only have been said to this person.

    1.0 when it has generic words only; 0.8 when it brings content of its own but takes up nothing;
    each shared specific word leaves two fifths of it.
    Short questions, and persons who have said little yet, weigh less.
    """
    known = known_stems(context.person)
    if not reading.tokens or not known:
        return ABSENT
    mine = stems(reading.text)
    shared = (mine & known) - GENERIC_STEMS
    own = mine - known - GENERIC_STEMS - FEELING_STEMS
    base = 1.0 if not own else 0.8
    strength = base * 0.4 ** len(shared) if shared else base
    if reading.length <= 8 and any(s.question for s in reading.sentences):
        strength *= 0.6
    if len(shared) > 2 or reading.length < 4:
        strength *= 0.3
    return Signal(strength * min(1.0, len(known) / PERSON_STEMS), *opening(reading))


def _given_back(reading: Reading, sentence: Sentence, recent: frozenset[str], person: tuple[str, ...]) -> float:
    """Return how far one sentence gives the person's content back in other words."""
    words = reading.words(sentence)
    marked = any(sentence.start <= hit.start < sentence.end for hit in affirmed(reading, "reflection"))
    turned = not {"you", "your", "yourself"}.isdisjoint(words)
    advising = any(
        sentence.start <= hit.start < sentence.end for name in ("advice", "soft_advice") for hit in hits(reading, name)
    )
    asking = sentence.question and words[0] in QUESTION_OPENERS
    shared = len(content_stems(words) & recent) if turned or marked else 0
    known = len(recent) >= SPOKEN_STEMS
    value = (0.2 if known else 0.45) * marked + 0.15 * turned * (shared > 0 or (marked and not known))
    value += 0.6 * saturating(shared, 0.5)
    value *= (0.3 if advising else 1.0) * (0.15 if asking else 1.0)
    if value > 0.0 and len(words) > COPY_LENGTH:
        share = sum(copied(reading.text, person)[sentence.first : sentence.last]) / len(words)
        value *= 1.0 - max(0.0, (share - 0.5) * 2.0)
    return value


def reflection(reading: Reading, context: CueContext) -> Signal:
    """Return how far the reply gives back what the person said lately, in other words or turned."""
    recent = known_stems(context.person[-4:])
    total, best, span = 0.0, 0.0, (0, 0)
    for sentence in reading.sentences:
        value = _given_back(reading, sentence, recent, context.person)
        total = 1.0 - (1.0 - total) * (1.0 - value)
        if value > best:
            best, span = value, (sentence.start, sentence.end)
    return Signal(0.7 * best + 0.3 * total, *span)


def interrogation(reading: Reading, context: CueContext) -> Signal:
    """Return how long a run of replies of nothing but questions has become, this one included."""
    if not only_asks(reading.text):
        return ABSENT
    run = 1
    for reply in reversed(context.replies):
        if not only_asks(reply):
            break
        run += 1
    several = 0.3 if len(reading.sentences) > 2 else 0.0
    strength = max(several, min(1.0, (run - 1) * 0.35))
    return Signal(strength, *opening(reading)) if strength else ABSENT


@lru_cache(maxsize=4096)
def only_asks(text: str) -> bool:
    """Say whether every sentence of more than two words asks and nothing is given back."""
    sentences = read(text).sentences
    told = [s for s in sentences if s.last - s.first > 2] or sentences
    return bool(told) and all(s.question for s in told) and not attention(text)[1]
