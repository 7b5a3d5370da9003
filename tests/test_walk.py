"""How far one episode walks: what a scripted conversation of three turns visits on its way through `evaluate`."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections import defaultdict
from pathlib import Path

MODULES = 102
FUNCTIONS = 450
_WALK = """
import sys, threading
from pathlib import Path
import empa_graph
from empa_graph import RunConfig, evaluate

def play(name):
    suite = {"scenarios": ["farm_heir"], "max_turns": 3}
    agent = {"spec": "scripted:generic"}
    evaluate(RunConfig(agent=agent, suite=suite, store={"out": Path(sys.argv[1], name)}))

def visit(frame, event, _):
    code = frame.f_code
    if event == "call" and code.co_filename.startswith(root) and not code.co_name.startswith("<"):
        seen.add((code.co_filename.removeprefix(root), code.co_qualname))

root, seen = str(Path(empa_graph.__file__).parent) + "/", set()
play("first")  # imports what it needs
threading.setprofile(visit)
sys.setprofile(visit)
play("second")
sys.setprofile(None)
print(sorted(seen))
"""


def test_an_episode_walks_through_few_modules_and_functions(tmp_path: Path) -> None:
    command = [sys.executable, "-c", _WALK, str(tmp_path)]
    done = subprocess.run(command, capture_output=True, check=True, text=True)
    seen: list[tuple[str, str]] = ast.literal_eval(done.stdout)
    modules = {module for module, _ in seen}
    assert len(modules) <= MODULES and len(seen) <= FUNCTIONS, _by_room(seen)


def _by_room(seen: list[tuple[str, str]]) -> str:
    """Return the figures and every function, by room and module."""
    rooms: dict[str, dict[str, list[str]]] = defaultdict(lambda: defaultdict(list))
    for module, function in seen:
        rooms[module.partition("/")[0]][module].append(function)
    lines = [f"{sum(map(len, rooms[r].values()))} in {len(rooms[r])} modules of {r}" for r in rooms]
    lines += [f"{module}: {', '.join(named)}" for room in rooms.values() for module, named in room.items()]
    return "\n".join([f"{len(seen)} functions", *lines])
