"""The command line: its commands by name."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import Annotated, Any

import typer

from empa_graph.cli import EXIT_INTERRUPTED
from empa_graph.cli.card_commands import new, segment, suite, validate
from empa_graph.cli.distill_commands import annotate, distill
from empa_graph.cli.look_commands import graph, list_, show, version
from empa_graph.cli.picture_commands import plot, report
from empa_graph.cli.play_commands import config_app, resume, run
from empa_graph.cli.rated_commands import calibrate, correlate
from empa_graph.cli.recorded_commands import check_judge, gate, import_empa, perturb, replay, score
from empa_graph.cli.serving_commands import mcp, view, watch
from empa_graph.cli.stored_commands import audit, compare, diff, export, outcomes, runs_, verify
from empa_graph.cli.worded_help import WordedCommand, WordedGroup


class _Commands(WordedGroup):
    """All commands; an interruption that one of them has no word for is said here, since typer says none."""

    def invoke(self, ctx: Any) -> Any:
        try:
            return super().invoke(ctx)
        except KeyboardInterrupt:
            typer.echo("empa: interrupted", err=True)
            raise typer.Exit(EXIT_INTERRUPTED) from None


app = typer.Typer(
    name="empa",
    cls=_Commands,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode="markdown",
    context_settings={"help_option_names": ["-h", "--help"]},
    help="Play simulated conversations with a supportive agent and score how they move the person's latent state.",
)
_COMMANDS: dict[str, Callable[..., None]] = {
    "run": run,
    "resume": resume,
    "list": list_,
    "runs": runs_,
    "show": show,
    "view": view,
    "mcp": mcp,
    "graph": graph,
    "validate": validate,
    "new": new,
    "segment": segment,
    "suite": suite,
    "score": score,
    "watch": watch,
    "replay": replay,
    "perturb": perturb,
    "correlate": correlate,
    "calibrate": calibrate,
    "report": report,
    "plot": plot,
    "export": export,
    "verify": verify,
    "audit": audit,
    "check-judge": check_judge,
    "compare": compare,
    "diff": diff,
    "outcomes": outcomes,
    "gate": gate,
    "import-empa": import_empa,
    "distill": distill,
    "annotate": annotate,
    "version": version,
}


def _say_version(asked: bool) -> None:
    if asked:
        version()
        raise typer.Exit


@app.callback()
def _all(
    asked: Annotated[
        bool, typer.Option("--version", is_eager=True, callback=_say_version, help="Print the version and exit.")
    ] = False,
) -> None:
    pass


for _name, _command in _COMMANDS.items():
    app.command(name=_name, cls=WordedCommand)(_command)
app.add_typer(config_app, name="config")


@lru_cache(maxsize=1)
def command() -> Callable[..., object]:
    """Return the whole command, put together once."""
    return typer.main.get_command(app)
