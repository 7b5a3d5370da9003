"""The ``empa`` command: the only place that prints and exits."""

from __future__ import annotations

import sys
from collections.abc import Sequence

EXIT_RUN_ERROR = 1
EXIT_USAGE = 2


def main(words: Sequence[str] | None = None) -> None:
    """Run the command line ``words``, by default the process's; an error of ours is one line and its exit code."""
    from empa_graph.cli.app import app
    from empa_graph.cli.plain import plain
    from empa_graph.errors import Error, UsageError

    if "" not in sys.path:
        sys.path.append("")  # module:attribute may lie in the working folder; last, so that it shadows nothing
    try:
        app(words, prog_name="empa")
    except Error as error:
        line = plain(" ".join(str(error).split()))
        print(f"empa: {line}", file=sys.stderr)
        sys.exit(EXIT_USAGE if isinstance(error, UsageError) else EXIT_RUN_ERROR)
