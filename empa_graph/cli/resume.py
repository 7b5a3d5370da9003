"""``empa resume``: go on with a run where it was left, with what its manifest names if it was made here."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from empa_graph.cli.extensions import import_extensions
from empa_graph.cli.folders import import_from_here, opened, own_key, refuse_other, refuse_untyped
from empa_graph.cli.options import openai_key
from empa_graph.cli.plain import prints_aside
from empa_graph.cli.run_session import open_resources, probe_all, sit
from empa_graph.cli.session_options import SessionOptions
from empa_graph.content.library import find_scenarios, load_rubric
from empa_graph.errors import ContentError, UsageError
from empa_graph.llm.extra_body import checked_body
from empa_graph.models.run import Run
from empa_graph.roles.empathic.attribute import refuse_below
from empa_graph.roles.make import code_of, make_roles
from empa_graph.run.config import ASKED, PATIENCE, Casting, Patience, typed_answer
from empa_graph.run.plan import run_hashes
from empa_graph.run.provenance import code_hashes
from empa_graph.run.session import Played, check_resources
from empa_graph.run.single import with_max_turns
from empa_graph.store.folder import load_manifest
from empa_graph.store.ledger import Store


@dataclass(frozen=True, slots=True)
class Asked:
    """How models are reached in this session, which no manifest keeps; and what of the manifest was typed again."""

    api_key: str | None = None
    base_url: str | None = None
    """Where the run's server has moved to."""
    judge_api_key: str | None = None
    judge_base_url: str | None = None
    timeout: float | None = None
    patience: Patience = PATIENCE
    store: str | None = None
    prices: Path | None = None
    empathic: str | None = None
    evaluator: str | None = None
    judges: tuple[str, ...] = ()
    director: str | None = None
    voice: str | None = None
    voice_check: str | None = None
    extra: tuple[str, ...] = ()
    imports: tuple[str, ...] = ()

    @property
    def typed(self) -> dict[str, tuple[str, ...]]:
        """What was typed, by option."""
        words = {
            "--empathic": self.empathic,
            "--evaluator": self.evaluator,
            "--director": self.director,
            "--persona-voice": self.voice,
            "--voice-check": self.voice_check,
            "--base-url": self.base_url,
            "--judge-base-url": self.judge_base_url,
            "--store": self.store,
            "--prices": self.prices and str(self.prices),
        }
        return {
            "--judge": self.judges,
            "--extra": self.extra,
            "--import": self.imports,
            **{option: (word,) for option, word in words.items() if word},
        }


def resume(path: Path, options: SessionOptions, asked: Asked) -> None:
    """Play what is left of the run in ``path``; refuse when what it stands on has changed since, or is not trusted."""
    run, trusted = load_manifest(path, own_key())
    refuse_other(run, asked.typed)
    if not trusted:
        refuse_untyped(path, run, asked.typed)
    import_from_here(beside=path)
    import_extensions(run.imports, as_json=options.json, runs=(path,))
    played = restored(run, asked, path)
    with prints_aside(options.json):
        seats = make_roles(played.casting, played.rubric)
    prices = asked.prices or (Path(run.prices) if run.prices else None)
    with (
        open_resources(options, prices) as resources,
        opened(path, run.id, store=asked.store, writing=True) as ledger,
    ):
        if ledger.run != run:
            raise ContentError(f"{path}: run.json is not the manifest that the store holds")
        refuse_broken(path, ledger)
        check_resources(seats, resources)
        if len(ledger.ended()) < len(run.plan):
            probe_all(seats, offline=resources.offline)
        sit(played, ledger, path, resources, options)


def refuse_broken(path: Path, ledger: Store) -> None:
    """Raise ContentError where the rows of a run are not as they were written."""
    faults = ledger.verify().faults
    if faults:
        more = f" and {len(faults) - 1} more" if len(faults) > 1 else ""
        raise ContentError(
            f"{path}: the store was changed since it was written, so the run cannot go on: {faults[0].kind}: "
            f"{faults[0].what}{more} (empa verify {path})"
        )


def restored(run: Run, asked: Asked, path: Path) -> Played:
    """Return what ``run`` plays, from its manifest in ``path``.

    Raises UsageError for content or code that has changed, and for an agent below ``path``.
    """
    if "temperature" not in run.parameters:
        raise UsageError(f"run '{run.id}' was recorded elsewhere and not played; there is nothing to resume")
    casting = Casting(
        empathic=run.agent,
        evaluator=run.evaluator,
        judges=run.judges,
        judge_every=run.judge_every,
        director=run.director,
        voice=run.voice,
        noise=run.noise,
        base_url=asked.base_url or run.base_url,
        api_key=asked.api_key,
        judge_base_url=asked.judge_base_url or run.judge_base_url,
        judge_api_key=asked.judge_api_key,
        openai_key=openai_key(),
        temperature=float(run.parameters["temperature"] or 0.0),
        max_tokens=int(run.parameters["max_tokens"] or 1),
        extra_body=None if (extra := _parameter(run, "extra_body")) is None else checked_body(str(extra)),
        judge_temperature=float(_parameter(run, "judge_temperature") or 0.0),
        judge_max_tokens=int(_parameter(run, "judge_max_tokens") or 1),
        voice_max_tokens=int(_parameter(run, "voice_max_tokens") or 1),
        voice_check=None if (check := _parameter(run, "voice_check")) is None else str(check),
        strict_voice=bool(_parameter(run, "strict_voice")),
        timeout=asked.timeout,
        patience=asked.patience,
        redaction=run.redaction,
        speaks=run.speaks,
        on_interrupt=typed_answer(run.on_interrupt),
        context=run.context,
        initial=run.initial,
        extra=run.extra,
    )
    for spec in code_of(casting):
        refuse_below(spec, path)
    rubric = with_max_turns(load_rubric(run.rubric_file or run.rubric), run.max_turns)
    personas = Path(run.personas) if run.personas else None
    scenarios = find_scenarios(list(dict.fromkeys(item.scenario for item in run.plan)), personas)
    now = run_hashes(run, scenarios, rubric) | code_hashes(code_of(casting), run.imports)
    changed = sorted(name for name, value in (run.hashes | run.code).items() if now.get(name) != value)
    if changed:
        raise UsageError(f"{changed[0]} has changed since run '{run.id}' began; it cannot be resumed")
    return Played(run, scenarios, casting, rubric)


def _parameter(run: Run, name: str) -> float | int | str | None:
    """Return a parameter of the manifest; where it says nothing, the default."""
    return run.parameters.get(name, ASKED[name])
