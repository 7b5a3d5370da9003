"""Play the pages that show what commands print, and write what they print: ``python docs/play_pages.py [PAGE ...]``.

Rule: a block of ``sh`` with a block of ``text`` right below it is played, in a folder of the page's own; a block whose
first line is ``# NAME.py`` or ``# NAME.yaml``, or whose title is a name, is written there as that file. ``| head -N``
keeps the first lines, what ends with another exit code than 0 says so, and times and heads of chains are ``...``.
"""

from __future__ import annotations

import io
import os
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from contextlib import chdir, contextmanager, redirect_stderr, redirect_stdout
from pathlib import Path
from tempfile import TemporaryDirectory

from empa_graph.cli import main
from empa_graph.content.registry import REGISTRY

ROOT = Path(__file__).parents[1]
PAGES = tuple(
    ROOT / name
    for name in (
        "README.md",
        *(
            f"docs/{name}.md"
            for name in ("tutorial", "runs", "models", "gates", "live", "extending", "annotating", "crisis-dialogue")
        ),
    )
)
_BLOCK = re.compile(r'```(\w+)(?: title="([\w.-]+)")?\n(.*?)```(?:\n\n```text\n(.*?)```)?', re.DOTALL)
_FILE = re.compile(r"# ([\w/-]+\.(?:py|yaml))\n")
_NEVER_THE_SAME = re.compile(r"(?<=\bhead )[0-9a-f]{16,64}\b|\d{4}-\d\d-\d\dT[\d:.]+\+00:00")
_TERMINAL = {"COLUMNS": "100", "NO_COLOR": "1", "TERM": "xterm", "LC_ALL": "C.UTF-8", "PYTHONWARNINGS": "ignore"}


def played(text: str, folder: Path) -> str:
    """Return the page with what its commands print in ``folder``, an empty one."""
    with chdir(folder), _plain_terminal(), REGISTRY.scratch():
        return _BLOCK.sub(lambda block: _played(block, folder), text)


def _played(block: re.Match[str], folder: Path) -> str:
    kind, title, body, printed = block.groups()
    first = _FILE.match(body)
    if name := title or (first and first[1]):
        place = folder / name
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(body, encoding="utf-8")
    if kind != "sh" or printed is None:
        return block[0]
    said = "".join(_output(line) for line in body.splitlines() if line)
    return f"```sh\n{body}```\n\n```text\n{said}```"


def _output(line: str) -> str:
    command, _, kept = line.partition(" | head -")
    words = shlex.split(command, comments=True)
    code, said = _empa(words[1:]) if words[0] == "empa" and "<" not in words else _process(words)
    said = _NEVER_THE_SAME.sub("...", said)
    lines = [shown.rstrip() for shown in said.strip("\n").splitlines()][: int(kept) if kept else None]
    return "".join(f"{shown}\n" for shown in (*lines, *([f"(exit code {code})"] if code else [])))


def _empa(words: list[str]) -> tuple[int, str]:
    out = io.StringIO()
    with redirect_stdout(out), redirect_stderr(out):
        try:
            main(words)
        except SystemExit as end:
            return int(end.code or 0), out.getvalue()
    return 0, out.getvalue()


def _process(words: list[str]) -> tuple[int, str]:
    """Run a script, a module or a command of this environment, with a file behind ``<`` as its input."""
    given = words.index("<") if "<" in words else len(words)
    name, *rest = words[:given]
    command = [sys.executable] if name == "python" else [str(Path(sys.executable).with_name(name))]
    text = Path(words[-1]).read_text(encoding="utf-8") if given < len(words) else None
    out = {"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT}
    done = subprocess.run([*command, *rest], input=text, text=True, check=False, **out)
    return done.returncode, done.stdout


@contextmanager
def _plain_terminal() -> Iterator[None]:
    before = dict(os.environ)
    for name in [name for name in before if name.startswith("EMPA_") or name.endswith("_API_KEY")]:
        del os.environ[name]
    os.environ.update(_TERMINAL)
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)


if __name__ == "__main__":
    for page in [Path(name) for name in sys.argv[1:]] or PAGES:
        with TemporaryDirectory() as empty:
            page.write_text(played(page.read_text(encoding="utf-8"), Path(empty)), encoding="utf-8")
