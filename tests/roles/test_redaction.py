from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
import regex
from hypothesis import given, strategies as st

from empa_graph.errors import ContentError, NotFoundError, ProviderError, RoleError
from empa_graph.graph.node import seat
from empa_graph.graph.sandbox import Labels, Sandbox
from empa_graph.llm import Completion, ToolCall
from empa_graph.models.dialogue import Message
from empa_graph.roles.empathic.agents import FunctionEmpathic
from empa_graph.roles.evaluator.offline import CueEvaluator
from empa_graph.roles.identifiers import BASIC, Rule
from empa_graph.roles.persona.rule_persona import RulePersona
from empa_graph.roles.redaction import Redaction, load_redaction, redacted_speaker
from empa_graph.roles.views import EmpathicView, EmpathicWrite
from tests.scripted_parts import SCENARIO, exchange, heard, rubric

NAMES = Redaction((Rule("name", r"\b(?:Anna|Bruno)\b"), Rule("number", r"[0-9]{4,}")))
ODD = Redaction(
    (
        Rule("first", r"^[a-c]"),
        Rule("between", r"(?<=x)y|y(?=z)"),
        Rule("name", r"na|am|[\[\]]name"),
        Rule("long", r"(?:ab)+"),
        Rule("last", r"z$"),
    )
)
BUILT_IN = Redaction(BASIC)
TEXT = st.text(alphabet="abcxyz019 .@:-+/[]name\n", max_size=60) | st.text(max_size=60)
BLOWS_UP = Rule("slow", r"(?:a|a|aa)+\d")


def file(folder: Path, text: str) -> str:
    path = folder / "rules.yaml"
    path.write_text(text, encoding="utf-8")
    return str(path)


def between(redaction: Redaction, text: str) -> list[str]:
    """Return what stands between the placeholders of ``text``."""
    names = "|".join(sorted({rule.name for rule in redaction.rules}))
    return re.split(rf"\[(?:{names})\]", text)


def found(rule: Rule, text: str) -> list[str]:
    matches = [match[0] for match in regex.finditer(rule.pattern, text, overlapped=True)]
    return [match for match in matches if (rule.measure(match) if rule.measure else len(match))]


@pytest.mark.parametrize("redaction", [NAMES, ODD, BUILT_IN])
@given(text=TEXT)
def test_no_match_of_any_rule_survives(redaction: Redaction, text: str):
    left = [found(rule, part) for part in between(redaction, redaction.text(text)) for rule in redaction.rules]
    assert not any(left)


@pytest.mark.parametrize("redaction", [NAMES, ODD, BUILT_IN])
@given(text=TEXT)
def test_redacting_twice_is_redacting_once(redaction: Redaction, text: str):
    once = redaction.text(text)
    assert redaction.text(once) == once


@pytest.mark.parametrize("redaction", [NAMES, ODD, BUILT_IN])
@given(text=TEXT)
def test_only_placeholders_are_added_and_the_rest_keeps_its_order(redaction: Redaction, text: str):
    at = 0
    for part in between(redaction, redaction.text(text)):
        at = text.index(part, at) + len(part)


@given(st.text(alphabet="[]/INST<|>sysem@.org ", max_size=60))
def test_no_word_of_a_chat_template_comes_into_being(text: str):
    for control in ("[INST]", "[/INST]", "<|system|>", "<<SYS>>"):
        assert BUILT_IN.text(text).count(control) <= text.count(control)


def test_each_match_becomes_the_name_of_its_rule():
    assert NAMES.text("Anna gave Bruno 1234 and 12.") == "[name] gave [name] [number] and 12."


def test_placeholders_that_stand_in_the_text_are_left_alone():
    rules = Redaction((Rule("word", r"\w+"),))
    assert rules.text("[word] [other]") == "[word] [[word]]"


def test_what_a_rule_uncovers_for_an_earlier_one_is_found_too():
    assert ODD.text("abababxc") == "[first][first][long]xc"
    assert Redaction((Rule("start", "^c"), Rule("word", "ab"))).text("abc") == "[word][start]"


