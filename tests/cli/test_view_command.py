from __future__ import annotations

import socket
from pathlib import Path

import pytest

from tests.command import empa


@pytest.mark.parametrize(
    ("words", "fault"),
    [
        (["nowhere"], "nowhere: no folder here"),
        ([".", "--rating", "Support"], "--rating 'Support': allowed is NAME or NAME=LOW..HIGH"),
        (["sqlite:///nothing.db"], "sqlite:///nothing.db: no run store here"),
        ([".", "--port", "70000"], "allowed is from 0 to 65535"),
        ([".", "--host", "0.0.0.0"], "unknown option '--host'"),
    ],
)
def test_what_cannot_be_shown_is_one_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, words: list[str], fault: str
):
    monkeypatch.chdir(tmp_path)
    done = empa("view", *words)
    assert done.code == 2 and fault in done.err and done.err.count("\n") == 1


def test_a_port_that_is_taken_is_said(tmp_path: Path):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        done = empa("view", tmp_path, "--port", port)
    assert (done.code, done.err) == (2, f"empa: --port {port}: address already in use\n")


def test_without_a_folder_the_runs_are_meant(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.chdir(tmp_path)
    assert empa("view").err == "empa: runs: no folder here\n"
