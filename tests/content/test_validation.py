from __future__ import annotations

from pathlib import Path

import pytest

from empa_graph.content.library import content_folder, load_persona, load_rubric, persona_files
from empa_graph.content.validation import SHARED_WORDS, check_file, check_space, shared_text
from empa_graph.errors import ContentError
from empa_graph.models.rubric import StepSizes
from tests.scripted_parts import CARDS

RUBRIC = load_rubric()
CARD = "apprentice_electrician"
TEXT = (CARDS / f"{CARD}.yaml").read_text(encoding="utf-8")


def card(folder: Path, *changes: tuple[str, str], name: str = CARD) -> Path:
    """Write the bundled card with the first of each (old, new) changed."""
    text = TEXT
    for old, new in changes:
        assert old in text
        text = text.replace(old, new, 1)
    (path := folder / f"{name}.yaml").write_text(text, encoding="utf-8")
    return path


def line_of(part: str) -> int:
    return TEXT[: TEXT.index(part)].count("\n") + 1


def test_the_bundled_library_has_no_fault():
    assert [fault for path in persona_files() for fault in check_file(path, RUBRIC)] == []
    assert shared_text(persona_files()) == []


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("age: 22", "age: twelve", "demographics.age: Input should be a valid integer"),
        ("age: 22", "age: 12", "demographics.age: Input should be greater than or equal to 18, found '12'"),
        ("context: work", "context: wrk", "goals.0.context: unknown word 'wrk'; did you mean 'work'?"),
        ("context: work", "context: crisis", "goals.0: a crisis goal states its constraints"),
        ("diction: clipped", "dicton: clipped", "voice.dicton: unknown field; did you mean 'diction'?"),
        (
            "cue: style_match",
            "cue: style_mach",
            "preferences.0.cue: unknown word 'style_mach'; did you mean 'style_match'",
        ),
        (
            "level: medium",
            "level: middling",
            "empathy_threshold.level: unknown word 'middling'; allowed are low, ",
        ),
        ("id: apprentice_electrician", "id: apprentice", "id: 'apprentice' and the file name"),
        ("value: -0.60", "value: .nan", "goals.0.spaces.sdt.start.autonomy.value: Input should be a finite number"),
        (
            "value: -0.60",
            "value: -1.2",
            "goals.0.spaces.sdt.start.autonomy.value: -1.2 lies outside the space, allowed is [-1, 1]",
        ),
        ("radius: {value: 0.15", "radius: {value: 0", "goals.0.spaces.sdt.radius.value: 0, allowed is above 0"),
        ("radius: {value: 0.19", "radius: {value: -1", "goals.1.spaces.sdt.radius.value: -1, allowed is above 0"),
    ],
)
def test_a_fault_is_said_with_its_file_line_and_field(tmp_path: Path, old: str, new: str, said: str):
    path = card(tmp_path, (old, new))
    found = [fault for fault in check_file(path, RUBRIC) if "field is missing" not in fault]
    line = line_of("id: site_banter") if said.startswith("goals.0: ") else line_of(old)
    assert [fault[: len(said) + len(f"{path}:{line}: ")] for fault in found] == [f"{path}:{line}: {said}"]


@pytest.mark.parametrize(
    ("before", "field"),
    [
        ("  deflect:\n", "lines.deflect.0"),
        ("  elaborate:\n", "lines.elaborate.0"),
        ("    openings:\n", "goals.0.openings.0"),
        ("experiences:\n", "experiences.0"),
    ],
)
def test_a_line_that_yaml_takes_for_a_field_is_one_fault_that_asks_for_quotes(tmp_path: Path, before: str, field: str):
    path = card(tmp_path, (before, f"{before}{' ' * (before.count(' ') + 2)}- Well: the van needs brakes\n"))
    why = """the line needs quotes, since it holds ': ': "Well: the van needs brakes\""""
    assert check_file(path, RUBRIC) == [f"{path}:{line_of(before) + 1}: {field}: {why}"]


