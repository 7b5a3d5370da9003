from __future__ import annotations

import stat
from pathlib import Path

import pytest

from empa_graph.store.folder import RunFolder, load_manifest
from empa_graph.store.trust import user_key
from tests.records import run

KEY = bytes(range(32))


def test_a_key_is_made_once_and_for_its_user_alone(tmp_path: Path):
    file = tmp_path / "state" / "empa_graph" / "key"
    assert user_key(file) is None
    key = user_key(file, make=True)
    assert key is not None and len(key) == 32 and user_key(file, make=True) == key
    assert stat.S_IMODE(file.stat().st_mode) == 0o600 and len(list(file.parent.iterdir())) == 1


@pytest.mark.parametrize(("size", "mode"), [(31, 0o600), (33, 0o600), (0, 0o600), (32, 0o640), (32, 0o604)])
def test_a_key_of_another_length_or_that_others_can_read_is_none(tmp_path: Path, size: int, mode: int):
    (tmp_path / "key").write_bytes(bytes(size))
    (tmp_path / "key").chmod(mode)
    assert user_key(tmp_path / "key", make=True) is None


def test_where_no_key_can_be_kept_there_is_none(tmp_path: Path):
    (tmp_path / "file").write_text("in the way")
    assert user_key(tmp_path / "file" / "key", make=True) is None
    (tmp_path / "link").symlink_to(tmp_path / "file")
    assert user_key(tmp_path / "link", make=True) is None


def test_a_seal_holds_for_every_byte_of_the_manifest_and_one_key(tmp_path: Path):
    with RunFolder(tmp_path / "run", run(), key=KEY) as folder:
        assert load_manifest(folder.path, KEY) == (run(), True)
    for key in (None, bytes(32)):
        assert not load_manifest(tmp_path / "run", key).made_here
    manifest = tmp_path / "run" / "run.json"
    manifest.write_bytes(manifest.read_bytes() + b" ")
    assert not load_manifest(tmp_path / "run", KEY).made_here


def test_a_run_that_was_made_without_a_key_was_made_by_nobody_known(tmp_path: Path):
    with RunFolder(tmp_path / "run", run()):
        pass
    assert not load_manifest(tmp_path / "run", KEY).made_here
    assert not (tmp_path / "run" / "run.json.hmac").exists()
