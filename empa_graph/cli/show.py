"""``empa list`` and ``empa show``: scenarios, runs and episodes for people and for programs."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple, get_args

import typer
from rich.table import Table
from rich.text import Text

from empa_graph.cli.display import console, literal, marks, print_summary, spark
from empa_graph.cli.episode_view import print_episode
from empa_graph.cli.folders import contradicted
from empa_graph.cli.left_out import left_out
from empa_graph.cli.listing import in_lines, listed
from empa_graph.cli.names import refuse_misspelt
from empa_graph.cli.no_run import refuse_path
from empa_graph.cli.plain import one_line, shortened
from empa_graph.cli.whole_runs import asked_in
from empa_graph.content.library import find_scenarios
from empa_graph.errors import NotFoundError, UsageError
from empa_graph.models.episode import Episode
from empa_graph.models.persona import Context, Goal, Scenario, Threshold
from empa_graph.report.lines import VOID
from empa_graph.report.path import path_by_turn
from empa_graph.report.sparkline import GAPS
from empa_graph.report.summary import summarise
from empa_graph.report.text import many
from empa_graph.run.place import RunPlace
from empa_graph.store.folder import refuse_missing
from empa_graph.store.suspension import suspension

if TYPE_CHECKING:
    from empa_graph.run.recount import Contradiction

_HEADINGS = ("#", "scenario", "variant", "repeat", "ending", "turns", "composite", "progress by turn", "why not scored")
_NUMBERS = ("#", "repeat", "turns", "composite")


class Played(NamedTuple):
    """An episode of a run with its number from 1."""

    number: int
    episode: Episode
    contradiction: Contradiction | None
    """The stored figure that its own levels do not give."""


def list_scenarios(
    names: Sequence[str], folder: Path | None, *, context: str | None, threshold: str | None, as_json: bool
) -> None:
    """Print the scenarios of ``names`` (all by default) that fit, one a row. Raises NotFoundError."""
    for option, word, known_words in (
        ("context", context, get_args(Context)),
        ("threshold", threshold, get_args(Threshold)),
    ):
        if word is not None and word not in known_words:
            raise NotFoundError(option, word, known_words, where=f"--{option}")
    if len(names) == 1:
        refuse_misspelt(names[0], folder)
    known = [
        scenario
        for scenario in find_scenarios(names, folder)
        if context in (None, scenario.goal.context) and threshold in (None, scenario.persona.empathy_threshold.level)
    ]
    if as_json:
        typer.echo(json.dumps([_entry(scenario) for scenario in known], indent=2))
        return
    title = f"{many(len(known), 'scenario')} of {len({s.persona.id for s in known})} personas"
    headings = ("scenario", "person", "context", "threshold", "what it is about")
    rows = [[str(cell) for cell in _entry(scenario).values()] for scenario in known]
    for part in in_lines(headings, rows, width=console.width, spared=("person", "threshold", "context"), title=title):
        console.print(part)


def show_what(
    what: str,
    episode: str | None,
    folder: Path | None,
    *,
    as_json: bool,
    verbose: bool = False,
    store: str | None = None,
) -> None:
    """Print a scenario, every scenario of a persona, a run, or one of its episodes; ``verbose`` with tracebacks."""
    place = RunPlace(what, store)
    if not _holds_run(place):
        if episode is not None:
            refuse_path(what)
            raise UsageError(f"'{what}' is no run; only a run has an episode '{episode}'")
        try:
            found = find_scenarios([what], folder)
        except NotFoundError:
            refuse_path(what)
            raise
        _scenarios(found, as_json=as_json)
    elif episode is None:
        _run(place, as_json=as_json)
    else:
        _episodes(_find(place, episode), as_json=as_json, verbose=verbose)


def _holds_run(place: RunPlace) -> bool:
    """Return whether a run was typed and no scenario. Raises UsageError for a folder without a run."""
    if place.folder is None:
        return True
    if place.folder.is_dir():
        refuse_missing(place.folder)
        return True
    return False


def _entry(scenario: Scenario) -> dict[str, object]:
    persona = scenario.persona
    return {
        "id": scenario.id,
        "person": f"{persona.name}, {persona.demographics.age}",
        "context": scenario.goal.context,
        "threshold": persona.empathy_threshold.level,
        "title": scenario.goal.title,
    }


def _print_rows(
    headings: Sequence[str], rows: Sequence[Sequence[str]], *, numbers: Collection[str] = (), title: str = ""
) -> None:
    for part in listed(headings, rows, width=console.width, numbers=numbers, title=title):
        console.print(part)


def _scenarios(found: Sequence[Scenario], *, as_json: bool) -> None:
    """Print one scenario, or each of several; as JSON an object, or a list of them."""
    if as_json:
        dumped = [scenario.model_dump(mode="json") for scenario in found]
        typer.echo(json.dumps(dumped[0] if len(dumped) == 1 else dumped, indent=2))
        return
    for number, scenario in enumerate(found):
        if number:
            console.print()
        _scenario(scenario)


def _scenario(scenario: Scenario) -> None:
    persona, goal = scenario.persona, scenario.goal
    console.print(Text.assemble((scenario.id, "bold"), literal(f"  {goal.title} ({goal.context})")))
    if scenario.content_note:
        console.print(literal(f"Content note: {', '.join(scenario.content_note)}", "yellow"))
    for text in (persona.summary, f"Reached when: {goal.reached_when}", *goal.constraints):
        console.print(literal(text))
    console.print(literal(f"Threshold {persona.empathy_threshold.level}: {persona.empathy_threshold.rejects}"))
    for shown in _start_tables(goal):
        console.print(shown)
    console.print("Opens with:")
    for opening in goal.openings:
        console.print(literal(f"  {opening.text}"))


def _start_tables(goal: Goal) -> Iterator[Table]:
    """Where the goal starts in each of its spaces: by points, or by the levels of initial indicators."""
    for space, route in goal.spaces.items():
        if route.levels:
            table = Table(f"{space} indicator", "level", "why")
            for name, annotated in route.levels.items():
                table.add_row(name, f"{annotated.value:.0f}", literal(annotated.reason))
        else:
            table = Table(f"{space} dimension", "start", "target", "why the target lies there")
            for name, start in route.start.items():
                if name in route.target:
                    end = route.target[name]
                    table.add_row(name, f"{start.value:+.2f}", f"{end.value:+.2f}", literal(end.reason))
        yield table


def _all(place: RunPlace) -> list[Played]:
    from empa_graph.run.recount import Recount

    with place.opened() as ledger:
        recount = Recount(ledger)
        return [Played(number + 1, episode, recount.found(number, episode)) for number, episode in ledger.numbered()]


def _left(place: RunPlace) -> str:
    with place.opened() as ledger:
        return suspension(ledger, str(place))


def _warn(played: Sequence[Played]) -> None:
    for line in contradicted([one.contradiction for one in played if one.contradiction]):
        console.print(literal(one_line(line), "red"))


def _run(place: RunPlace, *, as_json: bool) -> None:
    played, asked, left = _all(place), asked_in(place), _left(place)
    summary, without = summarise(asked.run, [one.episode for one in played]), asked.left_out
    if as_json:
        fields = {
            **summary.model_dump(mode="json"),
            "left_out": without,
            "suspended": left or None,
            "episodes": [_row(one) for one in played],
        }
        typer.echo(json.dumps(fields, indent=2))
        return
    print_summary(summary)
    for line in (*([one_line(left)] if left else []), *left_out(without)):
        console.print(literal(line, "yellow"))
    _print_played(played, void=summary.script.scripted)
    _warn(played)


def _print_played(played: Sequence[Played], *, title: str = "", void: bool = False) -> None:
    repeated = any(one.episode.repeat for one in played)
    several = len({one.episode.variant for one in played}) > 1
    rows = [_cells(one, repeated=repeated, several=several, void=void) for one in played]
    _print_rows(_HEADINGS, rows, numbers=_NUMBERS, title=title)
    if played:
        low, high, gap = marks()[0], marks()[-1], GAPS[marks()]
        console.print(literal(f"progress by turn: {low} none of the way to {high} the target, {gap} not judged"))


def _row(played: Played) -> dict[str, object]:
    number, episode, _ = played
    return {
        "number": number,
        "scenario": episode.scenario,
        "variant": episode.variant,
        "repeat": episode.repeat,
        "ending": episode.ending,
        "turns": episode.turns,
        "composite": episode.score.composite if episode.score else None,
        "unscored": episode.unscored,
        "by_turn": path_by_turn(episode.latent)._asdict(),
    } | _told(played)


def _cells(played: Played, *, repeated: bool, several: bool, void: bool) -> list[str]:
    """Return the row of an episode; the variant where there are ``several``, the repeat where any is ``repeated``.

    A composite that is ``void`` stands in brackets behind that word.
    """
    number, episode, _ = played
    composite = f"{episode.score.composite:.1f}" if episode.score else "-"
    composite = f"{VOID} ({composite})" if void and episode.score else composite
    repeat = str(episode.repeat) if repeated else ""
    variant, way = episode.variant if several else "", spark(path_by_turn(episode.latent).progress)
    told = (str(number), episode.scenario, variant, repeat, episode.ending, str(episode.turns), composite, way)
    return [*map(one_line, told), shortened(episode.unscored or "", 120)]


def _find(place: RunPlace, wanted: str) -> list[Played]:
    """Return the episode with this number, or every one of this scenario."""
    played = _all(place)
    if wanted.isdecimal():
        numbered = [one for one in played if one.number == int(wanted)]
        if not numbered:
            numbers = [one.number for one in played]
            allowed = f"; allowed are {numbers[0]} to {numbers[-1]}" if numbers else ", and none has ended"
            raise UsageError(f"{place}: no episode {wanted}{allowed}")
        return numbered
    found = [one for one in played if one.episode.scenario == wanted]
    if not found:
        raise NotFoundError("episode", wanted, {one.episode.scenario for one in played}, where=str(place))
    return found


def _episodes(found: Sequence[Played], *, as_json: bool, verbose: bool) -> None:
    """Print one episode whole; of several a list to choose from."""
    if len(found) > 1:
        if as_json:
            typer.echo(json.dumps({"episodes": [_row(one) for one in found]}, indent=2))
            return
        title = f"{many(len(found), 'episode')} of {found[0].episode.scenario}; name one by its number"
        _print_played(found, title=title)
        _warn(found)
    elif as_json:
        typer.echo(json.dumps(found[0].episode.model_dump(mode="json") | _told(found[0]), indent=2))
    else:
        print_episode(found[0].episode, verbose=verbose)
        _warn(found)


def _told(played: Played) -> dict[str, object]:
    """Return the field that an episode has where a stored figure contradicts its levels."""
    return {} if played.contradiction is None else {"contradiction": played.contradiction._asdict()}