def test_faulty_lines_are_not_counted_as_missing_and_those_that_are_missing_are(tmp_path: Path):
    deflect = TEXT[TEXT.index("  deflect:\n") : TEXT.index("  push_back:\n")]
    path = card(tmp_path, (deflect, "  deflect: [{Well: no}, aye right, next]\n"))
    assert [fault.rpartition(": lines.deflect")[2] for fault in check_file(path, RUBRIC)] == [
        """.0: the line needs quotes, since it holds ': ': "Well: ...\""""
    ]
    path = card(tmp_path, (deflect, "  deflect: [aye right, next]\n"))
    assert check_file(path, RUBRIC) == [f"{path}:{line_of('  deflect:')}: lines.deflect: needs at least 3 lines, has 2"]
    path = card(tmp_path, (deflect, f"  deflect: [{', '.join(['next'] * 41)}]\n"))
    assert check_file(path, RUBRIC)[0].endswith("lines.deflect: allowed are at most 40 lines, has 41")


def test_a_malformed_file_is_one_fault_with_its_line(tmp_path: Path):
    path = card(tmp_path, ("  age: 22", "\tage: 22"))
    [found] = check_file(path, RUBRIC)
    assert found.startswith(f"{path}:{line_of('age: 22')}: malformed YAML")


def test_a_missing_file_is_a_fault_and_no_crash(tmp_path: Path):
    [found] = check_file(tmp_path / "gone.yaml", RUBRIC)
    assert found.endswith("gone.yaml: cannot be read (no such file or directory)")


def test_every_fault_of_the_schema_is_told_at_once(tmp_path: Path):
    path = card(tmp_path, ("age: 22", "age: 12"), ("weight: 0.8", "weight: 8"), ("context: work", "context: wrk"))
    found = check_file(path, RUBRIC)
    assert [fault.removeprefix(f"{path}:").partition(":")[0] for fault in found] == [
        str(line_of("age: 22")),
        str(line_of("weight: 0.8")),
        str(line_of("context: work")),
    ]


def test_every_point_outside_the_space_is_told_at_once(tmp_path: Path):
    path = card(tmp_path, ("value: -0.60", "value: -1.5"), ("value: -0.05, annotator", "value: 9, annotator"))
    start, target = check_file(path, RUBRIC)
    assert "goals.0.spaces.sdt.start.autonomy.value: -1.5 lies outside" in start
    assert "goals.0.spaces.sdt.target.calm.value: 9 lies outside" in target


@pytest.mark.parametrize(
    ("side", "number"), [("start", "-0.60"), ("target", '0.15, annotator: maintainers, reason: "One refusal')]
)
def test_a_dimension_of_another_space_is_refused(tmp_path: Path, side: str, number: str):
    path = card(tmp_path, (f"autonomy: {{value: {number}", f"freedom: {{value: {number}"))
    unknown, missing = check_file(path, RUBRIC)
    line = line_of(f"        {side}:")
    known = "allowed are autonomy, competence, relatedness, calm"
    assert unknown == f"{path}:{line + 1}: goals.0.spaces.sdt.{side}.freedom: unknown dimension 'freedom'; {known}"
    assert missing == f"{path}:{line}: goals.0.spaces.sdt.{side}: without the dimension 'autonomy' of the space"


def test_a_dimension_of_the_space_that_is_misspelt_is_met_with_the_nearest(tmp_path: Path):
    path = card(tmp_path, ("calm: {value", "calmm: {value"))
    unknown, missing = check_file(path, RUBRIC)
    assert unknown.endswith("goals.0.spaces.sdt.start.calmm: unknown dimension 'calmm'; did you mean 'calm'?")
    assert missing.endswith("goals.0.spaces.sdt.start: without the dimension 'calm' of the space")


