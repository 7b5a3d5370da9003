"""The ``empa`` command: the only place that prints and exits."""

from __future__ import annotations

import re
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING, NoReturn, cast

if TYPE_CHECKING:
    import typer

EXIT_RUN_ERROR = 1
EXIT_USAGE = 2
EXIT_SUSPENDED = 3
EXIT_INTERRUPTED = 130
EXIT_UNHEARD = 141
"""As the shell counts a process that SIGPIPE ended."""
UNBEGUN = "interrupted while starting; nothing was begun"


def main(words: Sequence[str] | None = None) -> None:
    """Run the command line ``words``, by default the process's; an error of ours is one line and its exit code."""
    from empa_graph.cli.streams import mute, sound_streams

    try:
        sound_streams()
        code = _ran(words)
        sys.stdout.flush()
    except KeyboardInterrupt:  # while the command was imported: typer turns any later one into its exit code
        _stop(UNBEGUN, EXIT_INTERRUPTED)
    except BrokenPipeError:
        mute(sys.stdout)
        sys.exit(EXIT_UNHEARD)
    except OSError as error:
        mute(sys.stdout)
        where = f"{error.filename}: " if error.filename else "input or output failed: "
        _stop(where + (error.strerror or str(error)).lower(), EXIT_RUN_ERROR)
    except (UnicodeEncodeError, UnicodeDecodeError) as error:
        _stop(f"text that is no {error.encoding}: {error.reason}", EXIT_RUN_ERROR)
    if code:
        sys.exit(code)


def _ran(words: Sequence[str] | None) -> int:
    """Return the exit code of a command that ended by itself."""
    import typer

    from empa_graph.cli.app import command
    from empa_graph.errors import Error, SuspendedError, UsageError

    # The parent of every fault of the words; typer exports this child only.
    misuse = cast("type[typer.BadParameter]", typer.BadParameter.__base__)
    try:
        code = command()(words, prog_name="empa", standalone_mode=False)
    except SystemExit as end:
        if isinstance(end.__context__, BrokenPipeError):  # typer turns it into exit code 1
            raise end.__context__ from None
        raise
    except misuse as error:
        _stop(_misuse(error), EXIT_USAGE)
    except Error as error:
        codes = {UsageError: EXIT_USAGE, SuspendedError: EXIT_SUSPENDED}
        _stop(str(error), next((code for kind, code in codes.items() if isinstance(error, kind)), EXIT_RUN_ERROR))
    return code if isinstance(code, int) else 0


def _stop(message: str, code: int) -> NoReturn:
    """Say ``message``, if there is one, in one line on stderr and exit."""
    from empa_graph.cli.plain import one_line

    line = one_line(message)
    if line:
        print(f"empa: {line}", file=sys.stderr)
    sys.exit(code)


def _misuse(error: typer.BadParameter) -> str:
    """Say what is wrong with the words; nothing where there were none and the help was shown instead."""
    from empa_graph.errors import NotFoundError

    context, text = error.ctx, error.format_message()
    if context is None or not text:
        return _lowered(text)
    if hasattr(error, "possibilities") and hasattr(error, "option_name"):  # only an unknown option has both
        options = [name for known in context.command.get_params(context) for name in known.opts + known.secondary_opts]
        return str(NotFoundError("option", error.option_name, [name for name in options if name.startswith("-")]))
    if text.endswith("?"):
        return _lowered(text)
    text = re.sub(r"Got unexpected extra arguments?(?:\(s\))? \((.*)\)", r"unexpected behind its arguments: \1", text)
    text = _no_number(_whole_range(text, getattr(error, "param", None)))
    told = _lowered(text).rstrip(".") + _wanted(error)
    return f"{told} ({context.command_path} {context.help_option_names[0]} explains)"


def _wanted(error: typer.BadParameter) -> str:
    """Say what a missing argument would be, by the first sentence of its help."""
    text: str = getattr(getattr(error, "param", None), "help", None) or ""
    first = text.replace("`", "").split(". ")[0].rstrip(".")
    return f": {_lowered(first)}" if first and hasattr(error, "param_type") else ""


def _whole_range(text: str, param: object) -> str:
    """Say of a number out of its range what the range is: `nan` misses no end of it more than the other."""
    ends = [None if end is None else f"{end:.10g}" for name in ("min", "max") for end in [getattr(param, name, None)]]
    told = {(True, True): "from {} to {}", (True, False): "{} or more", (False, True): "{1} or less"}
    words = told.get((ends[0] is not None, ends[1] is not None), "")
    return (
        re.sub(r"Input should be \w+ than or equal to \S+", f"allowed is {words.format(*ends)}", text)
        if words
        else text
    )


def _no_number(text: str) -> str:
    text = text.replace("Input should be a valid integer, unable to parse string as an integer", "not a whole number")
    return text.replace("Input should be a valid number, unable to parse string as a number", "not a number")


def _lowered(text: str) -> str:
    return text[:1].lower() + text[1:]
