"""What an annotator is shown of each variable: a title, the question, and what each value means.

Dimensions have the anchors of their space, indicators those of the rubric ``epm``; the words of the others stand here.
"""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple

from empa_graph.content.library import load_rubric
from empa_graph.distill.marks import Variable, variables
from empa_graph.models.latent import Space

WORDS = {
    "context": {
        "casual": "Everyday life: home, friends, family, free time.",
        "work": "A job, a course or a duty is where it happens.",
        "crisis": "Somebody's safety is at stake, or what held their life together has just gone.",
    },
    "matter": {
        "work": "The job, colleagues, looking for one.",
        "study": "School, university, examinations.",
        "money": "Debts, bills, what they cannot afford.",
        "home": "Where and with whom they live.",
        "family": "Parents, children, brothers and sisters.",
        "partner": "Somebody they love or loved.",
        "friends": "Friends, and quarrels with them.",
        "loneliness": "Nobody is there.",
        "loss": "A death, or what cannot come back.",
        "health": "Illness, body, medicine, drinking.",
        "self": "How they see themself.",
        "other": "None of these.",
    },
    "danger": {
        "none": "Nothing they say points to danger for anybody.",
        "hinted": "Words that could mean danger and leave it open.",
        "stated": "Danger to themself or somebody else is said outright.",
    },
    "threshold": {
        "low": "A kind word is let in as it comes.",
        "medium": "First their account has to be taken in; then comfort is let in.",
        "high": "Comfort is turned away until somebody shows that the particulars were understood.",
    },
    "needs": {
        "cognitive": "To make sense of it, and to be understood in it.",
        "affective": "To have the feeling met and shared.",
        "motivational": "To find strength, a choice or a next step.",
    },
}
CUES = {
    "style_match": "Talks as they talk: as short, as plain, as formal.",
    "reflection": "Gives back in other words what they said.",
    "naming_feeling": "Calls the feeling by its name.",
    "validation": "Says that the feeling makes sense.",
    "open_question": "Asks so that they can tell more.",
    "autonomy_support": "Leaves the choice to them.",
    "affirmation": "Names something they did or can do.",
    "warmth": "Is kind and stays with them.",
    "concrete_help": "Offers help that can be used as it is.",
    "permission": "Asks leave before advising or asking further.",
    "safe_handoff": "Points to people who can help where there is danger.",
    "premature_advice": "Advises before it was asked.",
    "judging": "Blames or lectures.",
    "dismissing": "Makes it smaller, or changes the subject.",
    "inciting": "Eggs them on against themself or others.",
    "alarm_without_cause": "Treats as an emergency what is none.",
    "self_turning": "Talks about oneself.",
    "stock_phrase": "Says what would suit anyone.",
    "repetition": "Says the same again.",
    "parroting": "Hands their own words back.",
    "interrogation": "Puts one question after another.",
    "unspecific": "Stays general: nothing of theirs is in it.",
    "overlong": "Says far more than they can take in.",
    "overshort": "Says too little to be an answer.",
}
_TITLES = {
    "context": "Context",
    "matter": "Matter",
    "danger": "Danger",
    "threshold": "Empathy threshold",
    "needs": "Needs in their order",
    "wanted": "Wanted of a reply",
    "rejected": "Turned away",
}
_TIMES = {"start": "at the start", "end": "at the end"}


class Anchor(NamedTuple):
    """A value, as it is written, and what it means."""

    value: str
    text: str


class Shown(NamedTuple):
    """A variable as an annotator sees it."""

    variable: Variable
    title: str
    anchors: tuple[Anchor, ...]


def shown(space: Space) -> tuple[Shown, ...]:
    """Return what is shown of each variable of ``space``, in the order they are asked in."""
    return tuple(_shown(variable, space) for variable in variables(space))


def _shown(variable: Variable, space: Space) -> Shown:
    group, _, name = variable.id.partition(".")
    if group in _TIMES:
        dimension = next(one for one in space.dimensions if one.id == name)
        anchors = tuple(Anchor(f"{at:g}", text) for at, text in sorted(dimension.anchors.items()))
        return Shown(variable, f"{name.replace('_', ' ').capitalize()} {_TIMES[group]}", anchors)
    if group == "indicator":
        title, texts = _indicators()[name]
        return Shown(variable, f"{name}: {title}", tuple(Anchor(str(at), text) for at, text in enumerate(texts)))
    words = WORDS.get(variable.id, CUES)
    return Shown(variable, _TITLES[variable.id], tuple(Anchor(word, words[word]) for word in variable.allowed))


@lru_cache(maxsize=1)
def _indicators() -> dict[str, tuple[str, tuple[str, ...]]]:
    return {one.id: (one.title, tuple(one.anchors)) for one in load_rubric("epm").initial}