def test_a_text_that_takes_too_long_is_not_passed_on_and_not_told():
    with pytest.raises(ProviderError, match="rule 'slow' took too long over a text of 40 characters") as caught:
        Redaction((BLOWS_UP,), seconds=0.05).text("a" * 40)
    assert (caught.value.kind, caught.value.blame) == ("redaction_timeout", "us")
    assert "aaa" not in str(caught.value)


def test_in_json_the_strings_are_redacted_and_numbers_stay_numbers():
    answer = '```{"level": 12345}'
    assert NAMES.structured(answer) == '```{"level": [number]}'
    kept = NAMES.structured('{"level": 12345,  "why": ["Anna said \\"1234\\" \\u0041nna"]}')
    assert kept == '{"level": 12345,  "why": ["[name] said \\"[number]\\" [name]"]}'


@given(st.recursive(st.text(max_size=20) | st.integers() | st.none(), st.lists, max_leaves=10))
def test_json_without_a_match_keeps_every_byte_and_with_one_stays_json(tree: object):
    for ascii_only in (True, False):
        told = json.dumps(tree, ensure_ascii=ascii_only)
        redacted = ODD.structured(told)
        json.loads(redacted)
        assert redacted == told or "[" in redacted


def test_of_a_completion_text_and_calls_are_redacted_and_the_rest_stays():
    calls = (ToolCall(name="Anna", arguments='{"reason": "Anna 1234", "n": 12345}'),)
    answer = NAMES.completion(Completion(text="Anna", model="m-1234", finish_reason="stop", calls=calls))
    assert answer.text == "[name]"
    assert answer.calls == (ToolCall(name="[name]", arguments='{"reason": "[name] [number]", "n": 12345}'),)
    assert (answer.model, answer.finish_reason) == ("m-1234", "stop")


def test_rules_are_read_from_a_file_in_their_order(tmp_path: Path):
    rules = load_redaction(file(tmp_path, "ward: 'ward \\d+'\nnumber: '\\d+'\n"))
    assert [rule.name for rule in rules.rules] == ["ward", "number"]
    assert rules.text("ward 7, bed 3") == "[ward], bed [number]"


def test_the_built_in_rules_and_a_file_go_together(tmp_path: Path):
    rules = load_redaction(f"basic, {file(tmp_path, 'ward: ward')}")
    assert rules.text("ward, a@b.org") == "[ward], [email]"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("one: '('\n", r"rules\.yaml:1: one: not a regular expression \(missing \)"),
        ("one: a\ntwo: 'x*'\n", r"rules\.yaml:2: two: this matches where there is nothing"),
        ("One: a\n", r"rules\.yaml:1: One"),
        ("one: 3\n", r"rules\.yaml:1: one: Input should be a valid string"),
        ("one: ''\n", r"rules\.yaml:1: one"),
        ("- a\n", r"rules\.yaml:1: the document"),
        ("{}\n", r"rules\.yaml:1: the document"),
        (f"one: {'a' * 2_001}\n", r"rules\.yaml:1: one: String should have at most 2000"),
        ("\n".join(f"r{n}: a" for n in range(101)), r"rules\.yaml:1: the document: .* at most 100"),
        ("one: a\none: b\n", r"rules\.yaml:2: the key 'one' stands twice"),
    ],
)
def test_a_wrong_file_is_refused_in_one_line_that_names_file_and_rule(tmp_path: Path, text: str, said: str):
    with pytest.raises(ContentError, match=said) as caught:
        load_redaction(file(tmp_path, text))
    assert "\n" not in str(caught.value)


def test_a_name_that_two_sets_give_is_refused(tmp_path: Path):
    with pytest.raises(ContentError, match=r"rules\.yaml: email: a rule of this name stands before it already"):
        load_redaction(f"basic,{file(tmp_path, 'email: a')}")


def test_an_unknown_set_says_which_one_there_is():
    with pytest.raises(NotFoundError, match=r"--redact: unknown .* 'basc'.* 'basic'"):
        load_redaction("basc")


