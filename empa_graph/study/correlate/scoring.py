"""Score rated conversations and those that a control answered, and keep each row so that it is not scored again."""

from __future__ import annotations

import json
import random
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass
from io import FileIO
from pathlib import Path
from typing import Literal, NamedTuple

from pydantic import ValidationError

from empa_graph.chats.transcripts import Transcript
from empa_graph.errors import UsageError
from empa_graph.graph.waiting import finished
from empa_graph.models.dialogue import Message
from empa_graph.models.episode import Episode
from empa_graph.models.record import Record
from empa_graph.models.rubric import Rubric
from empa_graph.roles.empathic.reference_agents import AGENTS
from empa_graph.roles.evaluator.support import supporting
from empa_graph.roles.evaluator.support_judge import SupportJudge, supported
from empa_graph.roles.views import EvaluatorRole
from empa_graph.run.rescore import rescored, rescored_all
from empa_graph.seeds import derived_seed, digest_of
from empa_graph.study.correlate.figures import figures
from empa_graph.study.correlate.one_turn import for_last_turn, last_turn
from empa_graph.study.correlate.rated import Rated

CONTROLS = tuple(name for name, agent in AGENTS.items() if agent(("Hello.",), random.Random(0)))
"""The reference agents that say something, by name."""

LONGEST_CAUSE = 300
"""Characters of why there is no score."""
Closer = Callable[[], Awaitable[None]]


class Row(Record):
    """What was made of one conversation or reply: its metrics by name, or why it has no score."""

    schema_version: Literal[1] = 1
    key: str
    """SHA-256 of the evaluator, of what was said and of what was rated."""
    id: str
    turn: int | None
    control: str = ""
    """The control that replied; empty where the replies are those that were rated."""
    figures: dict[str, float]
    unscored: str | None = None


class Job(NamedTuple):
    """One thing to score: the place of a rated line, who replies, and what is said."""

    place: int
    control: str
    key: str
    rated: Rated
    transcript: Transcript


@dataclass(frozen=True, slots=True)
class Scorer:
    """Who judges, by what, under the ``digest`` of all that a score hangs on."""

    evaluator: EvaluatorRole
    name: str
    rubric: Rubric
    profile: str
    digest: str
    attempts: int
    concurrency: int
    support_judge: SupportJudge | None = None
    """Codes the support of whole conversations too, in one call each."""


def jobs(rows: Sequence[Rated], digest: str, *, gaming: int, seed: int) -> list[Job]:
    """Return a job for each of ``rows``, and for each control in the first ``gaming`` of them."""
    found = [_job(place, "", rated, rated.transcript, digest) for place, rated in enumerate(rows)]
    for control in CONTROLS if gaming else ():
        for place, rated in enumerate(rows[:gaming]):
            found.append(_job(place, control, rated, answered_by(control, rated.transcript, seed=seed), digest))
    return found


def _job(place: int, control: str, rated: Rated, transcript: Transcript, digest: str) -> Job:
    said = [(message.turn, message.speaker, message.content) for message in transcript.messages]
    tree = [digest, rated.turn is not None, said]
    return Job(place, control, digest_of(json.dumps(tree)), rated, transcript)


def kept_rows(path: Path, wanted: Iterable[str]) -> dict[str, Row]:
    """Return the rows of ``path`` whose key is ``wanted``; the begun line of a killed process is cut off the file.

    Raises UsageError for a file that holds something else; nothing of that is touched.
    """
    keys, found = frozenset(wanted), {}
    try:
        content = path.read_bytes() if path.exists() else b""
    except OSError as error:
        raise UsageError(f"{path}: cannot be read ({(error.strerror or 'error').lower()})") from None
    *lines, begun = content.split(b"\n")
    for number, line in enumerate(lines, start=1):
        try:
            row = Row.model_validate_json(line)
        except ValidationError:
            raise _foreign(path, number) from None
        if row.key in keys:
            found[row.key] = row
    if not _START.startswith(begun[: len(_START)]):
        raise _foreign(path, len(lines) + 1)
    if begun:
        with path.open("rb+") as file:
            file.truncate(len(content) - len(begun))
    return found