def test_a_target_that_cannot_be_reached_in_time_is_refused(tmp_path: Path):
    slow = RUBRIC.model_copy(update={"stop": RUBRIC.stop.model_copy(update={"min_turns": 1, "max_turns": 3})})
    path = card(tmp_path)
    found = check_file(path, slow)
    assert found[0] == f"{path}:{line_of('        target:')}: goals.0.spaces.sdt.target: not reachable in 3 turns"
    assert len(found) == 2


def test_a_target_below_a_start_that_only_rises_is_refused(tmp_path: Path):
    path = card(tmp_path, ("autonomy: {value: -0.60", "autonomy: {value: 0.80"))
    line = line_of('          autonomy: {value: 0.15, annotator: maintainers, reason: "One refusal')
    why = "goals.0.spaces.sdt.target.autonomy.value: 0.65 below the start, and progress on 'autonomy' only rises"
    assert check_file(path, RUBRIC) == [f"{path}:{line}: {why}"]


def test_a_fall_that_lies_within_the_radius_is_no_fault(tmp_path: Path):
    assert check_file(card(tmp_path, ("autonomy: {value: -0.60", "autonomy: {value: 0.20")), RUBRIC) == []


def test_a_target_above_a_start_that_only_falls_is_refused(tmp_path: Path):
    falling = {"calm": StepSizes(progress=(0.0, -0.05, -0.10), regress=(0.0, 0.06, 0.14))}
    found = check_file(card(tmp_path), RUBRIC.model_copy(update={"steps": RUBRIC.steps | falling}))
    assert found[0].endswith(".target.calm.value: 0.4 above the start, and progress on 'calm' only falls")


def test_a_target_below_a_start_from_which_progress_falls_is_sound(tmp_path: Path):
    falling = {"autonomy": StepSizes(progress=(0.0, -0.05, -0.10), regress=(0.0, 0.06, 0.14))}
    path = card(tmp_path, ("autonomy: {value: -0.60", "autonomy: {value: 0.80"))
    faults = check_file(path, RUBRIC.model_copy(update={"steps": RUBRIC.steps | falling}))
    assert not any("goals.0" in fault for fault in faults)


def test_a_target_at_its_start_is_refused(tmp_path: Path):
    head, start, _ = TEXT.partition("        start:\n")
    end = TEXT.index("        target:\n")
    numbers = TEXT[len(head) + len(start) : end]
    after = TEXT.index("        radius:")
    path = card(tmp_path, (TEXT[end:after], f"        target:\n{numbers}"))
    assert check_file(path, RUBRIC) == [
        f"{path}:{line_of('        target:')}: goals.0.spaces.sdt.target: the target is the start"
    ]


def test_a_start_within_the_radius_of_its_target_is_refused(tmp_path: Path):
    path = card(tmp_path, ("radius: {value: 0.15", "radius: {value: 0.97"))
    why = "the start lies within the radius of the target: 0.967 from the target, the radius is 0.97"
    assert check_file(path, RUBRIC) == [f"{path}:{line_of('        target:')}: goals.0.spaces.sdt.target: {why}"]
    assert check_file(card(tmp_path, ("radius: {value: 0.15", "radius: {value: 0.96")), RUBRIC) == []


def test_a_goal_without_a_start_in_the_rubrics_space_is_named(tmp_path: Path):
    path = card(tmp_path, *[("      sdt:\n        start:", "      sdd:\n        start:")] * 2)
    line = line_of("    spaces:")
    assert check_file(path, RUBRIC)[0] == (
        f"{path}:{line}: goals.0.spaces: rubric 'sdt' is played in space 'sdt', goal 'site_banter' has sdd, epm"
    )


def test_a_run_asks_nothing_of_goals_that_it_does_not_play(tmp_path: Path):
    path = card(tmp_path, ("      sdt:\n        start:", "      sdd:\n        start:"))
    first, second, *_ = load_persona(path).goals
    check_space(path, RUBRIC, goals={second.id})
    with pytest.raises(ContentError, match="goal 'site_banter' has sdd, epm"):
        check_space(path, RUBRIC, goals={first.id, second.id})


