"""Every Eval Ever 0.3.0 for tests: its schemas out of its wheel, its own programs in an environment of their own.

Nothing of it is kept here: it comes from the package index, and a test that cannot have it is skipped with the reason.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from tests.own_environment import made, pip

WANTED = "every-eval-ever==0.3.0"
CONVERTER_NEEDS = "inspect_ai>=0.3.160,<0.4"
"""What its converter imports; of its other requirements nothing is used here."""
PYTHONS = ("python3.12", "python3.13")


class Schemas(NamedTuple):
    """The two JSON schemas."""

    record: dict[str, Any]
    sample: dict[str, Any]


def schemas(folder: Path) -> Schemas:
    """Return the schemas, from a wheel that is put into ``folder``."""
    pip(WANTED, "download", "--no-deps", "--ignore-requires-python", "--dest", folder, WANTED)
    (wheel,) = folder.glob("every_eval_ever-*.whl")
    with zipfile.ZipFile(wheel) as held:
        names = ("eval.schema.json", "instance_level_eval.schema.json")
        return Schemas(*(json.loads(held.read(f"every_eval_ever/schemas/{name}")) for name in names))


def own_python(folder: Path) -> Path:
    """Return a Python of an environment in ``folder`` that holds the converter; its language is newer than ours."""
    found = _python()
    if found is None:
        pytest.skip("Every Eval Ever's converter needs Python 3.12, and none was found here")
    python = made(folder, found)
    pip(WANTED, "install", CONVERTER_NEEDS, python=python)
    pip(WANTED, "install", "--no-deps", WANTED, python=python)
    return python


def _python() -> str | None:
    """Return a Python of version 3.12 or 3.13: this one, one on the path, or one of pyenv."""
    if sys.version_info[:2] in ((3, 12), (3, 13)):
        return sys.executable
    root = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv"))
    kept = [*root.glob("versions/3.12.*/bin/python"), *root.glob("versions/3.13.*/bin/python")]
    named = [path for name in PYTHONS if (path := shutil.which(name)) is not None]
    return next((path for path in (*map(str, kept), *named) if _runs(path)), None)


def _runs(python: str) -> bool:
    """Say whether ``python`` is one: a shim of pyenv stands for versions that are not chosen, too."""
    return subprocess.run([python, "-c", "import ensurepip, venv"], capture_output=True, check=False).returncode == 0
