"""What the options of a run are called and how their help explains them."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import NamedTuple

SHARED = frozenset({"DEFAULT", "DEFAULT_MAP"})
"""Where a value comes from that nobody typed."""


class Option(NamedTuple):
    """How an option is typed and explained."""

    help: str
    metavar: str | None = None
    flag: str | None = None
    """None for its name."""
    environment: str | None = None
    argument: bool = False
    empty: bool = True
    """Whether an empty path is let through, to be found missing."""


OPTIONS: Mapping[str, Option] = MappingProxyType(
    {
        "scenarios": Option(
            "'all', persona ids, persona/goal ids, or patterns of them. Default: all.", "SCENARIO", argument=True
        ),
        "empathic": Option(
            "The agent under test: `local`, `local:/path/model.gguf`, `openai:gpt-5-mini`, a model name with "
            "`--base-url`, `module:attribute` or `path/file.py:attribute` (a graph, its factory or a function), or "
            "`scripted:template`.",
            "AGENT",
        ),
        "variant": Option(
            "Instructions: `baseline`, `aligned`, `informed`, or a prompt file (.md, .txt). Repeatable. For "
            "models, and functions with a parameter `instructions`.",
            "NAME",
        ),
        "evaluator": Option(
            "`cues` (offline), `cues-minilm` or `cues-smollm` (offline, with a small language model: extra "
            "`embeddings`), `judge` (a model), or `epm`: the Empathy Potential Model, judged with `--judge`, offline "
            "without.",
            "NAME",
        ),
        "judge": Option("The judge's model. Repeated: a panel that takes medians.", "MODEL"),
        "judge_every": Option("Judge every K-th turn.", "K"),
        "support_judge": Option(
            "Have this model code the support of each conversation too, in one call (docs/support.md).", "MODEL"
        ),
        "judge_check": Option(
            "The file of `empa check-judge` that has to hold for the judge; one that is stale is refused. Default: "
            "what lies in `judge_checks`.",
            "FILE",
        ),
        "calibration": Option(
            "A file of `empa calibrate`, or a version as FILE@3: means corrected by people's ratings stand beside the "
            "evaluator's own.",
            "FILE",
        ),
        "director": Option("Steer the persona: `rules`, or a model that calls tools. Default: nobody.", "NAME"),
        "voice": Option(
            "`card` (the card's own lines) or a model that words the decided moves.", "VOICE", "--persona-voice"
        ),
        "base_url": Option(
            "The OpenAI-compatible server of the model asked, e.g. http://127.0.0.1:8000/v1.",
            "URL",
            environment="EMPA_BASE_URL",
        ),
        "api_key": Option(
            "The key for `--base-url`, or for the provider asked; better in the environment. OpenAI's own is taken "
            "from `OPENAI_API_KEY`, those of others from `ANTHROPIC_API_KEY` and so on.",
            "KEY",
            environment="EMPA_API_KEY",
        ),
        "judge_base_url": Option(
            "Where all models but the agent answer; without it, at the provider they name, else at `--base-url`.",
            "URL",
            environment="EMPA_JUDGE_BASE_URL",
        ),
        "judge_api_key": Option("The key for it.", "KEY", environment="EMPA_JUDGE_API_KEY"),
        "repeats": Option("Episodes per scenario and variant.", "N"),
        "seed": Option("Seed of everything random.", "N"),
        "noise": Option("Noise in the persona's trust per turn; 0 for none.", "NUMBER"),
        "nearness": Option(
            "How the person's line is chosen that fits the reply: by shared `words`, by `vectors` of its "
            "words, or by `sentences` (extra `embeddings`).",
            "WAY",
        ),
        "max_turns": Option("Turns per episode. Default: the rubric's.", "N"),
        "limit": Option("At most this many scenarios, spread over the personas.", "N"),
        "concurrency": Option("Episodes in flight.", "N"),
        "executor": Option("Where episodes run: `asyncio`, `ray` (docs/cluster.md), or a registered executor.", "NAME"),
        "workers": Option("Processes in which `--executor ray` plays. Default: one a processor.", "N"),
        "ray_address": Option(
            "Join the Ray cluster at this address, such as `10.0.0.1:6379`, in place of one of its own.", "ADDRESS"
        ),
        "temperature": Option("Of the agent under test.", "NUMBER"),
        "max_tokens": Option("Per reply of the agent under test.", "N"),
        "extra_body": Option(
            "An object whose fields are added to every request to the agent's model. It stands in the manifest and "
            "beside every call: no secret belongs there.",
            "JSON",
        ),
        "judge_temperature": Option("Of the judges.", "NUMBER"),
        "judge_max_tokens": Option("Per judgement, a judge's reasoning included.", "N"),
        "voice_max_tokens": Option("Per message of a model that speaks for the person.", "N"),
        "voice_check": Option("Ask this model too whether each wording of the person's voice may be spoken.", "MODEL"),
        "strict_voice": Option(
            "Fail an episode whose voice finds no wording that may be spoken, in place of the card's own line."
        ),
        "profile": Option(
            "Weights: `balanced`, `rapid_de_escalation`, `deep_rapport`, or three that sum to 1: `0.5,0.3,0.2`.",
            "NAME",
        ),
        "rubric": Option("Rubric: a name, or a YAML file. Default: `sdt`; `epm` with `--evaluator epm`.", "NAME"),
        "personas": Option("Persona files to use instead of the bundled ones.", "FOLDER"),
        "out": Option("The run folder. Default: runs/TIME-AGENT.", "FOLDER", empty=False),
        "store": Option("Keep the run in a database, e.g. postgresql+psycopg://user@host/name.", "URL"),
        "max_cost": Option("Suspend the run when it has cost this much; resume to go on.", "USD"),
        "max_run_tokens": Option("Suspend the run after so many tokens.", "N"),
        "max_minutes": Option("Suspend the run after so many minutes of this session.", "MIN"),
        "episode_tokens": Option("End an episode after so many tokens.", "N"),
        "episode_seconds": Option("End an episode after so many seconds.", "S"),
        "timeout": Option("A request fails after so many seconds. Default: 120, `local` 600.", "S"),
        "retries": Option("Ask again so often after a fault of a service that may pass.", "N"),
        "prices": Option("Prices of models, over the list prices (docs/runs.md).", "FILE"),
        "on_judge_outage": Option("`fail` the episode, or `pause` the run to be resumed.", "HOW"),
        "max_failed": Option("Share of episodes that may fail before exit code 1.", "SHARE"),
        "cache": Option("Take answers to the same requests from this run's store.", "RUN"),
        "offline": Option("Send nothing: a request without a kept answer fails."),
        "otel": Option("Send OpenTelemetry spans where the OTEL_* variables say (extra `otel`)."),
        "langsmith": Option("Post the graph's runs to LangSmith, latent states and all (LANGSMITH_API_KEY)."),
        "redact": Option("Redact what is said: `basic`, or a file of named patterns.", "RULES"),
        "speaks": Option(
            "Messages of a graph's turn that the person hears: `all` meant for it, or the `last`.", "WHICH"
        ),
        "on_interrupt": Option("Answer each interrupt of the agent's graph with it (JSON, else text).", "VALUE"),
        "context": Option("The runtime context of the agent's graph, an object.", "JSON"),
        "initial": Option("Channels beside the messages with which the state of the agent's graph begins.", "JSON"),
        "extra": Option(
            "A role behind a seat: `empathic:module:attribute`, `empathic:path/file.py:attribute`, or "
            "`empathic:NAME` of a registered one. Repeatable.",
            "ROLE",
        ),
        "import_": Option(
            "Import it for what it registers (docs/extending.md); its names work from then on. Repeatable.",
            "MODULE|FILE.py",
            "--import",
        ),
    }
)
