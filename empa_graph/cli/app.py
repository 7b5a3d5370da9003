"""The command line: its commands by name."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache

import typer

from empa_graph.cli.live_commands import watch
from empa_graph.cli.look_commands import diff, export, graph, list_, new, show, validate, verify, version
from empa_graph.cli.play_commands import config_app, resume, run
from empa_graph.cli.recorded_commands import gate, import_empa, perturb, replay, score

app = typer.Typer(
    name="empa",
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
    "show": show,
    "graph": graph,
    "validate": validate,
    "new": new,
    "score": score,
    "watch": watch,
    "replay": replay,
    "perturb": perturb,
    "export": export,
    "verify": verify,
    "diff": diff,
    "gate": gate,
    "import-empa": import_empa,
    "version": version,
}
for _name, _command in _COMMANDS.items():
    app.command(name=_name)(_command)
app.add_typer(config_app, name="config")


@lru_cache(maxsize=1)
def command() -> Callable[..., object]:
    """Return the whole command, put together once."""
    return typer.main.get_command(app)