_START = b'{"schema_version":1,"key":"'
"""How every line of kept rows begins."""


def _foreign(path: Path, line: int) -> UsageError:
    return UsageError(f"{path}:{line}: no row of scores; choose another --out-rows")


def add_row(file: FileIO, row: Row) -> None:
    """Append ``row`` as one whole line, past every buffer."""
    line = memoryview(row.model_dump_json().encode() + b"\n")
    while line:
        line = line[file.write(line) :]


async def scored_rows(todo: Sequence[Job], scorer: Scorer, keep: Callable[[Job, Row, bool], None]) -> None:
    """Score every job; ``keep`` gets each row, and whether it may be kept: a fault of a service may pass."""
    by_name = {str(number): job for number, job in enumerate(todo)}
    by = supporting(scorer.evaluator)

    async def judge(transcript: Transcript) -> Episode:
        single = by_name[transcript.id].rated.turn is not None
        role = for_last_turn(scorer.evaluator, transcript) if single else scorer.evaluator
        found = await rescored(
            transcript,
            role,
            scorer.rubric,
            evaluator_name=scorer.name,
            profile=scorer.profile,
            attempts=scorer.attempts,
        )
        return found if single else await supported(found, scorer.support_judge, None)

    def done(episode: Episode) -> None:
        job = by_name[str(episode.conversation)]
        single = job.rated.turn is not None
        own = last_turn(episode, scorer.rubric, scorer.profile, by) if single else episode
        coded = episode.support_judged is None or episode.support_judged.failure is None
        keep(job, _row(job, own), episode.failure is None and coded)

    said = (Transcript(id=name, messages=job.transcript.messages) for name, job in by_name.items())
    await rescored_all(said, judge, keep=done, concurrency=scorer.concurrency)


def run_jobs(todo: Sequence[Job], scorer: Scorer, keep: Callable[[Job, Row, bool], None], close: Closer) -> bool:
    """Score every job and close the models behind; return whether Ctrl-C ended it before."""

    async def all_of_it() -> None:
        try:
            await scored_rows(todo, scorer, keep)
        finally:
            await close()

    try:
        finished(all_of_it())
    except KeyboardInterrupt:
        return True
    return False


def _row(job: Job, episode: Episode) -> Row:
    return Row(
        key=job.key,
        id=job.rated.transcript.id,
        turn=job.rated.turn,
        control=job.control,
        figures=figures(episode),
        unscored=_cause(episode),
    )


def _cause(episode: Episode) -> str | None:
    """Say why there is no score, by what went wrong first where no turn was judged; None where there is one."""
    if episode.unscored is None:
        return None
    lone = episode.faults[0] if episode.faults and episode.failure is None else None
    return (f"{lone.kind}: {lone.detail}" if lone else episode.unscored)[:LONGEST_CAUSE]


def answered_by(control: str, transcript: Transcript, *, seed: int) -> Transcript:
    """Return ``transcript`` with one reply of ``control`` in place of what was said in each answered turn.

    The person's messages stay as they are, so they answer somebody else.
    """
    person: dict[int, list[str]] = {}
    messages: list[Message] = []
    for message in transcript.messages:
        if message.speaker == "persona":
            person.setdefault(message.turn, []).append(message.content)
            messages.append(message)
        elif messages and messages[-1].speaker == "persona":
            rng = random.Random(derived_seed(seed, control, transcript.id, message.turn))
            text = AGENTS[control](tuple("\n".join(parts) for parts in person.values()), rng)
            messages.append(Message(turn=message.turn, speaker="empathic", content=text))
    return Transcript(id=transcript.id, messages=tuple(messages))