def test_the_hash_tells_rules_apart_and_not_where_they_lie(tmp_path: Path):
    one = load_redaction(file(tmp_path, "a1: x\nb1: y\n")).sha256
    assert one == Redaction((Rule("a1", "x"), Rule("b1", "y"))).sha256
    others = {load_redaction(file(tmp_path, text)).sha256 for text in ("b1: y\na1: x\n", "a1: x\nb1: z\n", "a1: x\n")}
    assert len({one, BUILT_IN.sha256, *others}) == 5


async def test_a_wrapped_agent_is_accepted_in_its_seat_and_speaks_redacted():
    agent = redacted_speaker(FunctionEmpathic(lambda messages: "Anna, call 1234."), NAMES)
    node, schema = seat("empathic", agent)
    assert set(schema.__annotations__) == {"messages", "instructions", "seed", "ended"}
    write = await node({"messages": exchange("Hello."), "instructions": "", "seed": 0})
    assert [message.content for message in write["messages"]] == ["[name], call [number]."]


async def test_a_wrapped_persona_is_accepted_in_its_seat_and_keeps_its_private_state():
    seat("persona", redacted_speaker(RulePersona(), NAMES))
    said = SCENARIO.goal.beats[0].text.split()[0]
    rules = Redaction((Rule("word", re.escape(said)),))
    sandbox = Sandbox(
        persona=redacted_speaker(RulePersona(), rules),
        empathic=redacted_speaker(FunctionEmpathic(lambda messages: f"{said} {messages[-1]['content']}"), rules),
        evaluator=CueEvaluator(rubric(3)),
        rubric=rubric(3),
        labels=Labels("an agent"),
    )
    episode = await sandbox.play(SCENARIO, seed=1)
    assert episode.failure is None and episode.persona_state is not None
    assert said not in episode.model_dump_json()
    assert "[word]" in episode.messages[1].content


def test_a_role_without_annotations_is_still_refused():
    async def role(view):
        return {"messages": []}

    with pytest.raises(RoleError, match="must annotate its view"):
        seat("empathic", redacted_speaker(role, NAMES))


@pytest.mark.parametrize("write", [None, {"messages": "Anna"}, {"messages": ["Anna"]}])
async def test_a_wrong_write_is_left_for_the_graph_to_refuse(write: object):
    async def role(view: EmpathicView) -> EmpathicWrite:
        return write  # type: ignore[return-value]

    node, _ = seat("empathic", redacted_speaker(role, NAMES))
    with pytest.raises(RoleError, match="role 'empathic'"):
        await node({"messages": exchange("Hello."), "instructions": "", "seed": 0})


async def test_the_message_keeps_what_is_no_text():
    async def role(view: EmpathicView) -> EmpathicWrite:
        return EmpathicWrite(messages=[Message(turn=1, speaker="empathic", content="Anna", model="m-1234")])

    write = await redacted_speaker(role, NAMES)(heard(exchange("Hello.")))
    assert write["messages"] == [Message(turn=1, speaker="empathic", content="[name]", model="m-1234")]


def test_the_examples_of_the_page_on_runs_hold(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    page = (Path(__file__).parents[2] / "docs" / "runs.md").read_text(encoding="utf-8")
    page = page.partition("## Redaction")[2].partition("## The response cache")[0]
    (code,) = re.findall(r"```python\n(.*?)```", page, re.DOTALL)
    exec(code, {})
    assert capsys.readouterr().out == "Write to [email] or call [phone].\n"
    (rules,) = re.findall(r"```yaml\n(.*?)```", page, re.DOTALL)
    assert load_redaction(file(tmp_path, rules)).text("Mr Kern of Ward 7") == "[colleague] of [ward]"
    assert all(f"`{rule.name}`" in page for rule in BASIC)


def test_the_state_that_an_agent_keeps_is_redacted_too():
    state = {"lookup": {"mail": "ann@example.org", "tries": 3}, "said": ["call ann@example.org"]}
    said = Message(turn=1, speaker="empathic", content="ann@example.org", agent_state=state)
    redacted = load_redaction("basic").message(said)
    assert redacted.content == "[email]"
    assert redacted.agent_state == {"lookup": {"mail": "[email]", "tries": 3}, "said": ["call [email]"]}
