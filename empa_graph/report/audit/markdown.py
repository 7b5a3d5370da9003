r"""A dossier in Markdown (GitHub's kind), for repositories and for tools that turn it into documents.

Rule: nothing that was written elsewhere can act as Markdown or HTML: what marks structure is escaped with a
backslash, ``<`` and ``&`` as entities. Our own are only the places that links lead to.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from empa_graph.report.audit.blocks import Block, Bullets, Grid, Heading, Line, Paragraph, Row, Section, Span, Talk
from empa_graph.report.text import one_line, visible

_MARKS = re.compile(r"([`*_\[\](){}#~!$@^=>])")
_ENTITIES = {"&": "&amp;", "<": "&lt;", "|": "&#124;", "\\": "&#92;"}
_FIRST = re.compile(r"^(\d{0,9})([-+.])(?=\s|$|-)")
_ADDRESS = re.compile(r"(?<=[A-Za-z0-9])(:)(?=//)|(?<=www)(\.)", re.IGNORECASE)


def dossier_markdown(title: str, sections: Sequence[Section]) -> str:
    """Return a document as Markdown."""
    parts = [f"# {escaped(title)}: audit dossier", _contents(sections)]
    for section in sections:
        parts.append(f"{_place(section.id)}\n\n## {escaped(section.title)}")
        parts += ["\n".join(_block(block)) for block in section.blocks]
    return "\n\n".join(parts) + "\n"


def escaped(text: str) -> str:
    """Return ``text`` in one line, as words that Markdown shows as they are."""
    named = "".join(_ENTITIES.get(letter, letter) for letter in one_line(visible(text)))
    return _FIRST.sub(r"\1\\\2", _ADDRESS.sub(lambda found: f"\\{found[0]}", _marked(named)))


def _marked(text: str) -> str:
    """Return ``text`` with a backslash before each mark; the # of an entity of ours stays."""
    return _MARKS.sub(r"\\\1", text).replace("&\\#", "&#")


def _contents(sections: Sequence[Section]) -> str:
    return "\n".join(f"- [{escaped(section.title)}](#{section.id})" for section in sections)


def _place(name: str) -> str:
    return f'<a id="{name}"></a>'


def _line(spans: Line) -> str:
    return "".join(_span(span) for span in spans)


def _span(span: Span) -> str:
    return f"[{escaped(span.text)}](#{span.to})" if span.to else _spaced(span.text)


def _spaced(text: str) -> str:
    """Return text escaped, with the spaces at its ends."""
    before, behind = " " * text.startswith(" "), " " * (text.endswith(" ") and text.strip() != "")
    return f"{before}{escaped(text)}{behind}"


def _block(block: Block) -> Iterator[str]:
    match block:
        case Paragraph():
            yield f"**Note.** {_line(block.line)}" if block.warning else _line(block.line)
        case Heading():
            yield f"{_place(block.id)}\n\n### {escaped(block.text)}"
        case Bullets():
            yield from (f"- {_line(item)}" for item in block.items)
        case Grid():
            yield from _grid(block)
        case Talk():
            yield from _talk(block)


def _grid(block: Grid) -> Iterator[str]:
    yield f"{_place(block.id)}{escaped(block.caption)}\n"
    yield f"| {' | '.join(map(escaped, block.head))} |"
    yield f"|{'---|' * len(block.head)}"
    yield from (_row(row) for row in block.rows)


def _row(row: Row) -> str:
    first, *others = map(_line, row.cells)
    return f"| {' | '.join((_place(row.id) + first, *others))} |"


def _talk(block: Talk) -> Iterator[str]:
    for message in block.messages:
        yield f"{_place(message.id) if message.id else ''}**{escaped(message.who)}**\n"
        for paragraph in message.text.split("\n"):
            if paragraph.strip():
                yield f"> {escaped(paragraph)}\n>"
        yield ""
        yield from (f"- *{escaped(remark)}*" for remark in message.remarks)
        yield ""
