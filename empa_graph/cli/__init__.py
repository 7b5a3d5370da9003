"""The ``empa`` command: the only place that prints and exits."""

from __future__ import annotations

import sys

EXIT_RUN_ERROR = 1
EXIT_USAGE = 2


def main() -> None:
    """Run the command; an error of ours is one line on stderr and its exit code."""
    from empa_graph.cli.app import app
    from empa_graph.errors import Error, UsageError

    try:
        app()
    except Error as error:
        line = " ".join(str(error).split())
        print(f"empa: {line}", file=sys.stderr)
        sys.exit(EXIT_USAGE if isinstance(error, UsageError) else EXIT_RUN_ERROR)
    except KeyboardInterrupt:
        print("empa: stopped; every finished episode is kept", file=sys.stderr)
        sys.exit(130)
    except BrokenPipeError:
        sys.exit(0)
