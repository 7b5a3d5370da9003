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
