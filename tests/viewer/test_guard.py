from __future__ import annotations

from pathlib import Path

import pytest

from empa_graph.viewer.guard import HEADERS
from tests.viewer_parts import HOST, PORT, client, folder, keys, strangers, two_variants

PAGES = (
    "/",
    "/compare",
    "/api/runs",
    "/static/viewer.css",
    "/static/report/page.css",
    "/runs/000000000000",
    "/nowhere",
)


def test_nobody_gets_in_without_the_token(tmp_path: Path):
    found, _ = strangers(tmp_path)
    assert {found.get(page).status_code for page in PAGES} == {401}
    assert found.get("/?token=guess").status_code == 401
    found.cookies.set(f"empa_view_{PORT}", "guess")
    assert found.get("/").status_code == 401


def test_the_token_becomes_a_cookie_that_no_script_reads_and_leaves_the_address(tmp_path: Path):
    found, door = strangers(tmp_path)
    answer = found.get(f"{door.url}&agent=x&status=running")
    assert (answer.status_code, answer.headers["location"]) == (303, "/?agent=x&status=running")
    cookie = answer.headers["set-cookie"].lower()
    assert "httponly" in cookie and "samesite=strict" in cookie and "path=/" in cookie
    assert "token" not in cookie
    assert found.get("/").status_code == 200


def test_a_token_lets_one_browser_in_and_the_next_one_is_told(tmp_path: Path):
    found, door = strangers(tmp_path)
    used = door.url
    assert found.get(used).status_code == 303
    found.cookies.clear()
    assert found.get(used).status_code == 401
    assert door.url != used and found.get(door.url).status_code == 303


def test_a_token_in_an_address_of_one_who_is_in_is_dropped(tmp_path: Path):
    answer = client(tmp_path).get("/compare?token=old")
    assert (answer.status_code, answer.headers["location"]) == (303, "/compare")


@pytest.mark.parametrize("path", ["//evil.example/x", "/\\evil.example", "///evil.example"])
def test_the_way_in_leads_nowhere_else(tmp_path: Path, path: str):
    found, door = strangers(tmp_path)
    answer = found.get(f"{HOST}{path}{door.url.removeprefix(HOST + '/')}")
    assert answer.headers["location"].startswith("/") and not answer.headers["location"].startswith(("//", "/\\"))


@pytest.mark.parametrize(
    "host", ["evil.example", f"evil.example:{PORT}", "127.0.0.1", f"127.0.0.1:{PORT + 1}", "[::1]", ""]
)
def test_another_host_is_refused_whatever_it_carries(tmp_path: Path, host: str):
    found = client(tmp_path)
    assert found.get("/", headers={"Host": host}).status_code == 421


def test_the_loopback_answers_under_its_name_too(tmp_path: Path):
    found, door = strangers(tmp_path)
    assert found.get(door.url.replace("127.0.0.1", "localhost")).status_code == 303


@pytest.mark.parametrize(
    "origin", [None, "null", "http://evil.example", f"http://127.0.0.1:{PORT + 1}", f"https://127.0.0.1:{PORT}"]
)
def test_what_changes_anything_comes_from_a_page_of_ours(tmp_path: Path, origin: str | None):
    folder(tmp_path / "run", two_variants())
    found = client(tmp_path)
    (key,) = keys(found).values()
    headers = {} if origin is None else {"Origin": origin}
    answer = found.post(f"/api/runs/{key}/annotations", json={}, headers=headers)
    assert answer.status_code == 403


def test_a_post_without_the_cookie_is_refused_and_its_token_is_not_used(tmp_path: Path):
    found, door = strangers(tmp_path)
    assert found.post(door.url, headers={"Origin": HOST}).status_code == 401
    assert found.get(door.url).status_code == 303


def test_every_answer_carries_the_headers(tmp_path: Path):
    folder(tmp_path / "run", two_variants())
    found = client(tmp_path)
    (key,) = keys(found).values()
    stranger, _ = strangers(tmp_path)
    answers = [
        found.get(page) for page in (*PAGES, f"/runs/{key}", f"/api/runs/{key}/conversations/0", "/?agent=" + "x" * 999)
    ]
    for answer in (*answers, stranger.get("/"), found.get("/", headers={"Host": "evil.example"})):
        expected = dict(HEADERS)
        if answer.request.url.path.startswith("/static/"):
            expected["Cache-Control"] = "no-cache"
        assert {name: answer.headers.get(name) for name in expected} == expected
    assert "unsafe" not in HEADERS["Content-Security-Policy"]
    assert HEADERS["Content-Security-Policy"].startswith("default-src 'none'")


def test_no_file_beside_the_static_ones_is_served(tmp_path: Path):
    found = client(tmp_path)
    for path in ("/static/../app.py", "/static/%2e%2e/app.py", "/static/..%2fapp.py", "/static//etc/passwd"):
        assert found.get(path).status_code == 404
