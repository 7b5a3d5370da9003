"""The commands that make scenarios of conversations, and their help; each does its work in a module imported then."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from empa_graph.cli.options import ChatFormat, ChatRoles, Json, Port, place
from empa_graph.cli.typed_config import Typed, configured

Corpus = Annotated[
    Path,
    typer.Argument(
        metavar="CORPUS",
        help="A file of conversations in any format of `empa score`.",
    ),
]


@configured(
    *("base_url", "api_key", "concurrency", "timeout", "prices"),
    helps={
        "base_url": "The OpenAI-compatible server of `--annotator`, e.g. http://127.0.0.1:8000/v1.",
        "concurrency": "Conversations that a model is asked about at a time.",
    },
)
def distill(
    typed: Typed,
    *,
    corpus: Corpus,
    out: Annotated[
        Path,
        typer.Option(parser=place, metavar="FOLDER", help="A new folder, or one of the same intake to go on with."),
    ],
    one: Annotated[
        bool, typer.Option("--one", help="CORPUS is one conversation: it is taken however short it is.")
    ] = False,
    format_: ChatFormat = "auto",
    role: ChatRoles = None,
    limit: Annotated[
        int | None,
        typer.Option(metavar="N", min=1, help="Only the first so many conversations; more of them another time."),
    ] = None,
    least_turns: Annotated[
        int, typer.Option(metavar="N", min=1, help="Answered messages that a conversation needs.")
    ] = 3,
    most_turns: Annotated[int, typer.Option(metavar="N", min=1, help="Answered messages that it may have.")] = 200,
    least_words: Annotated[
        int, typer.Option(metavar="N", min=0, help="Words that the person needs to say in it.")
    ] = 20,
    own_rules: Annotated[
        bool, typer.Option("--own-rules", help="Do without the extra `distill`: Presidio and long lists of names.")
    ] = False,
    annotator: Annotated[
        str,
        typer.Option(
            metavar="NAME", help="Who marks what scenarios are made of: `offline` (rules and word lists), or a model."
        ),
    ] = "offline",
    offline: Annotated[
        bool, typer.Option("--offline", help="Nothing may leave this machine; a hosted model is refused.")
    ] = False,
    send_to_model: Annotated[
        bool, typer.Option("--send-to-model", help="The redacted text may be sent to a hosted model.")
    ] = False,
    space: Annotated[
        str, typer.Option(metavar="RUBRIC", help="The rubric in whose space the person is placed.")
    ] = "sdt",
    until: Annotated[
        str | None,
        typer.Option(
            metavar="STAGE", help="The last stage: `intake`, `annotation`, `scenarios`, `checks`. Default: all."
        ),
    ] = None,
    seed: Annotated[int, typer.Option(metavar="N", help="Seed of everything random.")] = 0,
    json_: Json = False,
) -> None:
    """Turn conversations into scenarios: names are taken out, what they tell is marked, cards are written and checked.

    Names, places, schools, employers, addresses, dates, handles and numbers become placeholders such as `[name 1]`,
    the same for the same one in a conversation and numbered anew in the next. What is not English, too short, nearly
    the same as an earlier one or cannot be read is left out, and report.md counts why. The
    text is pseudonymised, not anonymous: rules miss names (docs/distill.md says how many).

    Then each conversation is marked: where the person stands at the start and the end, their needs, what they wanted
    and turned away, what it is about, danger; each with the words that it stands on. `--annotator offline` reads that
    by rules and sends nothing; a model is asked once a conversation, and a mark whose words nobody said is refused.
    Text goes to a hosted model with --send-to-model alone; `local` and a server on this machine are none.

    Then a card is written for each, out of a bank of lines of our own, with the numbers that were marked and nothing
    that leads back to the conversation; last, each card is linted and rehearsed: agents of known skill have to come in
    their order, and a skilled one has to arrive. What fails is set apart, with its cause.

    The folder holds conversations.jsonl; report.md, annotation.md and checks.md, all as JSON too; scenarios/, with a
    good reply to each line in graded/; refused/; provenance.jsonl; distill.json; databases. `empa annotate` opens it
    for people: then the same command writes the cards by what they marked. Stopped or killed, it goes on where it was.

    Examples:

      empa distill chats.jsonl --out distilled

      empa distill export.txt --role Ewa=persona --role Olga=empathic --out distilled

      empa distill chats.jsonl --out sample --limit 200 --until intake --json

      empa distill chats.jsonl --out distilled --annotator openai:gpt-4.1 --send-to-model

      empa distill chats.jsonl --out distilled --annotator local --offline

      empa distill --one went-wrong.json --out case

      empa run --personas distilled/scenarios --empathic my_package.agent:graph

    Exit code 0: done; 1: a stage leaves nothing to the next; 2: the command line, the corpus, the folder
    or the model is wrong; 3: stopped by Ctrl-C, or a model did not answer of some; what was done is kept.
    """
    from empa_graph.chats.reader import told_how
    from empa_graph.cli.distill_annotation import Marking
    from empa_graph.cli.distill_command import Wanted, distilled

    bounds = {"least_turns": least_turns, "most_turns": most_turns, "least_words": least_words}
    if one:
        bounds |= {"least_turns": 1, "least_words": 0}
    distilled(
        corpus,
        out,
        Wanted(
            how=told_how(format_, role or ()),
            one=one,
            limit=limit,
            bounds=bounds,
            own_rules=own_rules,
            until=until,
            rubric=space,
            marking=Marking(annotator, offline, send_to_model, typed, seed),
            as_json=json_,
        ),
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
            metavar="N",
            min=1,
            help="Only so many conversations. The same for all who give one seed; fewer are the first of more.",
        ),
    ] = None,
    seed: Annotated[int, typer.Option(metavar="N", help="What draws the sample and its order.")] = 0,
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
    settle: Annotated[
        bool,
        typer.Option("--settle", help="Open the page of what people differ on; with --terminal ask here for it."),
    ] = False,
    export: Annotated[
        Path | None, typer.Option("--export", parser=place, metavar="FILE.csv", help="Write the current marks.")
    ] = None,
    import_: Annotated[
        Path | None, typer.Option("--import", parser=place, metavar="FILE.csv", help="Keep the marks of a table.")
    ] = None,
    port: Port = 0,
    json_: Json = False,
) -> None:
    """Mark what scenarios are made of: where the person stands, their needs, what they wanted, whether there is danger.

    Without another option it opens a page for one annotator: the conversation, the variables with their anchors, and
    what others marked once one's own marks are given. Every mark is kept as it is made; any conversation can be
    skipped without a reason. Each annotator starts a page of their own; several may work on one folder at once. Marks
    lie in the folder, in annotations.sqlite3. With --settle the page shows everybody's marks where people differ, and
    keeps the value that is to stand.

    Examples:

      empa annotate distilled --annotator ewa --sample 60

      empa annotate distilled --annotator tom --sample 60 --terminal

      empa annotate distilled --agreement

      empa annotate distilled --annotator ida --settle

      empa annotate distilled --export marks.csv

    Exit code 0: done; 2: the command line, the folder or a row of a table is wrong (the other rows are kept); 3:
    stopped before all was asked, and every mark is kept.
    """
    from empa_graph.cli.annotate_command import Chosen, Wanted, annotated

    chosen = Chosen(terminal, agreement, settle, export, import_, machines=machines, as_json=json_, port=port)
    annotated(Wanted(folder, annotator, sample, seed, rubric), chosen)