def test_an_old_card_is_told_where_its_start_stands_now(tmp_path: Path):
    path = card(tmp_path, ("    spaces:\n", "    epm: {}\n    gone:\n"))
    where = f"{path}:{line_of('id: site_banter')}: goals.0"
    assert check_file(path, RUBRIC) == [f"{where}: 'epm' stands under spaces: {{epm: {{levels}}}}"]


def test_an_opening_that_gives_the_goal_away_is_refused(tmp_path: Path):
    leak = ("Bought ear defenders the day.", "I'm paid to joke with the squad, so I stop at nothing.")
    path = card(tmp_path, leak)
    where = f"{path}:{line_of('Bought ear')}: goals.0.openings.1"
    title = "stop paying for the squad's jokes"
    assert check_file(path, RUBRIC) == [f"{where}: the opening gives away the goal '{title}'"]


def test_an_opening_that_quotes_when_the_goal_is_reached_is_refused(tmp_path: Path):
    path = card(tmp_path, ("Bought ear defenders the day.", "Funny WHAT, laughing along   costs."))
    where = f"{path}:{line_of('Bought ear')}: goals.0.openings.1"
    assert check_file(path, RUBRIC) == [f"{where}: the opening repeats words of reached_when"]


def test_an_opening_may_share_three_words_with_it(tmp_path: Path):
    assert check_file(card(tmp_path, ("Bought ear defenders the day.", "Laughing along costs me.")), RUBRIC) == []


def test_a_run_is_told_the_first_fault_and_how_many_more_there_are(tmp_path: Path):
    path = card(tmp_path, ("radius: {value: 0.15", "radius: {value: 0"), ("radius: {value: 0.19", "radius: {value: 0"))
    with pytest.raises(ContentError, match=r"goals\.0\.spaces\.sdt\.radius.*\(and 1 more: empa validate\)$"):
        check_space(path, RUBRIC)


def test_a_run_plays_a_sound_card(tmp_path: Path):
    check_space(card(tmp_path), RUBRIC)


def twins(folder: Path, line: str) -> list[Path]:
    """Write two small files that share ``line`` and nothing else."""
    (folder / "one.yaml").write_text(f"name: Ada\nlines:\n  - {line}\n", encoding="utf-8")
    (folder / "two.yaml").write_text(f"name: Bo\nbeats:\n  - id: b\n    text: {line.upper()}!\n", encoding="utf-8")
    return [folder / "one.yaml", folder / "two.yaml"]


def test_two_persons_who_share_six_words_in_a_row_are_named_with_the_place(tmp_path: Path):
    words = "the kettle is always on somewhere"
    assert len(words.split()) == SHARED_WORDS
    one, two = twins(tmp_path, words)
    assert shared_text([one, two]) == [f"{two}:4: beats.0.text: '{words}' also stands in one.yaml:3"]


def test_five_words_in_a_row_may_be_shared(tmp_path: Path):
    assert shared_text(twins(tmp_path, "the kettle is always on")) == []


def openers(folder: Path, *lines: str) -> list[Path]:
    """Write one small file for each opening."""
    files = [folder / f"person_{number}.yaml" for number in range(len(lines))]
    for file, line in zip(files, lines, strict=True):
        file.write_text(f"name: {file.stem}\ngoals:\n  - openings:\n      - {line}\n", encoding="utf-8")
    return files


@pytest.mark.parametrize(
    ("one", "two", "shared"),
    [
        ("I renamed the same file four times.", "Renaming the same page ten times.", "renaming ... same ... times"),
        ("They would all be better off without me.", "He is BETTER OFF without us.", "better ... off ... without"),
        ("He repaired the gate and then its hinge.", "I repair gates; hinges too.", "repair ... gates ... hinges"),
        ("A question of terminology, sir.", "A question of vocabulary, Miss.", "a question of"),
        ("Quick one. Where is everybody?", "Quick one! Do you cook?", "quick one"),
    ],
)
def test_a_device_used_by_two_persons_is_told_with_both_places(tmp_path: Path, one: str, two: str, shared: str):
    first, second = openers(tmp_path, one, two)
    assert check_file(second, RUBRIC)
    said = f"{second}:4: goals.0.openings.0: '{shared}' also stands in {first.name}:4"
    assert shared_text([first, second]) == [said]


