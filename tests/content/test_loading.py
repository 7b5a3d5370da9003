from __future__ import annotations

import os
import re
from pathlib import Path

import pytest
from pydantic import Field, ValidationError

from empa_graph.content.loading import DEEPEST, LARGEST_FILE, faults, load_model, read_text, read_yaml
from empa_graph.errors import ContentError
from empa_graph.models.record import Record, Slug, Unit


class Lamp(Record):
    """A small nested model."""

    watts: int
    dimmed: Unit = 0.0


class Room(Record):
    """What the files of these tests hold."""

    id: Slug
    lamps: tuple[Lamp, ...]
    doors: dict[str, Lamp] = Field(default_factory=dict)


def written(folder: Path, text: str | bytes) -> Path:
    path = folder / "room.yaml"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def complaint(folder: Path, text: str | bytes) -> str:
    path = written(folder, text)
    with pytest.raises(ContentError) as caught:
        load_model(path, Room)
    return str(caught.value).removeprefix(str(path))


def test_a_sound_file_becomes_its_model(tmp_path: Path):
    path = written(tmp_path, "id: hall\nlamps:\n  - {watts: 5}\n  - watts: 40\n    dimmed: 0.5\n")
    assert load_model(path, Room) == Room(id="hall", lamps=(Lamp(watts=5), Lamp(watts=40, dimmed=0.5)))


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("id: hall\nlamps: [1, 2\n", 3),
        ("id: hall\nlamps:\n\t- 1\n", 3),
        ("id: hall\n  lamps: 1\n", 2),
        ("id: 'hall\n", 2),
        ("id: hall\n---\nid: attic\n", 2),
        ("id: hall\nlamps: @home\n", 2),
    ],
)
def test_malformed_yaml_is_said_with_its_line(tmp_path: Path, text: str, line: int):
    assert complaint(tmp_path, text).startswith(f":{line}: malformed YAML: ")


def test_an_alias_is_refused_before_it_can_multiply(tmp_path: Path):
    rows = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    rows += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 10)]
    assert complaint(tmp_path, "\n".join(rows)) == ":2: malformed YAML: aliases are not allowed"


def test_a_file_that_holds_itself_is_refused(tmp_path: Path):
    assert complaint(tmp_path, "id: &me\n  lamps: *me\n") == ":2: malformed YAML: aliases are not allowed"


@pytest.mark.parametrize(
    "tag", ["!!python/object/apply:os.getcwd []", "!!int ''", "!!bool maybe", "!!timestamp x", "!x"]
)
def test_a_tag_is_refused(tmp_path: Path, tag: str):
    assert complaint(tmp_path, f"id: hall\nlamps: {tag}\n") == ":2: malformed YAML: tags are not allowed"


@pytest.mark.parametrize("opening", ["[", "{a: ", "- ", "? "])
def test_nesting_without_end_is_refused(tmp_path: Path, opening: str):
    """Some releases of libyaml bound the depth themselves, and look ahead of the events at which ours is counted."""
    found = complaint(tmp_path, opening * 100_000)
    assert re.fullmatch(r":1: malformed YAML: (nested more than 32 levels deep|exceeded maximum nesting depth)", found)


def test_nesting_counts_levels_and_not_lists(tmp_path: Path):
    level = "[" * DEEPEST + "]" * DEEPEST
    assert read_yaml(written(tmp_path, level)).data
    assert read_yaml(written(tmp_path, "- []\n" * 10 * DEEPEST)).data
    assert "nested more than" in complaint(tmp_path, f"[{level}]")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("id: hall\nlamps: []\nid: attic\n", ":3: the key 'id' stands twice"),
        ("id: hall\nlamps:\n  - watts: 5\n    watts: 6\n", ":4: the key 'watts' stands twice"),
        ("id: hall\n? [a, b]\n: 1\n", ":2: a key must be plain text"),
    ],
)
def test_a_key_stands_once_and_is_text(tmp_path: Path, text: str, said: str):
    assert complaint(tmp_path, text) == said


def test_one_key_may_stand_in_two_places(tmp_path: Path):
    path = written(tmp_path, "id: hall\nlamps: [{watts: 5}, {watts: 6}]\n")
    assert [lamp.watts for lamp in load_model(path, Room).lamps] == [5, 6]


@pytest.mark.parametrize("text", ["", "\n\n", "# nothing yet\n"])
def test_an_empty_file_is_called_empty(tmp_path: Path, text: str):
    assert complaint(tmp_path, text) == ": the file is empty"


@pytest.mark.parametrize(("text", "found"), [("null\n", "nothing"), ("- 1\n", "a list"), ("hello\n", "'hello'")])
def test_a_document_that_is_no_mapping_is_refused(tmp_path: Path, text: str, found: str):
    assert complaint(tmp_path, text) == f":1: the document: allowed are the fields id, lamps, doors; found {found}"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("id: hall\nlamps: {watts: 5}\n", ":2: lamps: allowed is a list, found fields"),
        ("id: hall\nlamps: 5\n", ":2: lamps: allowed is a list, found '5'"),
        ("id: hall\nlamps:\n  - 5\n", ":3: lamps.0: allowed are the fields watts, dimmed; found '5'"),
        ("id: hall\nlamps: []\ndoors: [red]\n", ":3: doors: allowed are entries as name: value; found a list"),
    ],
)
def test_what_has_another_shape_is_answered_with_the_one_that_is_allowed(tmp_path: Path, text: str, said: str):
    assert complaint(tmp_path, text) == said


