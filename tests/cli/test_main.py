from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.command import COMMAND, SCENARIO, empa, environment
from tests.forked import empa_started

AGENT = """
def reply(messages):
    return "What would help you tonight?"
"""


def test_a_users_error_is_one_line_on_stderr_and_exit_code_2(tmp_path: Path):
    done = empa_started("run", "exam_studnt", cwd=tmp_path).ended()
    assert (done.code, done.out) == (2, "")
    assert done.err == "empa: unknown scenario or persona 'exam_studnt'. Did you mean 'exam_student'?\n"
    assert list(tmp_path.iterdir()) == []


def test_an_option_that_does_not_exist_names_the_nearest_and_is_exit_code_2():
    done = empa("run", "--limt", "3")
    assert done.code == 2
    assert "--limt" in done.err and "--limit" in done.err


def test_a_number_outside_its_range_is_exit_code_2():
    done = empa("run", "--noise", "2")
    assert done.code == 2 and "--noise" in done.err


def test_an_agent_in_the_working_folder_is_found(tmp_path: Path):
    (tmp_path / "my_agent.py").write_text(AGENT)
    words = ("run", SCENARIO, "--empathic", "my_agent:reply", "--max-turns", "1", "--out", "run")
    done = empa_started(*words, cwd=tmp_path).ended()
    assert done.code == 0, done.err


def test_control_characters_of_an_error_do_not_reach_the_terminal():
    done = empa("show", "a\x1b[31mb\nc")
    assert done.code == 2
    assert done.err.startswith("empa: unknown scenario or persona 'a[31mb c'")
    assert done.err.count("\n") == 1


def test_without_words_the_help_is_shown():
    assert "Usage: empa" in empa().out


def test_the_version_is_printed():
    done, asked = empa("version"), empa("--version")
    assert done.code == asked.code == 0 and done.out.count(".") == 2
    assert asked.out == done.out


def shell(line: str, **more: str) -> tuple[int, str, str]:
    """Run ``line``, in which ``$E`` is the command."""
    env = environment(E=COMMAND, **more)
    done = subprocess.run(["bash", "-o", "pipefail", "-c", line], env=env, capture_output=True, text=True, check=False)
    return done.returncode, done.stdout, done.stderr


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="this system has no /dev/full")
def test_a_full_disk_under_standard_output_is_one_line():
    assert shell("$E version >/dev/full") == (1, "", "empa: input or output failed: no space left on device\n")


def test_success_is_exit_code_0_with_nothing_on_stderr():
    code, out, err = shell("PYTHONIOENCODING=ascii $E list")
    assert (code, err) == (0, "") and "36 scenarios of 12 personas" in out
    assert "| exam_student/reduce_stress" in out, "the lines of the table that ASCII lacks"


def test_a_closed_standard_output_is_no_error():
    assert shell("$E list 'exam*' >&-") == (0, "", "")


def test_a_reader_that_leaves_is_no_traceback():
    assert shell("$E list | true; $E list --json | true")[2] == ""


INTERRUPTED = """
import sys
from empa_graph.cli import main
class Interrupt:
    def find_spec(self, name, path=None, target=None):
        if name == "empa_graph.cli.app":
            raise KeyboardInterrupt
sys.meta_path.insert(0, Interrupt())
main(["list"])
"""


def test_an_interruption_of_the_imports_is_no_traceback():
    done = subprocess.run([sys.executable, "-c", INTERRUPTED], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (
        130,
        "",
        "empa: interrupted while starting; nothing was begun\n",
    )


def test_an_interrupted_command_that_says_nothing_itself_is_no_silence(monkeypatch: pytest.MonkeyPatch):
    def interrupted(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("empa_graph.cli.show.list_scenarios", interrupted)
    done = empa("list")
    assert (done.code, done.out, done.err) == (130, "", "empa: interrupted\n")


@pytest.mark.parametrize("words", [("run", "--out", ""), ("export", "runs/x", "--out="), ("score", "x", "--out", "")])
def test_an_empty_name_of_a_file_to_write_is_refused(words: tuple[str, ...]):
    done = empa(*words)
    assert (done.code, done.out) == (2, "")
    assert done.err.startswith("empa: invalid value for '--out': it is empty")