@pytest.mark.parametrize(
    ("one", "two"),
    [
        ("He repaired the gate.", "I repaired my gate."),
        ("It wasn't me, and he couldn't have been with them.", "No, it wasn't, and they couldn't have been there."),
        ("The bus stood there with a driver asleep.", "Asleep, the driver of that bus."),
        ("The driver of the last slow yellow bus laughed.", "A driver who laughed on a bus."),
        ("There were 40 of 50 at 3.", "Of these I had 40, 50 and 3."),
        ("Is that usual?", "Is that yours, this umbrella?"),
    ],
)
def test_two_content_words_another_order_or_a_wider_span_may_be_shared(tmp_path: Path, one: str, two: str):
    assert shared_text(openers(tmp_path, one, two)) == []


def test_phrases_of_another_language_are_left_to_the_longer_rule(tmp_path: Path):
    files = openers(tmp_path, "Oma, Suppe, Zug.", "Erst Oma, Suppe, Zug.")
    assert len(shared_text(files)) == 1
    for file in files:
        file.write_text("language: de\n" + file.read_text(encoding="utf-8"), encoding="utf-8")
    assert shared_text(files) == []


def test_only_what_is_said_aloud_is_searched_for_phrases(tmp_path: Path):
    for name in ("one", "two"):
        (tmp_path / f"{name}.yaml").write_text("work: a night nurse in Dublin\n", encoding="utf-8")
    assert shared_text(sorted(tmp_path.iterdir())) == []


def test_a_person_may_repeat_itself(tmp_path: Path):
    path = tmp_path / "one.yaml"
    path.write_text("a: the kettle is always on somewhere\nb: the kettle is always on somewhere\n", encoding="utf-8")
    assert shared_text([path, path]) == []


def test_reasons_may_be_shared_and_unreadable_files_are_left_to_the_other_check(tmp_path: Path):
    for name in ("one", "two"):
        (tmp_path / f"{name}.yaml").write_text("reason: a fifth of the way to it\n", encoding="utf-8")
    (tmp_path / "broken.yaml").write_text("a: [", encoding="utf-8")
    assert shared_text(sorted(tmp_path.iterdir())) == []


def test_a_copied_card_is_found_out(tmp_path: Path):
    copy = card(tmp_path, ("id: apprentice_electrician", "id: sparks"), name="sparks")
    found = shared_text([CARDS / f"{CARD}.yaml", copy])
    assert found
    assert all(fault.startswith(f"{copy}:") and f"also stands in {CARD}.yaml" in fault for fault in found)


def test_personas_that_speak_the_words_of_one_card_share_them(tmp_path: Path):
    text = (content_folder("personas") / "exam_student.yaml").read_text(encoding="utf-8")
    files = [tmp_path / f"{name}.yaml" for name in ("exam_student", "exam_student__campus_001", "other__campus_002")]
    for file in files:
        file.write_text(text, encoding="utf-8")
    assert shared_text(files[:2]) == []
    assert shared_text(files[1:]) != []


def test_moves_behind_which_a_line_is_not_said_are_no_words_of_a_person(tmp_path: Path):
    files = [tmp_path / "one.yaml", tmp_path / "two.yaml"]
    for file, text in zip(files, ("The box is shut.", "My bag is closed."), strict=True):
        line = f"{{text: {text}, not_after: [means_put_away]}}"
        file.write_text(f"name: {file.stem}\nlines:\n  elaborate:\n    - {line}\n", encoding="utf-8")
    assert shared_text(files) == []
