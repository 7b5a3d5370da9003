"""The commands that play, and their help; each does its work in a module imported when it runs."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from empa_graph.cli.options import Json, JsonLines, place
from empa_graph.cli.typed_config import Typed, configured
from empa_graph.cli.unbegun import unbegun
from empa_graph.cli.worded_help import WordedCommand, WordedGroup
from empa_graph.models.settings import KEYS, SETTINGS

ConfigFile = Annotated[
    Path | None,
    typer.Option("--config", metavar="FILE", help="A configuration (YAML or TOML); what is typed goes before it."),
]
ACTING = ("empathic", "evaluator", "judge", "support_judge", "director", "voice", "voice_check", "extra", "import_")
"""What a run that was not made here must have typed again, beside its servers, store and prices."""
SESSION = tuple(
    name for name, field in SETTINGS.items() if field.startswith("limits.") or field.startswith("execution.")
)
_AGAIN = {
    "empathic": "For a run that was not made here, as the eight below: its agent, typed again.",
    "evaluator": "Its evaluator.",
    "judge": "Its judge. Repeatable.",
    "support_judge": "The model that codes support.",
    "director": "Its director.",
    "voice": "The voice of its persona.",
    "voice_check": "What checks that voice.",
    "extra": "Its extra role. Repeatable.",
    "import_": "What it imported. Repeatable.",
    "store": "The run's database, where it needs a password.",
}


@configured(*SETTINGS, *KEYS)
def run(
    typed: Typed,
    *,
    config: ConfigFile = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Estimate calls, tokens and cost; play nothing.")] = False,
    anchors: Annotated[
        Path | None,
        typer.Option(
            parser=place,
            metavar="RATINGS",
            help="Have the run's judge judge the anchors of --calibration again first; this file holds their words.",
        ),
    ] = None,
    json_: JsonLines = False,
) -> None:
    """Play scenarios and score them.

    Examples:

      empa run --empathic local --limit 12 --variant baseline --variant aligned

      empa run exam_student/reduce_stress --empathic openai:gpt-5-mini

      empa run night_nurse --empathic my_package.agent:graph --repeats 3

      empa run --config study.yaml --repeats 3

      empa run --evaluator epm --judge openai:gpt-5-mini --judge openai:gpt-5-nano --empathic scripted:template

    Every answer and every turn is on disk before it is used: a run that was stopped or killed goes on with
    `empa resume`.

    Exit code 0: every episode was scored (or no more than --max-failed failed); 1: more failed; 2: the command line or
    a file is wrong; 3: suspended at a limit or by Ctrl-C.
    """
    with unbegun():
        from empa_graph.cli.config_command import read
        from empa_graph.cli.start_run import play

        described = read(config, typed, tell=True)
    play(described, typed.keys, dry_run=dry_run, as_json=json_, anchors=anchors)


@configured(
    *ACTING,
    "base_url",
    "api_key",
    "judge_base_url",
    "judge_api_key",
    "store",
    *SESSION,
    "prices",
    helps=_AGAIN,
    defaults=False,
)
def resume(
    typed: Typed,
    *,
    run: Annotated[Path, typer.Argument(metavar="RUN", help="The run folder.")],
    json_: JsonLines = False,
) -> None:
    """Go on with a run after a limit, Ctrl-C, a crash or a power cut.

    Finished episodes are kept; unfinished ones go on behind their last judged turn; no answer is paid for twice. Cost
    and tokens are counted from the run's beginning.

    What its manifest names is loaded and reached only if the run was made here by you; of another's run it must be
    typed again, and one line says how.

    Examples:

      empa resume runs/demo

      empa resume runs/demo --max-cost 20
    """
    with unbegun():
        from empa_graph.cli.start_run import resume as go_on

    go_on(run, typed, as_json=json_)


config_app = typer.Typer(cls=WordedGroup, no_args_is_help=True, help="Show or check the configuration of a run.")


@configured(*SETTINGS)
def config_show(typed: Typed, *, config: ConfigFile = None, json_: Json = False) -> None:
    """Print the configuration that `empa run` would play, as a file for `--config`.

    Example: empa config show --empathic openai:gpt-5-mini --repeats 3 > study.yaml
    """
    from empa_graph.cli.config_command import read, show

    show(read(config, typed), as_json=json_)


def config_check(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A configuration (YAML or TOML).")],
) -> None:
    """Check a configuration: its settings, and what they name; exit code 2 with the first fault.

    Code that it names is imported. Example: empa config check study.yaml
    """
    from empa_graph.cli.config_command import check

    check(file)


config_app.command("show", cls=WordedCommand)(config_show)
config_app.command("check", cls=WordedCommand)(config_check)
