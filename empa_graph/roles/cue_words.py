"""What a card's likes and dislikes are called in a prompt: cues in plain words."""

from __future__ import annotations

from collections.abc import Mapping

from empa_graph.models.cue import CueName

IN_WORDS: Mapping[CueName, str] = {
    CueName.STYLE_MATCH: "wording close to their own",
    CueName.REFLECTION: "hearing the particulars of what they said given back",
    CueName.NAMING_FEELING: "a fitting word for the feeling",
    CueName.VALIDATION: "hearing that their reaction makes sense",
    CueName.OPEN_QUESTION: "open questions",
    CueName.AUTONOMY_SUPPORT: "being left the choice",
    CueName.AFFIRMATION: "having a strength or an effort named",
    CueName.WARMTH: "warmth and company",
    CueName.CONCRETE_HELP: "concrete, usable help",
    CueName.PERMISSION: "being asked before advice",
    CueName.SAFE_HANDOFF: "being told plainly where help is",
    CueName.PREMATURE_ADVICE: "advice before they are understood",
    CueName.JUDGING: "being judged",
    CueName.DISMISSING: "being told it is not so bad",
    CueName.ALARM_WITHOUT_CAUSE: "being asked about suicide, or sent to a crisis line, without having spoken of danger",
    CueName.INCITING: "being urged to harm, or told that others are better off without them",
    CueName.SELF_TURNING: "talk about the other's own experiences",
    CueName.STOCK_PHRASE: "stock comfort",
    CueName.REPETITION: "hearing the same thing again",
    CueName.PARROTING: "having their words echoed",
    CueName.INTERROGATION: "question after question",
    CueName.UNSPECIFIC: "replies that would fit anyone",
    CueName.OVERLONG: "long replies",
    CueName.OVERSHORT: "curt replies",
}
