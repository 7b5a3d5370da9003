"""Run folders to be looked at, and a browser's side of the viewer without a browser."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from starlette.testclient import TestClient

from empa_graph.models.dialogue import Message
from empa_graph.models.episode import Episode
from empa_graph.models.run import Run
from empa_graph.store.folder import RunFolder
from empa_graph.viewer.app import Parts, application
from empa_graph.viewer.catalogue import Catalogue
from empa_graph.viewer.guard import Door
from empa_graph.viewer.recent import Recent
from empa_graph.viewer.scales import DEFAULT, Scale
from tests.records import episode, run, score

PORT = 4711
HOST = f"http://127.0.0.1:{PORT}"


def said(*pairs: tuple[str, str]) -> tuple[Message, ...]:
    """Return turns of a person's message and a reply."""
    return tuple(
        Message(turn=turn, speaker=speaker, content=content)
        for turn, pair in enumerate(pairs, start=1)
        for speaker, content in zip(("persona", "empathic"), pair, strict=True)
    )


def folder(path: Path, episodes: Sequence[Episode | None] = (), **changes: Any) -> Path:
    """Make a run folder that plans the ``episodes`` and has ended those that are given."""
    variants = tuple(dict.fromkeys(one.variant for one in episodes if one is not None)) or ("baseline",)
    planned = [one or episode(scenario=f"someone/open{number}") for number, one in enumerate(episodes)]
    plan = [{"scenario": e.scenario, "variant": e.variant, "repeat": e.repeat, "seed": e.seed} for e in planned]
    made = run(*variants, **changes)
    made = Run.model_validate({**made.model_dump(), "plan": plan or made.model_dump()["plan"]})
    with RunFolder(path, made) as kept:
        for number, one in enumerate(episodes):
            if one is not None:
                kept.add(one, number=number)
        kept.store.seal()
    return path


def two_variants(composites: Sequence[float] = (40.0, 60.0)) -> list[Episode]:
    """Return an episode of two scenarios under each of two variants."""
    return [
        episode(scenario=f"nurse/{goal}", variant=variant, score=score(composite + 5 * place))
        for place, goal in enumerate(("sleep", "shift"))
        for variant, composite in zip(("baseline", "aligned"), composites, strict=True)
    ]


def strangers(*places: Path | str, scales: Sequence[Scale] = DEFAULT, **options: Any) -> tuple[TestClient, Door]:
    """Return a client that nobody has let in, and the door."""
    return _at(Catalogue([str(place) for place in places]), scales, **options)


def client(*places: Path | str, scales: Sequence[Scale] = DEFAULT) -> TestClient:
    """Return a client that was let in."""
    return let_in(Catalogue([str(place) for place in places]), scales)


def let_in(catalogue: Catalogue, scales: Sequence[Scale] = DEFAULT) -> TestClient:
    """Return a client that was let in to look at the runs of ``catalogue``, which the caller closes."""
    found, door = _at(catalogue, scales)
    assert found.get(door.url).status_code == 303
    return found


def _at(catalogue: Catalogue, scales: Sequence[Scale], **options: Any) -> tuple[TestClient, Door]:
    door = Door(PORT)
    app = application(Parts(Recent(catalogue), scales), door)
    return TestClient(app, base_url=HOST, follow_redirects=False, **options), door


def keys(found: TestClient) -> dict[str, str]:
    """Return the keys of the runs by name."""
    return {line["run"]: line["key"] for line in found.get("/api/runs").json()["lines"]}


def only_key(found: TestClient) -> str:
    (key,) = keys(found).values()
    return key
