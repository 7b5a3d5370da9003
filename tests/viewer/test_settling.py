"""The pages of who settles without a browser: who may ask, what is shown, what is kept."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from httpx import Response
from starlette.testclient import TestClient

from empa_graph.distill.annotating import NOTICE
from empa_graph.distill.folder import conversations
from empa_graph.distill.mark_store import MarkStore
from empa_graph.distill.settling import Settling
from empa_graph.viewer.asked import LARGEST_BODY
from empa_graph.viewer.guard import Door
from empa_graph.viewer.settling import application, pieces
from tests.distill.marked import QUOTE, SPACE, conversation, folder, mark
from tests.viewer_parts import HOST, PORT

HOSTILE = '<script>document.title="taken"</script>\u202e<img src=x onerror=alert(1)>'


@pytest.fixture
def store(tmp_path: Path) -> Iterator[MarkStore]:
    kept = (conversation("one"), conversation("two"), conversation("evil", HOSTILE, "oh"))
    with MarkStore(folder(tmp_path / "distilled", kept=kept), SPACE) as opened:
        opened.add([mark("danger", "none", "ewa"), mark("danger", "stated", "tom", quotes=[QUOTE], reason=HOSTILE)])
        opened.add([mark("danger", "none", "offline"), mark("start.calm", -0.5, "ewa"), mark("start.calm", 0.5, "tom")])
        opened.add([mark("threshold", "low", "ewa", "two"), mark("threshold", "medium", "tom", "two")])
        yield opened


def strangers(store: MarkStore, by: str = "ida") -> tuple[TestClient, Door]:
    door = Door(PORT, command="empa annotate")
    work = Settling(store, {talk.id: talk for talk in conversations(store.folder)}, by)
    return TestClient(application(work, door), base_url=HOST, follow_redirects=False), door


def let_in(store: MarkStore, by: str = "ida") -> TestClient:
    client, door = strangers(store, by)
    assert client.get(door.url).status_code == 303
    return client


@pytest.fixture
def found(store: MarkStore) -> TestClient:
    return let_in(store)


def settle(found: TestClient, of: str = "one", after: int = 0, **body: Any) -> Response:
    return found.post(f"/api/conversations/{of}/settled", json={"after": after, **body}, headers={"Origin": HOST})


def test_nobody_is_let_in_without_the_token_and_no_other_host_or_origin(store: MarkStore):
    client, door = strangers(store)
    for path in ("/", "/agreement", "/conversations/one", "/api/conversations/one"):
        refused = client.get(path)
        assert refused.status_code == 401 and "`empa annotate` printed" in refused.text
    entered = client.get(door.url)
    assert "HttpOnly" in entered.headers["set-cookie"] and "SameSite=strict" in entered.headers["set-cookie"]
    assert client.get("/", headers={"Host": "evil.example"}).status_code == 421
    body = {"variable": "danger", "value": "none", "after": 0}
    for origin in ({"Origin": "http://evil.example"}, {}):
        assert client.post("/api/conversations/one/settled", json=body, headers=origin).status_code == 403
    for path in ("/", "/agreement", "/conversations/one"):
        policy = client.get(path).headers["content-security-policy"]
        assert "default-src 'none'" in policy and "unsafe" not in policy
    assert store.settled() == ()


def test_the_list_has_each_disagreement_with_its_place_and_values_the_largest_first(found: TestClient):
    page = " ".join(found.get("/").text.split())
    assert "3 left to settle" in page and "1 of 3" in page and "2 of 3" in page
    assert page.index("Danger") < page.index("Empathy threshold") and all(line in page for line in NOTICE)
    assert "<bdi>tom</bdi>: stated" in page and "offline" not in page


def test_a_conversation_comes_with_every_mark_its_reason_and_its_words(found: TestClient):
    page = found.get("/conversations/one").text
    assert "Conversation 1 of 3" in page and "<mark>crying every single night</mark>" in page
    of = found.get("/api/conversations/one").json()["variables"]
    assert list(of) == ["danger", "start.calm"]
    ewa, tom, machine = of["danger"]["marks"]
    assert (ewa["annotator"], ewa["told"], ewa["machine"]) == ("ewa", "none", False)
    assert tom["quotes"] == [{"turn": 0, "text": "crying every single night"}] and "[U+202E]" in tom["reason"]
    assert machine["machine"] and of["danger"]["settled"] == []


def test_a_value_is_settled_with_who_when_why_and_its_history(found: TestClient, store: MarkStore):
    answer = settle(found, variable="danger", value="stated", reason="Tom is right.")
    assert answer.status_code == 201 and answer.json()["left"] == 2
    assert settle(found, variable="danger", value="none", after=1).status_code == 201
    first, last = found.get("/api/conversations/one").json()["variables"]["danger"]["settled"]
    assert (first["told"], first["by"], first["reason"]) == ("stated", "ida", "Tom is right.")
    assert last["told"] == "none" and last["at"] >= first["at"] and len(last["before"]) == 3
    assert [one.value for one in store.settled()] == ["none"] and len(store.settled(history=True)) == 2
    page = found.get("/").text
    assert "2 left to settle" in page and "1 settled" in page and "<bdi>ida</bdi>" in page


@pytest.mark.parametrize(
    ("body", "told"),
    [
        ({"variable": "danger", "value": "much"}, "danger: allowed is one of none, hinted, stated"),
        ({"variable": "start.calm", "value": 2}, "start.calm: allowed is a number from -1 to 1"),
        ({"variable": "dangr", "value": "none"}, "unknown variable 'dangr'. Did you mean 'danger'?"),
        ({"variable": "context", "value": "work"}, "context: people do not differ on it here"),
        ({"variable": "danger", "value": "none", "by": "tom"}, "by: "),
        ({"variable": "danger", "value": "none", "reason": "x" * 601}, "reason: "),
        ({"variable": "danger", "value": "none", "after": -1}, "after: "),
    ],
)
def test_what_does_not_fit_is_one_line_and_not_kept(
    found: TestClient, store: MarkStore, body: dict[str, Any], told: str
):
    answer = settle(found, **body)
    assert answer.status_code in (400, 404) and told in answer.json()["error"] and store.settled() == ()


def test_a_value_that_somebody_settled_meanwhile_is_not_overwritten_unseen(found: TestClient, store: MarkStore):
    store.settle("one", "danger", "none", by="tim")
    refused = settle(found, variable="danger", value="stated")
    assert refused.status_code == 400 and "tim has settled it since" in refused.json()["error"]
    assert [one.value for one in store.settled()] == ["none"]


def test_a_body_is_json_and_of_limited_size(found: TestClient):
    headers = {"Origin": HOST}
    assert found.post("/api/conversations/one/settled", content=b"{}", headers=headers).status_code == 415
    headers["Content-Type"] = "application/json"
    large = json.dumps({"variable": "danger", "value": "x" * LARGEST_BODY}).encode()
    assert found.post("/api/conversations/one/settled", content=large, headers=headers).status_code == 413


def test_nothing_of_a_conversation_is_shown_to_who_has_begun_and_not_given_it(store: MarkStore):
    store.settle("two", "threshold", "medium", by="tim")
    found = let_in(store, "ewa")
    page = found.get("/").text
    assert "tom" not in page and "stated" not in page and "medium" not in page
    assert page.count("Give your own marks of this conversation first") == 3
    for path in ("/conversations/one", "/api/conversations/one", "/conversations/two"):
        refused = found.get(path)
        assert refused.status_code == 400 and "give your own marks of it first" in refused.text
        assert "tom" not in refused.text
    assert settle(found, variable="danger", value="none").status_code == 400 and len(store.settled()) == 1


def test_what_was_listed_counts_as_seen(found: TestClient, store: MarkStore):
    found.get("/")
    store.add([mark("danger", "none", "ida"), mark("danger", "none", "ida", "evil")])
    assert [one.conversation for one in store.marks(annotator="ida", independent=True)] == ["evil"]


def test_agreement_is_shown_as_the_terminal_prints_it(found: TestClient):
    page = " ".join(found.get("/agreement").text.split())
    assert "Danger" in page and "an interval needs 10 conversations that two marked" in page
    assert "Marked by fewer than two: Context" in page


def test_what_a_stranger_said_is_text(found: TestClient, store: MarkStore):
    store.add([mark("danger", "none", "ewa", "evil"), mark("danger", "stated", "tom", "evil")])
    for path in ("/", "/conversations/evil", "/conversations/one", "/agreement"):
        page = found.get(path).text
        assert "<script>document" not in page and "\u202e" not in page
        assert page.count("<script") == page.count("<script src=") and "style=" not in page and "onclick" not in page
    assert "&lt;script&gt;" in found.get("/conversations/evil").text


def test_an_unknown_conversation_is_told_and_leads_back(found: TestClient):
    page = found.get("/conversations/three")
    assert page.status_code == 404 and "unknown conversation" in page.text and "All disagreements" in page.text
    assert found.get("/api/conversations/three").status_code == 404


def test_an_unmarked_folder_has_nothing_to_settle(tmp_path: Path):
    with MarkStore(folder(tmp_path / "new"), SPACE) as store:
        found = let_in(store)
        assert "0 left to settle" in found.get("/").text and found.get("/agreement").status_code == 200
        assert "Nothing here" in found.get("/conversations/one").text


@pytest.mark.parametrize(
    ("quotes", "marked"),
    [((), []), (("b c",), ["b c"]), (("a b", "b c"), ["a b", " c"]), (("x",), []), (("a b c d",), ["a b c d"])],
)
def test_quoted_words_are_marked_where_they_are_said_and_no_word_is_lost(quotes: tuple[str, ...], marked: list[str]):
    found = list(pieces("a b c d", quotes))
    assert "".join(text for text, _ in found) == "a b c d" and [text for text, is_ in found if is_] == marked
