"""The viewer over 100,000 episodes: its list, filtered, sorted and at its end, as page and as JSON; a search.

    python benchmarks/viewer.py [--episodes 100000] [--out benchmarks/results/viewer.json]

Every answer comes over HTTP from a server in this process, on the loopback, and is timed as its client sees it.
"""

from __future__ import annotations

import argparse
import json
import platform
import statistics
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import uvicorn
from store import manifest, played

from empa_graph.models.run import Planned
from empa_graph.store.folder import RunFolder
from empa_graph.store.records import Closing
from empa_graph.viewer.app import Parts, application
from empa_graph.viewer.catalogue import Catalogue
from empa_graph.viewer.guard import Door
from empa_graph.viewer.recent import Recent
from empa_graph.viewer.scales import DEFAULT
from empa_graph.viewer.serve import listening

VARIANTS = 5
REPEATS = 9
LISTS = {
    "list": "",
    "last_page": "offset={last}",
    "by_composite": "order=composite&falling=true",
    "by_scenario_deep": "order=scenario&offset={middle}",
    "filtered": "scenario=student&low=10",
    "filtered_variant": "variant=variant3&ending=max_turns&order=turns",
}


def stored(count: int, folder: Path) -> float:
    """Make a run of ``count`` episodes of two turns each and return the seconds that took."""
    known = [episode for episodes in played(2).values() for episode in episodes]
    plan = tuple(
        Planned(
            scenario=known[n % len(known)].scenario, variant=f"variant{n % VARIANTS}", repeat=n // len(known), seed=n
        )
        for n in range(count)
    )
    run = manifest(plan=plan)
    names = [f"variant{n}" for n in range(VARIANTS)]
    run = run.model_copy(update={"config": run.config.changed({"suite.variants": names})})
    began = time.perf_counter()
    with RunFolder(folder, run) as made:
        for at in range(0, count, 500):
            batch = [
                Closing(
                    n, known[n % len(known)].model_copy(update={"variant": plan[n].variant, "repeat": plan[n].repeat})
                )
                for n in range(at, min(at + 500, count))
            ]
            made.store.append(batch)
        made.store.seal()
    return time.perf_counter() - began


@contextmanager
def served(folder: Path) -> Iterator[tuple[httpx.Client, float]]:
    """Serve the viewer and give a client that was let in, and the seconds until it saw the list of runs."""
    catalogue = Catalogue([str(folder)])
    with listening(0) as socket:
        door = Door(socket.getsockname()[1])
        app = application(Parts(Recent(catalogue), DEFAULT), door)
        server = uvicorn.Server(uvicorn.Config(app, log_level="warning", access_log=False, lifespan="off"))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [socket]})
        thread.start()
        try:
            with httpx.Client(base_url=door.url.partition("/?")[0], timeout=60.0, follow_redirects=True) as client:
                began = time.perf_counter()
                client.get(door.url).raise_for_status()
                yield client, time.perf_counter() - began
        finally:
            server.should_exit = True
            thread.join()
            catalogue.close()


def milliseconds(client: httpx.Client, path: str, repeats: int = REPEATS) -> dict[str, float]:
    times = []
    for _ in range(repeats):
        began = time.perf_counter()
        client.get(path).raise_for_status()
        times.append(1000 * (time.perf_counter() - began))
    return {"median": statistics.median(times), "slowest": max(times)}


def measured(client: httpx.Client, count: int) -> dict[str, object]:
    (line,) = client.get("/api/runs").json()["lines"]
    run = f"/runs/{line['key']}"
    page = milliseconds(client, f"{run}/episodes", 1)
    lists = {}
    for name, query in LISTS.items():
        asked = query.format(last=count - 50, middle=count // 2)
        for kind, path in (("json", f"/api{run}/episodes"), ("page", f"{run}/episodes")):
            lists[f"{name}_{kind}"] = milliseconds(client, f"{path}?{asked}")
    searched = client.get(f"/api{run}/search?text=nowhere+to+be+found").json()["searched"]
    return {
        "first_page_ms": page["median"],
        "lists_ms": lists,
        "searched_in_a_second": searched,
        "events_ms": milliseconds(client, f"/api{run}/events", 3),
        "conversation_ms": milliseconds(client, f"/api{run}/episodes/{count - 1}", 5),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--episodes", type=int, default=100_000)
    parser.add_argument("--out", type=Path, default=Path(__file__).parent / "results" / "viewer.json")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        made = stored(options.episodes, Path(name) / "run")
        with served(Path(name)) as (client, first):
            found = {"first_look_seconds": first, **measured(client, options.episodes)}
    result = {"python": platform.python_version(), "episodes": options.episodes, "made_seconds": made, **found}
    print(json.dumps(result, indent=2))
    options.out.parent.mkdir(parents=True, exist_ok=True)
    options.out.write_text(json.dumps(result, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
