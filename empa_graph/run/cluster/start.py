"""Ray, started on this machine for one run, or joined by its address.

Rule: a Ray that is started here listens on loopback alone, asks for a token, reports nothing and leaves no file.
"""

from __future__ import annotations

import asyncio
import importlib
import logging
import os
import secrets
import socket
import tempfile
from collections.abc import AsyncGenerator, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager, contextmanager
from functools import cache, partial
from typing import Any

from empa_graph.errors import MissingExtraError, UsageError
from empa_graph.run.cluster.checks import INSTALL

OBJECTS = 100 * 2**20
"""Bytes of Ray's store of objects; only episodes of more than 100 kB pass through it."""

REACH = 5.0
"""Seconds that a cluster may take to be reached."""
PLACE = "/tmp"
"""Where its folder lies: the path of a socket has at most 107 characters, and Ray takes most of them."""


@cache
def _token() -> str:
    """Return the token of this process's clusters; Ray reads it once."""
    return secrets.token_hex(32)


def _settings() -> dict[str, str]:
    """Return the environment of a Ray of our own, read when Ray is imported and by the processes that it starts."""
    return {
        "RAY_USAGE_STATS_ENABLED": "0",
        "RAY_AUTH_MODE": "token",
        "RAY_AUTH_TOKEN": _token(),
        # Ray takes loopback for the address of a machine only where it can start no cluster.
        "RAY_ENABLE_WINDOWS_OR_OSX_CLUSTER": "0",
    }


def ray() -> Any:
    """Return Ray's package. Raises MissingExtraError."""
    make_record = logging.getLogRecordFactory()
    try:
        return importlib.import_module("ray")
    except ImportError:
        raise MissingExtraError(INSTALL) from None
    finally:
        logging.setLogRecordFactory(make_record)  # Ray adds a field of its own to all that anybody logs


@asynccontextmanager
async def started(address: str | None, workers: int | None, most: int) -> AsyncGenerator[int, None]:
    """Start Ray, or join the cluster at ``address``, and give the number of workers: ``workers``, at most ``most``.

    Without a number it is that of the processors. Raises UsageError, MissingExtraError.
    """
    loop, local = asyncio.get_running_loop(), min(workers or os.cpu_count() or 1, most)
    with (
        _environment({} if address else _settings()),
        _errors_only(),
        _thread() as thread,
        tempfile.TemporaryDirectory(prefix="empa-ray-", dir=PLACE, ignore_cleanup_errors=True) as folder,
    ):
        begin = partial(_joined, address) if address else partial(_begun, local, folder)
        processors = await loop.run_in_executor(thread, begin)
        try:
            yield min(workers or processors, most)
        finally:
            await loop.run_in_executor(thread, ray().shutdown)


def _begun(processors: int, folder: str) -> int:
    _refuse_second()
    ray().init(
        address="local",
        num_cpus=processors,
        num_gpus=0,
        object_store_memory=OBJECTS,
        include_dashboard=False,
        log_to_driver=False,
        configure_logging=False,
        _temp_dir=folder,
    )
    return processors


def _joined(address: str) -> int:
    _refuse_second()
    try:
        _reach(address)
        ray().init(address=address, log_to_driver=False, configure_logging=False)
    except Exception as error:  # noqa: BLE001 - whatever Ray raises where it finds no cluster
        said = " ".join(str(error).split())[:200]
        raise UsageError(f"--ray-address {address[:200]}: no cluster can be joined ({said})") from None
    return int(ray().cluster_resources().get("CPU", 1))


def _reach(address: str) -> None:
    """Raise OSError where nobody listens at ``HOST:PORT``: Ray itself would try for minutes."""
    host, _, port = address.rpartition(":")
    if host and port.isdigit():
        socket.create_connection((host.strip("[]"), int(port)), timeout=REACH).close()


def _refuse_second() -> None:
    if ray().is_initialized():
        raise UsageError("--executor ray: Ray runs in this process already; shut it down first (ray.shutdown())")


@contextmanager
def _thread() -> Iterator[ThreadPoolExecutor]:
    """Give one thread for as long as Ray runs: the processes that it starts end with the thread that started them."""
    thread = ThreadPoolExecutor(1, thread_name_prefix="ray")
    try:
        yield thread
    finally:
        thread.shutdown(wait=False)


@contextmanager
def _environment(settings: Mapping[str, str]) -> Iterator[None]:
    before = {name: os.environ.get(name) for name in settings}
    os.environ.update(settings)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value


@contextmanager
def _errors_only() -> Iterator[None]:
    """Let Ray say what went wrong, and not what it would advise."""
    ray()  # it sets the level
    logger = logging.getLogger("ray")
    before = logger.level
    logger.setLevel(logging.ERROR)
    try:
        yield
    finally:
        logger.setLevel(before)
