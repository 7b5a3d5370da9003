"""A store in a folder that cannot be written, read by a process that permission bits bind: root's are taken off."""

from __future__ import annotations

import json
import os
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.command import empa

_BOUND = ("--bounding-set", "-dac_override,-dac_read_search", "--inh-caps", "-dac_override,-dac_read_search")
_CODE = """
import json, sys
from tests.command import empa
print(json.dumps([empa(*words) for words in json.loads(sys.argv[1])]))
"""


def bound(*commands: tuple[object, ...]) -> list[list[object]]:
    """Return code, stdout and stderr of each of ``commands``, run without root's right to write everywhere."""
    before: tuple[str, ...] = ()
    if os.geteuid() == 0:
        if (setpriv := shutil.which("setpriv")) is None:
            pytest.skip("root may write everywhere, and without setpriv that right cannot be taken off")
        before = (setpriv, *_BOUND)
    words = json.dumps([[str(word) for word in command] for command in commands])
    done = subprocess.run((*before, sys.executable, "-c", _CODE, words), capture_output=True, text=True, check=True)
    return list(json.loads(done.stdout))


@pytest.fixture
def ro(tmp_path: Path) -> Iterator[Path]:
    """A finished run; it can be written until the test closes it, and is left so that it can be removed."""
    made = empa("run", "exam_student", "--empathic", "scripted:template", "--max-turns", 1, "--out", tmp_path / "ro")
    assert made.code == 0
    yield tmp_path / "ro"
    (tmp_path / "ro").chmod(0o755)


def closed(folder: Path) -> Path:
    """Take the right to write off the folder and all in it."""
    for path in (*folder.iterdir(), folder):
        path.chmod(path.stat().st_mode & ~0o222)
    return folder


def test_every_reader_opens_a_run_that_cannot_be_written(ro: Path, tmp_path: Path):
    closed(ro)
    asked = (
        ("show", ro),
        ("verify", ro),
        ("report", ro, "--json"),
        ("compare", f"a={ro}", f"b={ro}"),
        ("diff", ro, ro),
        ("gate", ro, ro),  # 4: too few episodes to say anything
        ("export", ro, "--out", tmp_path / "episodes.jsonl"),
        ("audit", ro, "--out", tmp_path / "audit.html"),
        ("plot", "course", ro, "--out", tmp_path / "course.svg"),
    )
    for words, (code, _, err) in zip(asked, bound(*asked), strict=True):
        assert code in (0, 4) and "readonly" not in str(err), (words, code, err)
    assert not list(ro.glob("*-shm"))


def test_a_writer_of_a_run_that_cannot_be_written_is_told_in_one_line(ro: Path):
    ((code, _, err),) = bound(("resume", closed(ro)))
    assert (code, err) == (2, f"empa: {ro}/run.db.lock: cannot make the lock (permission denied)\n")


def test_a_file_that_alone_cannot_be_written_is_read(ro: Path):
    (ro / "run.db").chmod(0o444)
    ((code, out, err),) = bound(("verify", ro))
    assert (code, err) == (0, "") and "0 faults, sealed" in str(out)


@pytest.mark.parametrize("index", [True, False], ids=["with its index", "without"])
def test_what_lies_in_the_log_alone_is_read_or_named_and_never_left_out(ro: Path, tmp_path: Path, index: bool):
    before = sqlite3.connect(ro / "run.db", isolation_level=None)
    before.execute("PRAGMA wal_autocheckpoint = 0")
    before.execute("UPDATE runs SET sealed_head = 'changed in the log'")
    copied = tmp_path / "copied"
    shutil.copytree(ro, copied)
    before.close()
    if not index:
        (copied / "run.db-shm").unlink()
    ((code, out, err),) = bound(("verify", closed(copied)))
    copied.chmod(0o755)
    if index:
        assert code == 1 and "seal" in str(out)
    else:
        assert code == 2 and "run.db-wal holds what was written last" in str(err) and str(err).count("\n") == 1
