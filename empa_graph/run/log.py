"""The log of a run: one JSON object a line, in its folder, without keys and without a word of a conversation.

Rule: modules log an event's name and fields of short plain values (``extra={"episode": 3}``), never what was said.
"""

from __future__ import annotations

import json
import logging
import math
import re
import traceback
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import quote

from empa_graph.errors import writing
from empa_graph.roles.trace import KEYS, causes
from empa_graph.store.folder import LOG

LOGGER = "empa_graph"
LONGEST_VALUE = 300
"""Characters of one text in a line."""
LONGEST_LINE = 8_000
"""Characters of one line; the last fields of a longer one are left out, and ``cut`` says so."""
MOST_ENTRIES = 20
"""Entries of one list in a line."""
_PLAIN = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName"}
_OWN = ("time", "level", "event", "logger")


@contextmanager
def run_log(folder: Path, *, secrets: Iterable[str] = (), level: int = logging.INFO) -> Iterator[Path]:
    """Append what the package logs from ``level`` on to ``run.log`` in ``folder``; give the file.

    Each of ``secrets``, and whatever looks like a key, is replaced by ``[key]``. Raises UsageError when the file
    cannot be written.
    """
    path = folder / LOG
    with writing(path):
        handler = logging.FileHandler(path, encoding="utf-8", errors="backslashreplace")
    handler.setLevel(level)
    handler.setFormatter(LineFormatter(secrets))
    logger = logging.getLogger(LOGGER)
    before = logger.level
    logger.setLevel(min(level, before or level))
    logger.addHandler(handler)
    try:
        yield path
    finally:
        logger.removeHandler(handler)
        logger.setLevel(before)
        handler.close()


class LineFormatter(logging.Formatter):
    """Makes a record one JSON line: time (UTC), level, event, logger, and the fields given with ``extra``.

    Of an exception it keeps the kind and the place, not the message, which may quote anything.
    """

    def __init__(self, secrets: Iterable[str] = ()) -> None:
        super().__init__()
        known = {form for secret in secrets if secret.strip() for form in (secret, quote(secret, safe=""))}
        longest_first = sorted(known, key=len, reverse=True)
        self._known = re.compile("|".join(map(re.escape, longest_first))) if known else None

    def format(self, record: logging.LogRecord) -> str:
        """Return the line, without its end."""
        own: dict[str, object] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "event": self._text(record.getMessage()),
            "logger": record.name,
        }
        fields = {self._text(name): self._value(given) for name, given in vars(record).items() if name not in _PLAIN}
        if record.exc_info and record.exc_info[1]:
            fields.update(self._exception(record.exc_info[1]))
        return _line(own, {name: value for name, value in fields.items() if name not in _OWN})

    def _exception(self, error: BaseException) -> dict[str, object]:
        chain = [traceback.extract_tb(cause.__traceback__) for cause in reversed(list(causes(error)))]
        frames = [frame for part in chain for frame in part][-MOST_ENTRIES:]
        places = [f"{Path(frame.filename).name}:{frame.lineno} {frame.name}" for frame in frames]
        return {"error": self._text(type(error).__name__), "at": [self._text(place) for place in places]}

    def _value(self, given: object) -> object:
        """Return ``given`` when it is plain, shortened; of anything else the name of its type."""
        if given is None or isinstance(given, bool | int):
            return given
        if isinstance(given, float):
            return given if math.isfinite(given) else str(given)
        if isinstance(given, str):
            return self._text(given)
        if isinstance(given, list | tuple | set | frozenset):
            return [self._value(entry) for entry in list(given)[:MOST_ENTRIES]]
        return f"<{type(given).__name__}>"

    def _text(self, text: str) -> str:
        # Before the cut: half a key would not be known any more.
        if self._known is not None:
            text = self._known.sub("[key]", text)
        text = KEYS.sub("[key]", text)
        return text if len(text) <= LONGEST_VALUE else f"{text[: LONGEST_VALUE - 3]}..."


def _line(own: dict[str, object], fields: dict[str, object]) -> str:
    line = json.dumps({**own, **fields})
    while len(line) > LONGEST_LINE and fields:
        fields.popitem()
        line = json.dumps({**own, **fields, "cut": True})
    return line
