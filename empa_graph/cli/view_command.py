"""``empa view``: runs in a browser of this machine."""

from __future__ import annotations

from typing import Annotated

import typer

from empa_graph.cli.options import Import, Port, RunStore


def view(
    places: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[FOLDER|URL]...",
            help="Run folders, folders of such, or store URLs (URL#RUN: one run of it). Default: runs.",
        ),
    ] = None,
    port: Port = 0,
    rating: Annotated[
        list[str] | None,
        typer.Option(
            metavar="NAME=LOW..HIGH",
            help="A scale to rate replies and conversations on. Repeatable; default: support=1..5.",
        ),
    ] = None,
    store: RunStore = None,
    import_: Import = None,
) -> None:
    """Look at runs in a browser: lists, history, one run as it is played, comparisons, replays, notes and ratings.

    The address that it prints lets one browser in. Nothing but this machine can reach it, and nothing but the places
    named here is shown. Notes and ratings lie beside the run, in annotations.db; `empa correlate RUN` reads them.

    Examples:

      empa view

      empa view runs/demo other/runs --rating support=1..5 --rating warmth=0..10
    """
    from empa_graph.cli.extensions import import_extensions
    from empa_graph.cli.plain import one_line
    from empa_graph.viewer.scales import scales
    from empa_graph.viewer.serve import serve

    import_extensions(import_, as_json=False)
    serve(
        places or ["runs"],
        port=port,
        store=store,
        scales=scales(rating or ()),
        say=lambda line: print(one_line(line), flush=True),
    )
