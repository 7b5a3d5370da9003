"""The report: time to build, size, and time to open in Chromium, over 500 conversations and more.

    python benchmarks/report.py [--repeats 7] [--out benchmarks/results/report.json]

Two agents play every bundled scenario. No sentence is then left that compresses well because a script says it again:
in each conversation every word is replaced by another one of the run, a different one each time, in messages and
evidence alike; and calls to models are made up, three a turn. Opening is from the request to the first picture.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import random
import re
import shutil
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from empa_graph.content.played import played_scenarios
from empa_graph.models.config import RunConfig
from empa_graph.models.dialogue import Usage
from empa_graph.models.episode import Episode
from empa_graph.models.turn_record import ModelCall
from empa_graph.report.html import report_html
from empa_graph.report.page.build import page
from empa_graph.report.page.source import Source, stored
from empa_graph.run.evaluate import evaluate
from empa_graph.run.home import opened

WORD = re.compile(r"[A-Za-z]{3,}")
AGENTS = ("scripted:expert", "scripted:expert-then-advice@0.5")


TEXTS = ("content", "evidence", "progress_evidence", "regress_evidence", "handoff")
"""The fields of an episode that hold what was said."""


def play(folder: Path, agent: str, repeats: int) -> Source:
    """Play every scenario and return what was stored."""
    settings = {"agent.spec": agent, "suite.repeats": repeats, "store.out": folder}
    evaluate(RunConfig().changed(settings))
    with opened(folder) as store:
        return stored(store)


def reworded(episode: Episode, words: list[str], seed: int) -> Episode:
    """Return ``episode`` with every word replaced, the same word by the same one, another mapping for each seed."""
    other = dict(zip(words, random.Random(seed).sample(words, len(words)), strict=True))
    return Episode.model_validate_json(json.dumps(_reworded(json.loads(episode.model_dump_json()), other)))


def _reworded(value: Any, other: dict[str, str], *, text: bool = False) -> Any:
    if isinstance(value, dict):
        return {name: _reworded(held, other, text=name in TEXTS) for name, held in value.items()}
    if isinstance(value, list):
        return [_reworded(held, other) for held in value]
    return WORD.sub(lambda word: other[word.group()], value) if text and isinstance(value, str) else value


def calls(episodes: Sequence[Episode]) -> list[ModelCall]:
    """Return three calls a turn, as of a model in each seat."""
    chance = random.Random(0)
    return [
        ModelCall(
            episode=number,
            turn=turn,
            role=role,
            model=f"some-{role}-model",
            endpoint="http://127.0.0.1/v1",
            answered_by=None,
            parameters={},
            prompt_hash="",
            prompt_characters=4000,
            usage=Usage(tokens_in=chance.randrange(500, 4000), tokens_out=chance.randrange(20, 300)),
            latency=chance.lognormvariate(0.0, 0.6),
            attempt=1,
            cost=chance.random() / 100,
        )
        for number, episode in enumerate(episodes)
        for turn in range(1, episode.turns + 1)
        for role in ("empathic", "judge", "persona")
    ]


def source(folder: Path, agent: str, repeats: int) -> Source:
    """Return a run of ``agent`` whose conversations share no wording."""
    found = play(folder, agent, repeats)
    words = sorted({word for e in found.episodes for m in e.messages for word in WORD.findall(m.content)})
    episodes = tuple(reworded(episode, words, seed) for seed, episode in enumerate(found.episodes))
    return found._replace(episodes=episodes, calls=calls(episodes))


def opened_in(file: Path) -> dict[str, float]:
    """Return the seconds until Chromium has the page ready, its first picture drawn, and a conversation open."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        view = browser.new_page()
        began = time.perf_counter()
        found = {}
        view.goto(file.as_uri())
        view.wait_for_selector("html[data-state=ready]")
        found["ready"] = time.perf_counter() - began
        view.wait_for_selector("[data-kind=leaderboard][data-state=drawn]")
        found["first picture"] = time.perf_counter() - began
        began = time.perf_counter()
        view.evaluate("location.hash = 'episode-7'")
        view.wait_for_selector("#turn-1")
        found["conversation"] = time.perf_counter() - began
        browser.close()
    return found


def main() -> None:
    """Print what was measured, and write it."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--repeats", type=int, default=7)
    options.add_argument("--out", type=Path)
    options.add_argument("--keep", type=Path, help="keep the page here")
    asked = options.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        sources = [source(Path(folder, str(n)), agent, asked.repeats) for n, agent in enumerate(AGENTS)]
        began, worked = time.perf_counter(), time.process_time()
        known = played_scenarios([found.run for found in sources if found.run], None)
        built = page(sources, known)
        figures = time.perf_counter() - began
        content = report_html(built)
        whole, busy = time.perf_counter() - began, time.process_time() - worked
        file = asked.keep or Path(folder, "report.html")
        file.write_bytes(content)
        times = opened_in(file)
    raw = sum(len(episode.model_dump_json()) for episode in built.episodes)
    print(f"{len(built.episodes)} conversations, {raw / len(built.episodes) / 1000:.0f} kB of JSON each")
    print(
        f"built in {whole:.1f} s ({busy:.1f} s of processor; {figures:.1f} s for figures), {len(content) / 1e6:.2f} MB"
    )
    print("opened: " + ", ".join(f"{name} {seconds:.2f} s" for name, seconds in times.items()))
    if asked.out:
        found = {
            "conversations": len(built.episodes),
            "raw_bytes": raw,
            "build_seconds": whole,
            "build_processor_seconds": busy,
            "figures_seconds": figures,
            "bytes": len(content),
            "opened_seconds": times,
            "machine": f"{platform.machine()}, {os.cpu_count()} processors",
        }
        asked.out.parent.mkdir(parents=True, exist_ok=True)
        asked.out.write_text(json.dumps(found, indent=2) + "\n")


if __name__ == "__main__":
    main()
