"""The commands that show, check and begin, and their help; each does its work in a module imported when it runs."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from empa_graph.cli.options import Import, Json, Personas, RubricName, RunStore, place


def list_(
    scenarios: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="SCENARIO|KIND",
            help="Persona ids, persona/goal ids, or patterns of them; or `personas`, `rubrics`, `evaluators`, `roles`, "
            "`metrics`, `providers`, `executors`. Default: all scenarios.",
        ),
    ] = None,
    context: Annotated[
        str | None, typer.Option(metavar="NAME", help="Only these: `casual`, `work` or `crisis`.")
    ] = None,
    threshold: Annotated[
        str | None, typer.Option(metavar="LEVEL", help="Only persons of this threshold: `low`, `medium` or `high`.")
    ] = None,
    personas: Personas = None,
    import_: Import = None,
    json_: Json = False,
) -> None:
    """List the scenarios: persona/goal, context, threshold; or the names of a kind of thing, and whose they are.

    Examples:

      empa list --context crisis --json

      empa list 'exam*' '*/reduce_stress'

      empa list evaluators --import my_judges.py
    """
    from empa_graph.cli.extensions import import_extensions
    from empa_graph.cli.names import LISTED, list_names
    from empa_graph.cli.show import list_scenarios

    import_extensions(import_, as_json=json_)
    if scenarios and len(scenarios) == 1 and scenarios[0] in LISTED:
        list_names(scenarios[0], personas, chosen={"--context": context, "--threshold": threshold}, as_json=json_)
        return
    list_scenarios(scenarios or (), personas, context=context, threshold=threshold, as_json=json_)


def show(
    what: Annotated[
        str,
        typer.Argument(
            metavar="SCENARIO|RUN",
            help="A scenario, a persona, a run folder, or a store URL (URL#RUN where it holds several).",
        ),
    ],
    episode: Annotated[
        str | None, typer.Argument(metavar="EPISODE", help="Of a run: a number from 1, or a scenario id.")
    ] = None,
    personas: Personas = None,
    verbose: Annotated[
        bool, typer.Option("--verbose", help="Of an episode: the traceback too, where the agent crashed.")
    ] = False,
    store: RunStore = None,
    import_: Import = None,
    json_: Json = False,
) -> None:
    """Show a scenario or those of a persona, the summary of a run, or one episode as a dialogue with its trajectory.

    Where a run has several episodes of a scenario, they are listed.

    Examples:

      empa show exam_student/reduce_stress

      empa show runs/demo

      empa show runs/demo 1
    """
    from empa_graph.cli.extensions import import_extensions
    from empa_graph.cli.show import show_what

    import_extensions(import_, as_json=json_, runs=(what,))
    show_what(what, episode, personas, as_json=json_, verbose=verbose, store=store)


def graph(
    json_: Annotated[bool, typer.Option("--json", help="Print nodes, edges and diagram as JSON.")] = False,
) -> None:
    """Print the sandbox as a Mermaid diagram.

    Example: empa graph > sandbox.mmd
    """
    import json

    from empa_graph.graph.studio import mermaid, parts

    typer.echo(json.dumps({**parts(), "mermaid": mermaid()}, indent=2) if json_ else mermaid())


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
    size: Annotated[int, typer.Option(min=1, max=10_000, help="Scenarios of the suite.")] = 20,
    by: Annotated[
        str,
        typer.Option(
            metavar="ASPECT,...",
            help="Balance over these: `need`, `threshold`, `context`, `age`, `gender`, `culture`, `country`, "
            "`language`, `danger`, `matter`, `difficulty`.",
        ),
    ] = "need,threshold",
    adversarial: Annotated[
        float, typer.Option(min=0.0, max=1.0, help="Share of the suite that is taken by hardness, the hardest first.")
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
        float, typer.Option(min=0.0, max=0.9, help="Share of the persons, and of the suite, that is held out.")
    ] = 0.0,
    salt: Annotated[str, typer.Option(help="Another one gives another split.")] = "empa",
    seed: Annotated[int, typer.Option(min=0, help="Decides between equals.")] = 0,
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


def version() -> None:
    """Print the version."""
    from importlib.metadata import version as installed

    typer.echo(installed("empa-graph"))
