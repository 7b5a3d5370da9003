"""Options that several commands share."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from empa_graph.run.config import Casting


def place(text: str) -> Path:
    """Return the path that was typed; an empty one would mean the working folder and is refused."""
    if not text:
        raise typer.BadParameter("it is empty")
    return Path(text)


Json = Annotated[bool, typer.Option("--json", help="Print JSON instead of tables.")]
Import = Annotated[
    list[str] | None,
    typer.Option(
        "--import",
        metavar="MODULE|FILE.py",
        help="Import it for what it registers (docs/extending.md); its names work from then on. Repeatable.",
    ),
]
Personas = Annotated[
    Path | None,
    typer.Option("--personas", metavar="FOLDER", help="Persona files to use instead of the bundled ones."),
]
RubricName = Annotated[str, typer.Option("--rubric", metavar="NAME", help="Rubric: a name, or a YAML file.")]
EvaluatorRubric = Annotated[
    str | None,
    typer.Option(
        "--rubric", metavar="NAME", help="Rubric: a name, or a YAML file. Default: `sdt`; `epm` with `--evaluator epm`."
    ),
]
Evaluator = Annotated[
    str,
    typer.Option(
        metavar="NAME",
        help="`cues` (offline), `cues-minilm` (offline, with sentence embeddings: extra `embeddings`), `judge` (a "
        "model), or `epm`: the Empathy Potential Model, judged with `--judge`, offline without.",
    ),
]
Judges = Annotated[
    list[str] | None,
    typer.Option("--judge", metavar="MODEL", help="The judge's model. Repeated: a panel that takes medians."),
]
JudgeTemperature = Annotated[float, typer.Option(min=0.0, max=2.0, help="Of the judges.")]
JudgeMaxTokens = Annotated[int, typer.Option(min=1, max=1_000_000, help="Per judgement, a judge's reasoning included.")]
VoiceMaxTokens = Annotated[
    int, typer.Option(min=1, max=1_000_000, help="Per message of a model that speaks for the person.")
]
VoiceCheck = Annotated[
    str | None,
    typer.Option(metavar="MODEL", help="Ask this model too whether each wording of the person's voice may be spoken."),
]
StrictVoice = Annotated[
    bool,
    typer.Option(
        "--strict-voice",
        help="Fail an episode whose voice gives no wording that may be spoken, in place of the card's own line.",
    ),
]
ExtraBody = Annotated[
    str | None,
    typer.Option(
        metavar="JSON",
        help="An object whose fields are added to every request to the agent's model. It stands in the manifest and "
        "beside every call: no secret belongs there.",
    ),
]
JudgeEvery = Annotated[int, typer.Option(min=1, max=45, help="Judge every K-th turn.")]
BaseUrl = Annotated[
    str | None,
    typer.Option(
        metavar="URL",
        envvar="EMPA_BASE_URL",
        help="The OpenAI-compatible server of the model asked, e.g. http://127.0.0.1:8000/v1.",
    ),
]
ApiKey = Annotated[
    str | None,
    typer.Option(
        envvar="EMPA_API_KEY",
        show_envvar=True,
        metavar="KEY",
        help="The key for `--base-url`, or for the provider asked; better in the environment. OpenAI's own is taken "
        "from `OPENAI_API_KEY`, those of others from `ANTHROPIC_API_KEY` and so on.",
    ),
]
JudgeBaseUrl = Annotated[
    str | None,
    typer.Option(
        metavar="URL",
        envvar="EMPA_JUDGE_BASE_URL",
        help="Where all models but the agent answer; without it, at the provider they name, else at `--base-url`.",
    ),
]
JudgeApiKey = Annotated[
    str | None,
    typer.Option(envvar="EMPA_JUDGE_API_KEY", show_envvar=True, metavar="KEY", help="The key for it."),
]
Profile = Annotated[
    str,
    typer.Option(
        metavar="NAME",
        help="Weights: `balanced`, `rapid_de_escalation`, `deep_rapport`, or three that sum to 1: `0.5,0.3,0.2`.",
    ),
]
MaxCost = Annotated[
    float | None,
    typer.Option(min=0.0001, metavar="USD", help="Suspend the run when it has cost this much; resume to go on."),
]
MaxTokens = Annotated[
    int | None, typer.Option("--max-run-tokens", min=1, metavar="N", help="Suspend the run after so many tokens.")
]
MaxMinutes = Annotated[
    float | None, typer.Option(min=0.001, metavar="MIN", help="Suspend the run after so many minutes of this session.")
]
EpisodeTokens = Annotated[int | None, typer.Option(min=1, metavar="N", help="End an episode after so many tokens.")]
EpisodeSeconds = Annotated[
    float | None, typer.Option(min=0.001, metavar="S", help="End an episode after so many seconds.")
]
Timeout = Annotated[
    float | None,
    typer.Option(
        min=0.001, max=86_400, metavar="S", help="A request fails after so many seconds. Default: 120, `local` 600."
    ),
]
Retries = Annotated[
    int, typer.Option(min=0, max=20, metavar="N", help="Ask again so often after a fault of a service that may pass.")
]
Prices = Annotated[
    Path | None, typer.Option(metavar="FILE", help="Prices of models, over the list prices (docs/runs.md).")
]
OnOutage = Annotated[
    str,
    typer.Option("--on-judge-outage", metavar="HOW", help="`fail` the episode, or `pause` the run to be resumed."),
]
MaxFailed = Annotated[
    float, typer.Option(min=0.0, max=1.0, metavar="SHARE", help="Share of episodes that may fail before exit code 1.")
]
RunStore = Annotated[
    str | None,
    typer.Option("--store", metavar="URL", help="The database of a run that lies on a server and was not made here."),
]
Cache = Annotated[
    Path | None, typer.Option(metavar="RUN", help="Take answers to the same requests from this run's store.")
]
Offline = Annotated[bool, typer.Option("--offline", help="Send nothing: a request without a kept answer fails.")]
Otel = Annotated[
    bool, typer.Option("--otel", help="Send OpenTelemetry spans where the OTEL_* variables say (extra `otel`).")
]

Langsmith = Annotated[
    bool,
    typer.Option("--langsmith", help="Post the graph's runs to LangSmith, latent states and all (LANGSMITH_API_KEY)."),
]


def openai_key() -> str | None:
    """Return the key that OpenAI itself is sent, and no other server."""
    return os.environ.get("OPENAI_API_KEY") or None


def judging(
    evaluator: str,
    judges: list[str] | None,
    url: str | None,
    key: str | None,
    *,
    temperature: float = 0.0,
    max_tokens: int = 900,
    judge_every: int = 1,
    timeout: float | None = None,
) -> Casting:
    """Return who judges what is said already; nobody replies."""
    from empa_graph.run.config import Casting

    return Casting(
        empathic="scripted:silent",
        evaluator=evaluator,
        judges=tuple(judges or ()),
        judge_every=judge_every,
        judge_temperature=temperature,
        judge_max_tokens=max_tokens,
        timeout=timeout,
        judge_base_url=url,
        judge_api_key=key,
        openai_key=openai_key(),
    )
