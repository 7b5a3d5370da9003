"""The commands that make scenarios of conversations, and their help; each does its work in a module imported then."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from empa_graph.cli.options import ChatFormat, ChatRoles, Json, place

Corpus = Annotated[
    Path,
    typer.Argument(
        metavar="CORPUS",
        help="A file of conversations in any format of `empa score`.",
    ),
]


def distill(
    corpus: Corpus,
    out: Annotated[
        Path,
        typer.Option(parser=place, metavar="FOLDER", help="A new folder, or one of the same intake to go on with."),
    ],
    format_: ChatFormat = "auto",
    role: ChatRoles = None,
    limit: Annotated[
        int | None, typer.Option(min=1, help="Only the first so many conversations; more of them another time.")
    ] = None,
    least_turns: Annotated[int, typer.Option(min=1, help="Answered messages that a conversation needs.")] = 3,
    most_turns: Annotated[int, typer.Option(min=1, help="Answered messages that it may have.")] = 200,
    least_words: Annotated[int, typer.Option(min=0, help="Words that the person needs to say in it.")] = 20,
    own_rules: Annotated[
        bool, typer.Option("--own-rules", help="Do without the extra `distill`: Presidio and long lists of names.")
    ] = False,
    json_: Json = False,
) -> None:
    """Take conversations in: leave out what is of no use, and take out what names people and places.

    Names, places, schools, employers, addresses, dates, handles and numbers become placeholders such as `[name 1]`,
    the same for the same one in a conversation and numbered anew in the next. What is not English, too short, nearly
    the same as an earlier one or cannot be read is left out, and report.md counts why. Nothing is sent anywhere. The
    text is pseudonymised, not anonymous: rules miss names (docs/distill.md says how many).

    The folder holds conversations.jsonl, report.json, report.md, distill.json and a database. Stopped or killed, the
    same command goes on where it was.

    Examples:

      empa distill chats.jsonl --out distilled

      empa distill export.txt --role Ewa=persona --role Olga=empathic --out distilled

      empa distill chats.jsonl --out sample --limit 200 --least-turns 5 --json

    Exit code 0: done; 1: no conversation is kept; 2: the command line, the corpus or the folder is wrong; 3: stopped
    by Ctrl-C, and what was done is kept.
    """
    from empa_graph.chats.reader import told_how
    from empa_graph.cli.distill_command import distilled

    distilled(
        corpus,
        out,
        how=told_how(format_, role or ()),
        limit=limit,
        bounds={"least_turns": least_turns, "most_turns": most_turns, "least_words": least_words},
        own_rules=own_rules,
        as_json=json_,
    )


def annotate(
    folder: Annotated[Path, typer.Argument(metavar="FOLDER", help="A folder that `empa distill` made.")],
    annotator: Annotated[
        str | None,
        typer.Option(metavar="NAME", help="Who marks, or settles; with --export whose marks. Asked for in a terminal."),
    ] = None,
    sample: Annotated[
        int | None,
        typer.Option(
            min=1, help="Only so many conversations. The same for all who give one seed; fewer are the first of more."
        ),
    ] = None,
    seed: Annotated[int, typer.Option(help="What draws the sample and its order.")] = 0,
    rubric: Annotated[
        str | None,
        typer.Option(
            metavar="NAME", help="The rubric whose space is marked. Default: that of the marks there are, else sdt."
        ),
    ] = None,
    terminal: Annotated[
        bool, typer.Option("--terminal", help="Ask here, line by line, instead of in a browser.")
    ] = False,
    agreement: Annotated[bool, typer.Option("--agreement", help="Print how far annotators agree.")] = False,
    machines: Annotated[
        bool, typer.Option("--machines", help="With --agreement: models and the offline axes count as annotators.")
    ] = False,
    settle: Annotated[bool, typer.Option("--settle", help="Ask here for the values on which people differ.")] = False,
    export: Annotated[
        Path | None, typer.Option("--export", parser=place, metavar="FILE.csv", help="Write the current marks.")
    ] = None,
    import_: Annotated[
        Path | None, typer.Option("--import", parser=place, metavar="FILE.csv", help="Keep the marks of a table.")
    ] = None,
    port: Annotated[int, typer.Option(min=0, max=65_535, help="The port on 127.0.0.1; 0 for a free one.")] = 0,
    json_: Json = False,
) -> None:
    """Mark what scenarios are made of: where the person stands, their needs, what they wanted, whether there is danger.

    Without another option it opens a page for one annotator: the conversation, the variables with their anchors, and
    what others marked once one's own marks are given. Every mark is kept as it is made; any conversation can be
    skipped without a reason. Each annotator starts a page of their own; several may work on one folder at once. Marks
    lie in the folder, in annotations.sqlite3.

    Examples:

      empa annotate distilled --annotator ewa --sample 60

      empa annotate distilled --annotator tom --sample 60 --terminal

      empa annotate distilled --agreement

      empa annotate distilled --annotator ewa --settle

      empa annotate distilled --export marks.csv

    Exit code 0: done; 2: the command line, the folder or a row of a table is wrong (the other rows are kept); 3:
    stopped before all was asked, and every mark is kept.
    """
    from empa_graph.cli.annotate_command import Chosen, Wanted, annotated

    chosen = Chosen(terminal, agreement, settle, export, import_, machines=machines, as_json=json_, port=port)
    annotated(Wanted(folder, annotator, sample, seed, rubric), chosen)
