"""The commands that check persona cards, begin and vary them, and draw suites of them, and their help."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from empa_graph.cli.options import Import, Json, RubricName, place

Compare = Annotated[
    str | None,
    typer.Option(
        metavar="NUMBER",
        help="Print the cards' numbers from low to high instead, with their reasons: `epm.a2`, `sdt.start.*`, `all`.",
    ),
]
Against = Annotated[
    Path | None,
    typer.Option(metavar="FILE", help="With --compare: a second annotation, and how far it agrees (kappa)."),
]
Hints = Annotated[bool, typer.Option("--hints", help="List names and numbers that a card has in more than one form.")]
Rehearse = Annotated[
    bool,
    typer.Option(
        "--rehearse",
        help="Play the cards with every reference agent instead, and list lines said before what they need, never "
        "said, tastes never felt, and whether the persons are told apart by their words.",
    ),
]


def validate(
    files: Annotated[
        list[Path] | None,
        typer.Argument(metavar="FILE|FOLDER", help="Persona files or folders. Default: the bundled ones."),
    ] = None,
    rubric: RubricName = "sdt",
    compare: Compare = None,
    against: Against = None,
    hints: Hints = False,
    rehearse: Rehearse = False,
    coverage: Annotated[
        bool, typer.Option("--coverage", help="Count what kinds of people and conversations the cards hold, and lack.")
    ] = False,
    out: Annotated[
        Path | None,
        typer.Option(parser=place, metavar="FILE.md", help="Of --coverage: write it there too, in Markdown."),
    ] = None,
    import_: Import = None,
    json_: Json = False,
) -> None:
    """Check persona files: schema, space, reachability, leaking openings, lines, text shared between personas.

    Examples:

      empa validate personas/ my_personas/widow.yaml

      empa validate --compare epm.a2

      empa validate my_personas/widow.yaml --rehearse

      empa validate my_personas/ --coverage --out coverage.md
    """
    from empa_graph.cli.extensions import import_extensions

    import_extensions(import_, as_json=json_)
    if compare is not None or against is not None:
        from empa_graph.cli.compare import compare_numbers

        compare_numbers(files or [], compare or "all", against, as_json=json_)
        return
    from empa_graph.cli.validate import card_files, validate_files

    if rehearse:
        from empa_graph.cli.rehearse import rehearse_files

        rehearse_files(card_files(files or []), rubric, as_json=json_)
        return
    if coverage:
        from empa_graph.cli.coverage_view import cover_files

        cover_files(card_files(files or []), out, as_json=json_)
        return
    validate_files(files or [], rubric, hinted=hints, as_json=json_)


def new(
    kind: Annotated[
        str, typer.Argument(metavar="KIND", help="`persona`, `rubric`, `evaluator`, `role`, or `scenarios`.")
    ],
    name: Annotated[
        str | None, typer.Argument(metavar="NAME", help="Small letters, digits and `_`; scenarios have none.")
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option(
            parser=place,
            metavar="FILE|FOLDER",
            help="Default: NAME.yaml or NAME.py in the working folder; of scenarios a folder that is new or empty.",
        ),
    ] = None,
    spec: Annotated[
        Path | None,
        typer.Option(metavar="FILE.yaml", help="Of scenarios: how many, and their shares (docs/suites.md)."),
    ] = None,
    json_: Json = False,
) -> None:
    """Write a small, valid file to start from, and say what to try next; nothing is overwritten.

    `scenarios` are written without a corpus: profiles are drawn to the shares of --spec, written from a bank of lines,
    played by agents of known skill, and those that pass are chosen to differ. Exit code 1: none passed.

    Examples:

      empa new persona piano_tuner --out my_personas/

      empa new evaluator terse

      empa new scenarios --spec spec.yaml --out generated
    """
    from empa_graph.cli.new_command import write_described, write_new

    if kind == "scenarios":
        write_described(name, spec, out, as_json=json_)
    else:
        write_new(kind, name, out, spec=spec, as_json=json_)


def segment(
    description: Annotated[
        Path,
        typer.Argument(
            metavar="DESCRIPTION.yaml",
            help="Base personas, how many to draw, wanted shares and allowed changes (docs/segments.md).",
        ),
    ],
    out: Annotated[Path, typer.Option(parser=place, metavar="FOLDER", help="A folder that is new or empty.")],
    json_: Json = False,
) -> None:
    """Reuse personas for a new segment: draw them to shares of thresholds, needs, ages and contexts.

    Numbers of a card may be shifted or mixed within the bounds of the description; its words stay. `report.md` in the
    folder sets wanted beside reached shares and lists every change with what goes beyond the cards. The same
    description, seed and base personas give the same files.

    Example: empa segment segment.yaml --out personas/campus
    """
    from empa_graph.cli.segment_command import write_described

    write_described(description, out, as_json=json_)


def suite(
    folder: Annotated[
        Path | None, typer.Argument(metavar="FOLDER", help="Persona files. Default: the bundled ones.")
    ] = None,
    size: Annotated[int, typer.Option(metavar="N", min=1, max=10_000, help="Scenarios of the suite.")] = 20,
    by: Annotated[
        str,
        typer.Option(
            metavar="ASPECT,...",
            help="Balance over these: `need`, `threshold`, `context`, `age`, `gender`, `culture`, `country`, "
            "`language`, `danger`, `matter`, `difficulty`.",
        ),
    ] = "need,threshold",
    adversarial: Annotated[
        float,
        typer.Option(
            metavar="SHARE", min=0.0, max=1.0, help="Share of the suite that is taken by hardness, the hardest first."
        ),
    ] = 0.0,
    run: Annotated[
        list[str] | None,
        typer.Option(
            metavar="RUN",
            help="A run, as a folder or store URL: scenarios in which the agents of several runs lie apart count as "
            "harder. Repeatable.",
        ),
    ] = None,
    held_out: Annotated[
        float,
        typer.Option(
            metavar="SHARE", min=0.0, max=0.9, help="Share of the persons, and of the suite, that is held out."
        ),
    ] = 0.0,
    salt: Annotated[str, typer.Option(metavar="TEXT", help="Another one gives another split.")] = "empa",
    seed: Annotated[int, typer.Option(metavar="N", min=0, help="Decides between equals.")] = 0,
    out: Annotated[
        Path, typer.Option(parser=place, metavar="FILE.yaml", help="A new file; FILE.held-out.yaml stands beside it.")
    ] = Path("suite.yaml"),
    json_: Json = False,
) -> None:
    """Draw a balanced suite out of many scenarios, as files for `empa run --config`.

    Scenarios are drawn evenly over the values of --by, as far as there are any. Who is held out is decided by a hash
    of the person's id: new cards never move old ones. How hard a scenario is, is known of a folder that was checked
    (`empa distill`); of others it is played for it, about half a second each. Scenarios that a check refused are left
    out.

    Examples:

      empa suite --size 12 --by context,threshold --out twelve.yaml

      empa suite distilled/scenarios --size 40 --adversarial 0.25 --held-out 0.2 --out suite.yaml

      empa run --config suite.yaml --empathic openai:gpt-5-mini
    """
    from empa_graph.cli.suite_command import aspects, write_suite
    from empa_graph.study.suites.drawing import Asked

    asked = Asked(size, aspects(by), adversarial, held_out, salt, seed)
    write_suite(folder, asked, out, run or (), as_json=json_)
