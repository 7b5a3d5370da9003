"""Instruction variants for a chat model under test.

`baseline` knows nothing of the user. `aligned` knows what a production system could know: the name to be called, age,
country, what brought them, and good practice, one safety rule for everybody included. `informed` adds the
card's likes and dislikes: an upper bound, which no product has. None of them ever knows the latent state, the target,
the rubric, undisclosed beats or the phrases that the evaluator matches.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import cache
from pathlib import Path
from string import Template

from empa_graph.content.library import prompt_text
from empa_graph.content.loading import read_text
from empa_graph.errors import NotFoundError, UsageError
from empa_graph.models.persona import Persona, Scenario, Threshold
from empa_graph.roles.cue_words import IN_WORDS
from empa_graph.seeds import digest_of

VARIANTS = ("baseline", "aligned", "informed")
LARGEST_PROMPT = 64 * 1024
_PROMPTS = Path(__file__).parents[1] / "prompts"

_COMFORT: dict[Threshold, str] = {
    "low": "Kindness is welcome from the start.",
    "medium": "Comfort is welcome once it is clear that you listened.",
    "high": "Hold back with comfort and praise until you have understood the matter itself.",
}


@cache
def prompt_template(name: str) -> str:
    """Return the bundled prompt ``name`` without its version line; read once, since a voice asks for it every turn."""
    text = read_text(_PROMPTS / f"{name}.md", LARGEST_PROMPT)
    return text.split("\n", 1)[1].strip()


def instructions(variant: str, scenario: Scenario) -> str:
    """Return the system prompt of ``variant`` (a name or a prompt file ``*.md``/``*.txt``) for this user."""
    if variant == "baseline":
        return prompt_template("baseline")
    if variant in VARIANTS:
        return _aligned(scenario, informed=variant == "informed")
    return read_text(Path(variant), LARGEST_PROMPT).strip()


def prompt_hashes(
    variants: Iterable[str], *, voiced: bool, directed: bool, voice_checked: bool = False
) -> dict[str, str]:
    """Return SHA-256 of the prompts beside the judge's, by name: instructions, the persona's voice, the director."""
    texts = {f"instructions:{variant}": _source(variant) for variant in variants}
    if voiced:
        texts["prompt:voice"] = prompt_template("voice")
    if voice_checked:
        texts["prompt:voice_check"] = prompt_template("voice_check")
    if directed:
        texts["prompt:director"] = prompt_text("director.md")
    return {name: digest_of(text) for name, text in texts.items()}


def _source(variant: str) -> str:
    if variant == "informed":
        return prompt_template("aligned") + prompt_template("known")
    return prompt_template(variant) if variant in VARIANTS else read_text(Path(variant), LARGEST_PROMPT)


def check_variant(variant: str) -> None:
    """Raise UsageError unless ``variant`` is a known name or a readable, non-empty prompt file."""
    if variant in VARIANTS:
        return
    if not variant.endswith((".md", ".txt")):
        raise NotFoundError("variant", variant, VARIANTS, where="--variant")
    if not read_text(Path(variant), LARGEST_PROMPT).strip():
        raise UsageError(f"{variant}: the prompt file is empty")


def check_instructed(variants: Sequence[str], *, agent: str, instructed: bool) -> None:
    """Raise UsageError where ``variants`` are asked for of an agent that is given no instructions."""
    if not instructed and tuple(variants) != VARIANTS[:1]:
        raise UsageError(
            f"--variant: {agent} takes no instructions, so it would play the same under any variant; "
            "models take them, and functions with a parameter 'instructions'"
        )


def _aligned(scenario: Scenario, *, informed: bool) -> str:
    persona, goal = scenario.persona, scenario.goal
    called = persona.called or persona.name.split()[0]
    who = f"{called}, who is {persona.demographics.age}"
    who += f", lives in {persona.country}" if persona.country else ""
    return Template(prompt_template("aligned")).substitute(
        called=called,
        who=who,
        brought=f" What they gave as their reason to write: {goal.brought}" if goal.brought else "",
        where=persona.country or "the country they are in",
        known=f"{_known(persona, called)}\n" if informed else "",
    )


def _known(persona: Persona, called: str) -> str:
    likes = [IN_WORDS[liked.cue] for liked in persona.preferences]
    dislikes = [IN_WORDS[d.cue] for d in persona.anti_preferences if d.cue in IN_WORDS]
    return "\n" + Template(prompt_template("known")).substitute(
        called=called,
        low=persona.voice.reply_words[0],
        high=persona.voice.reply_words[1],
        likes=_listed(likes),
        dislikes=_listed(dislikes) or "nothing in particular",
        comfort=_COMFORT[persona.empathy_threshold.level],
    )


def profile(persona: Persona) -> dict[str, str]:
    """Return who speaks, for a model that words the lines: name, age, work, way of writing."""
    return {
        "name": persona.called or persona.name.split()[0],
        "age": str(persona.demographics.age),
        "work": persona.demographics.work,
        "diction": persona.voice.diction,
    }


def _listed(parts: Sequence[str]) -> str:
    return "; ".join(dict.fromkeys(parts))
