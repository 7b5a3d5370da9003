"""The pages of one annotator without a browser: who may ask, what is kept, and what is seen only afterwards."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from httpx import Response
from starlette.testclient import TestClient

from empa_graph.distill.annotating import NOTICE, Annotating
from empa_graph.distill.folder import conversations
from empa_graph.distill.mark_store import MarkStore
from empa_graph.viewer.annotating import application
from empa_graph.viewer.asked import LARGEST_BODY
from empa_graph.viewer.guard import Door
from tests.distill.marked import KNOWN, SPACE, any_value, conversation, every, folder, mark
from tests.viewer_parts import HOST, PORT

HOSTILE = '<script>document.title="taken"</script>\u202e<img src=x onerror=alert(1)>'


@pytest.fixture
def store(tmp_path: Path) -> Iterator[MarkStore]:
    kept = (conversation("one"), conversation("two"), conversation("evil", HOSTILE, "oh"))
    with MarkStore(folder(tmp_path / "distilled", kept=kept), SPACE) as opened:
        yield opened


def strangers(store: MarkStore, annotator: str = "ewa") -> tuple[TestClient, Door]:
    door = Door(PORT, command="empa annotate")
    work = Annotating(store, list(conversations(store.folder)), annotator)
    return TestClient(application(work, door), base_url=HOST, follow_redirects=False), door


@pytest.fixture
def found(store: MarkStore) -> TestClient:
    client, door = strangers(store)
    assert client.get(door.url).status_code == 303
    return client


def post(found: TestClient, path: str, headers: dict[str, str] | None = None, **body: Any) -> Response:
    return found.post(f"/api/conversations/{path}", json=body, headers={"Origin": HOST, **(headers or {})})


def mark_all(found: TestClient, of: str = "one") -> None:
    for variable in KNOWN:
        assert post(found, f"{of}/marks", variable=variable, value=any_value(variable)).status_code == 201


def test_nobody_is_let_in_without_the_token_and_no_other_host_or_origin(store: MarkStore):
    client, door = strangers(store)
    for path in ("/", "/conversations/one", "/api/conversations/one"):
        refused = client.get(path)
        assert refused.status_code == 401 and "`empa annotate` printed" in refused.text
    entered = client.get(door.url)
    assert "HttpOnly" in entered.headers["set-cookie"] and "SameSite=strict" in entered.headers["set-cookie"]
    assert client.get("/", headers={"Host": "evil.example"}).status_code == 421
    body = {"variable": "danger", "value": "none"}
    for origin in ({"Origin": "http://evil.example"}, {}):
        assert client.post("/api/conversations/one/marks", json=body, headers=origin).status_code == 403
    policy = client.get("/").headers["content-security-policy"]
    assert "default-src 'none'" in policy and "unsafe" not in policy
    assert store.marks() == ()


def test_the_first_page_says_what_may_come_and_that_one_may_skip(found: TestClient):
    page = " ".join(found.get("/").text.split())
    assert "0 of 3 done" in page and all(line in page for line in NOTICE)
    assert "nobody asks why" in page and not any(character.isdigit() for line in NOTICE for character in line)


def test_a_mark_is_kept_with_who_and_when(found: TestClient, store: MarkStore):
    answer = post(
        found,
        "one/marks",
        variable="danger",
        value="hinted",
        quotes=[{"turn": 0, "text": "crying  every\nsingle night"}],
        reason="Every night.",
    )
    assert answer.status_code == 201 and answer.json()["at"].endswith("Z")
    (kept,) = store.marks()
    assert (kept.annotator, kept.value, kept.reason) == ("ewa", "hinted", "Every night.")
    assert kept.quotes[0].text == "crying every single night" and kept.at is not None
    assert post(found, "one/marks", variable="danger", value=None).status_code == 200
    assert store.marks() == () and len(store.history("one")) == 1


@pytest.mark.parametrize(
    ("body", "told"),
    [
        ({"variable": "danger", "value": "much"}, "danger: allowed is one of none, hinted, stated"),
        ({"variable": "start.calm", "value": 2}, "start.calm: allowed is a number from -1 to 1"),
        ({"variable": "dangr", "value": "none"}, "unknown variable 'dangr'. Did you mean 'danger'?"),
        ({"variable": "danger", "value": "none", "annotator": "tom"}, "annotator: "),
        ({"variable": "danger", "value": "none", "quotes": [{"turn": 0, "text": "no"}]}, "does not say these words"),
        ({"variable": "danger", "value": "none", "reason": "x" * 601}, "reason: "),
    ],
)
def test_what_does_not_fit_is_one_line_and_not_kept(
    found: TestClient, store: MarkStore, body: dict[str, Any], told: str
):
    answer = post(found, "one/marks", **body)
    assert answer.status_code in (400, 404) and told in answer.json()["error"] and store.marks() == ()


def test_a_body_is_json_and_of_limited_size(found: TestClient):
    headers = {"Origin": HOST}
    assert found.post("/api/conversations/one/marks", content=b"{}", headers=headers).status_code == 415
    headers["Content-Type"] = "application/json"
    large = json.dumps({"variable": "danger", "value": "x" * LARGEST_BODY}).encode()
    assert found.post("/api/conversations/one/marks", content=large, headers=headers).status_code == 413


def test_nothing_of_what_others_marked_leaves_the_server_before_ones_own_are_given(found: TestClient, store: MarkStore):
    secret = "Only Tom thinks so."
    store.add([*every("one", "tom"), mark("danger", "stated", "tom", reason=secret), mark("danger", "none", "offline")])
    early = [found.get("/").text, found.get("/conversations/one").text, found.get("/api/conversations/one").text]
    mark_all(found)
    early += [found.get("/conversations/one").text, found.get("/api/conversations/one").text]
    early.append(post(found, "one/state", state="skipped").text)
    early.append(post(found, "one/state", state="open").text)
    assert not any("tom" in text or secret in text or "offline" in text for text in early)
    given = post(found, "one/state", state="given").json()
    assert {one["annotator"] for one in given["others"]} == {"tom", "offline"}
    assert secret in found.get("/api/conversations/one").text
    assert "tom" not in found.get("/api/conversations/two").text


def test_marks_are_given_only_when_each_is_made_or_left_aside(found: TestClient, store: MarkStore):
    store.add([mark("danger", "stated", "tom")])
    for left in ((), tuple(KNOWN)):
        refused = post(found, "one/state", state="given", left=left)
        assert refused.status_code == 400 and "nothing is marked" in refused.json()["error"]
    post(found, "one/marks", variable="danger", value="none")
    refused = post(found, "one/state", state="given", left=["needs"])
    assert refused.status_code == 400 and "not marked: context, matter" in refused.json()["error"]
    assert found.get("/api/conversations/one").json()["others"] == []
    assert post(found, "one/state", state="given", left=list(KNOWN)).json()["done"] == 1


def test_a_change_after_the_others_were_seen_does_not_count_for_agreement(found: TestClient, store: MarkStore):
    mark_all(found)
    post(found, "one/state", state="given")
    post(found, "one/marks", variable="danger", value="stated")
    values = {one.variable: one.value for one in store.marks("one", independent=True)}
    assert values["danger"] == "none"


def test_what_a_stranger_said_is_text(found: TestClient, store: MarkStore):
    page = found.get("/conversations/evil").text
    assert "<script>document" not in page and "&lt;script&gt;" in page and "\u202e" not in page
    assert page.count("<script") == page.count("<script src=") and "style=" not in page and "onclick" not in page


def test_an_unknown_conversation_is_told_and_leads_back(found: TestClient):
    page = found.get("/conversations/three")
    assert page.status_code == 404 and "unknown conversation &#39;three&#39;" in page.text
    assert "All conversations" in page.text and "Compare" not in page.text
    assert found.get("/api/conversations/three").status_code == 404
    assert found.get("/runs").status_code == 404