def test_a_file_is_refused_by_its_size_before_it_is_read(tmp_path: Path):
    path = tmp_path / "huge.yaml"
    with path.open("wb") as file:
        file.truncate(LARGEST_FILE + 1)
    with pytest.raises(ContentError, match="524,289 bytes, allowed are 524,288"):
        read_yaml(path)


def test_a_text_of_just_the_largest_size_is_read(tmp_path: Path):
    assert len(read_text(written(tmp_path, "x" * 10), 10)) == 10
    with pytest.raises(ContentError, match="11 bytes, allowed are 10"):
        read_text(written(tmp_path, "x" * 11), 10)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no named pipes")
def test_a_pipe_that_nobody_writes_to_is_refused_and_not_waited_for(tmp_path: Path):
    os.mkfifo(tmp_path / "pipe.yaml")
    with pytest.raises(ContentError, match=r"pipe\.yaml: cannot be read \(not a regular file\)$"):
        read_yaml(tmp_path / "pipe.yaml")


@pytest.mark.skipif(not Path("/dev/zero").exists(), reason="this system has no /dev/zero")
def test_a_device_without_end_is_refused():
    with pytest.raises(ContentError, match=r"/dev/zero: cannot be read \(not a regular file\)$"):
        read_yaml(Path("/dev/zero"))


@pytest.mark.skipif(not Path("/proc/self/maps").exists(), reason="no file here that is longer than it says")
def test_a_file_longer_than_it_says_is_read_to_its_limit_only():
    says_empty = Path("/proc/self/maps")
    assert says_empty.stat().st_size == 0
    with pytest.raises(ContentError, match=r"maps: more than the allowed 10 bytes$"):
        read_text(says_empty, 10)


def test_every_line_end_is_read_as_a_newline(tmp_path: Path):
    assert read_text(written(tmp_path, b"a\r\nb\rc\n\r\n"), 99) == "a\nb\nc\n\n"


def test_text_that_is_not_utf8_is_said_with_the_byte(tmp_path: Path):
    assert complaint(tmp_path, "id: café\n".encode("latin-1")) == ": not UTF-8 text (byte 7)"


@pytest.mark.parametrize("value", ["\0", "2026-13-45", "0x_", "9" * 5_000])
def test_a_value_yaml_cannot_make_is_malformed(tmp_path: Path, value: str):
    assert complaint(tmp_path, f"id: {value}\n").startswith(": malformed YAML: ")


def test_a_missing_file_and_a_folder_are_said_plainly(tmp_path: Path):
    with pytest.raises(ContentError, match=r"gone\.yaml: cannot be read \(no such file or directory\)$"):
        read_yaml(tmp_path / "gone.yaml")
    with pytest.raises(ContentError, match=r"cannot be read \(is a directory\)$"):
        read_yaml(tmp_path)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("id: hall\n\nlamps:\n  - watts: dim\n", ":4: lamps.0.watts: Input should be a valid integer"),
        ("id: hall\nlamps:\n  - watts: 5\n    dimmed: 1.5\n", ":4: lamps.0.dimmed: Input should be less"),
        ("id: hall\nlamps:\n  - dimmed: 0.5\n", ":3: lamps.0.watts: this field is missing"),
        ("id: hall\n", ":1: lamps: this field is missing"),
        ("id: hall\nlamps: []\ndoors:\n  red:\n    watts: x\n", ":5: doors.red.watts: Input should be a valid integer"),
    ],
)
def test_a_fault_stands_on_the_line_of_its_field_or_of_the_nearest_parent(tmp_path: Path, text: str, said: str):
    assert complaint(tmp_path, text).startswith(said)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("id: hall\nlamp: []\nlamps: []\n", ":2: lamp: unknown field; did you mean 'lamps'?"),
        ("id: hall\nlamps: [{watts: 5, dimed: 0.1}]\n", ":2: lamps.0.dimed: unknown field; did you mean 'dimmed'?"),
        ("id: hall\nlamps: []\ndoors: {red: {watts: 1, wats: 2}}\n", ":3: doors.red.wats: unknown field; did you mean"),
        ("id: hall\nlamps: []\nzzz: 1\n", ":3: zzz: unknown field; allowed are id, lamps, doors"),
    ],
)
def test_an_unknown_field_is_answered_with_the_nearest_one(tmp_path: Path, text: str, said: str):
    assert complaint(tmp_path, text).startswith(said)


def test_what_was_found_is_quoted_and_cut_short(tmp_path: Path):
    said = complaint(tmp_path, f"id: {'X' * 5_000}\nlamps: []\n")
    assert said.endswith(f"found '{'X' * 80}'")


def test_every_fault_of_a_file_is_listed(tmp_path: Path):
    document = read_yaml(written(tmp_path, "id: Hall\nlamps:\n  - watts: x\n"))
    with pytest.raises(ValidationError) as caught:
        Room.model_validate(document.data)
    places = [fault.removeprefix(f"{document.path}:")[0] for fault in faults(document, Room, caught.value)]
    assert places == ["1", "3"]
