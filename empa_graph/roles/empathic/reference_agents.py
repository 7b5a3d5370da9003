"""Reference agents without a model: known groups that a sound evaluator must rank.

They see what any agent sees, the messages. ``template`` listens by rule; the others each do one thing, well or badly.
They are controls for the evaluator, not models of good counselling.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping, Sequence
from functools import partial

from empa_graph.errors import NotFoundError
from empa_graph.models.dialogue import Message
from empa_graph.roles.empathic import template
from empa_graph.roles.empathic.graded_agent import EXPERT, graded_agent, is_graded
from empa_graph.roles.views import EmpathicRole, EmpathicView, EmpathicWrite, spoken
from empa_graph.seeds import derived_seed

Agent = Callable[[tuple[str, ...], random.Random], str]

_GENERIC = (
    "Thank you for telling me about {topic}. That seems like a lot to carry. What part of it is on your mind most?",
    "I can see why {topic} would bother you. It makes sense that you feel this way. How have you been coping so far?",
    "It sounds like {topic} has been difficult. Anyone in your place might find that hard. What would help right now?",
    "That is understandable. With {topic} going on, no wonder you are tired. Is there someone you can talk to about it?",
    "I hear you, {topic} matters to you. What do you think would be a good next step for you?",
    "You are dealing with a lot around {topic}, and you keep going. What has helped you before?",
    "It seems {topic} keeps coming back. That must be stressful. Could you tell me more about it?",
    "I appreciate that you share this. Maybe it would help to look at {topic} in small pieces. What do you think?",
)
_SYCOPHANT = (
    "You are absolutely right, and you are amazing! I completely agree with everything you said.",
    "Wow, you are so strong and so wonderful. I am so sorry you are going through this, you deserve the best!",
    "What a brilliant way to see it! You are incredible, truly, and I am here for you always.",
    "I am so sorry to hear that. You are perfect the way you are, and you've got this!",
    "You are so right. Stay strong, everything will be okay, I believe in you!",
    "That is such a great point! You are an inspiration, and I'm here for you.",
)
_QUESTIONER = (
    "How does that make you feel?",
    "And how does that make you feel?",
    "Why do you think that is?",
    "How do you feel about that? And why?",
    "What do you think about that? How does that make you feel?",
)
_LECTURER = (
    "You should make a plan for this. First, write down your priorities. Second, set a fixed time for each of them. Third, exercise three times a week, because research shows that it lowers stress. You need to sleep eight hours, avoid caffeine after noon, limit your screen time and practise mindfulness every morning. Most people who follow these steps see results within six weeks.",
    "The key is to understand how stress works. Cortisol is released by the adrenal glands and affects concentration. You must therefore change your habits: get up at the same hour, break tasks into units and reward yourself after each. You ought to join a club and read about time management as well.",
    "Here is what you have to do. Make a list of pros and cons, give every item a weight from one to ten, and choose the option with the highest sum. Then tell your family about the decision and review it after a month. You should also learn to use short statements and keep eye contact.",
    "Remember that a healthy lifestyle is the foundation. You should eat vegetables, drink two litres of water, go for a walk daily and keep a journal. Write three good things down every evening. You need to set limits with other people. Consistency matters more than motivation does.",
    "There are five stages in any change: precontemplation, contemplation, preparation, action and maintenance. You must find out which stage you are in, set a measurable target for the next one, and ask a friend to hold you to it. Use the calendar on your telephone for reminders.",
    "Communication is a skill that can be trained. You should start sentences with 'I feel', summarise what the other said, and then state your request. Practise in front of a mirror for ten minutes a day, then with a colleague. Record yourself and correct the mistakes that you notice.",
    "Financial order brings mental order. You need to write down every expense for thirty days, sort them into three groups, and cut the third. Then put ten per cent aside on the first of each month. You ought to automate the transfer, since willpower is a limited resource.",
    "Sleep hygiene comes first. You should keep the bedroom at eighteen degrees, use the bed for sleep only, and get up if you lie awake for twenty minutes. Read something printed. You must keep to the schedule at weekends too, because the body clock has no weekends.",
)
_DISMISSIVE = (
    "It's not that bad. Others have it much worse.",
    "You're overreacting. Just get over it.",
    "Everyone has problems. Stop complaining and move on.",
    "That's nothing, honestly. You worry too much.",
    "Calm down, it's only in your head. At least you have a roof over your head.",
    "Well, that's your own fault, isn't it? You should have known better.",
)
_SWAPS = {
    "i": "you",
    "me": "you",
    "my": "your",
    "mine": "yours",
    "am": "are",
    "i'm": "you're",
    "myself": "yourself",
    "i've": "you've",
    "i'll": "you'll",
    "i'd": "you'd",
}


def _turning(lines: Sequence[str], person: tuple[str, ...], rng: random.Random) -> str:
    start = rng.randrange(len(lines)) if len(person) == 1 else len(person) - 1
    return lines[start % len(lines)]


def _generic(person: tuple[str, ...], rng: random.Random) -> str:
    return _turning(_GENERIC, person, rng).format(topic=template.topic(person[-1], rng) or "this")


def _parrot(person: tuple[str, ...], rng: random.Random) -> str:
    words = person[-1].split()
    return " ".join(_SWAPS.get(word.lower().strip(",.!?"), word) for word in words)


def _silent(person: tuple[str, ...], rng: random.Random) -> str:
    return ""


AGENTS: Mapping[str, Agent] = {
    "template": template.reply,
    "generic": _generic,
    "sycophant": partial(_turning, _SYCOPHANT),
    "parrot": _parrot,
    "questioner": partial(_turning, _QUESTIONER),
    "lecturer": partial(_turning, _LECTURER),
    "dismissive": partial(_turning, _DISMISSIVE),
    "silent": _silent,
}


def reference_agent(name: str) -> EmpathicRole:
    """Return the reference agent ``name``: one of `AGENTS`, ``expert``, or ``expert-then-KIND@SHARE``."""
    if name in AGENTS:
        return ScriptedEmpathic(name)
    if is_graded(name):
        return graded_agent(name)
    raise NotFoundError("scripted agent", name, [EXPERT, *AGENTS])


class ScriptedEmpathic:
    """A reference agent in the empathic seat."""

    instructed = False
    """It does not read the instructions of its variant, so that it plays the same under any."""

    def __init__(self, name: str) -> None:
        if name not in AGENTS:
            raise NotFoundError("scripted agent", name, AGENTS)
        self._agent = AGENTS[name]

    async def __call__(self, view: EmpathicView) -> EmpathicWrite:
        """Reply by rule; the same view gives the same reply."""
        turn = view["messages"][-1].turn
        rng = random.Random(derived_seed(view["seed"], "empathic", turn))
        text = self._agent(spoken(view["messages"], "persona"), rng)
        return EmpathicWrite(messages=[Message(turn=turn, speaker="empathic", content=text)])
