"""The commands that play, and their help; each does its work in a module imported when it runs."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from empa_graph.cli.options import (
    ApiKey,
    BaseUrl,
    Cache,
    EpisodeSeconds,
    EpisodeTokens,
    Evaluator,
    EvaluatorRubric,
    ExtraBody,
    Import,
    Json,
    JudgeApiKey,
    JudgeBaseUrl,
    JudgeEvery,
    JudgeMaxTokens,
    Judges,
    JudgeTemperature,
    Langsmith,
    MaxCost,
    MaxFailed,
    MaxMinutes,
    MaxTokens,
    Offline,
    OnOutage,
    Otel,
    Personas,
    Prices,
    Profile,
    Retries,
    StrictVoice,
    Timeout,
    VoiceCheck,
    VoiceMaxTokens,
    openai_key,
    place,
)


def run(
    scenarios: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="SCENARIO", help="'all', persona ids, persona/goal ids, or patterns of them. Default: all."
        ),
    ] = None,
    empathic: Annotated[
        str,
        typer.Option(
            metavar="AGENT",
            help="The agent under test: `local`, `local:/path/model.gguf`, `openai:gpt-5-mini`, a model name with "
            "`--base-url`, `module:attribute` or `path/file.py:attribute` (a graph, its factory or a function), or "
            "`scripted:skilled`.",
        ),
    ] = "local",
    variant: Annotated[
        list[str] | None,
        typer.Option(
            metavar="NAME",
            help="Instructions: `baseline`, `aligned`, `informed`, or a prompt file (.md, .txt). Repeatable. For "
            "models, and functions with a parameter `instructions`.",
        ),
    ] = None,
    evaluator: Evaluator = "cues",
    judge: Judges = None,
    judge_every: JudgeEvery = 1,
    director: Annotated[
        str | None,
        typer.Option(metavar="NAME", help="Steer the persona: `rules`, or a model that calls tools. Default: nobody."),
    ] = None,
    persona_voice: Annotated[
        str,
        typer.Option(metavar="VOICE", help="`card` (the card's own lines) or a model that words the decided moves."),
    ] = "card",
    base_url: BaseUrl = None,
    api_key: ApiKey = None,
    judge_base_url: JudgeBaseUrl = None,
    judge_api_key: JudgeApiKey = None,
    repeats: Annotated[int, typer.Option(min=1, help="Episodes per scenario and variant.")] = 1,
    seed: Annotated[int, typer.Option(help="Seed of everything random.")] = 0,
    noise: Annotated[
        float, typer.Option(min=0.0, max=0.5, help="Noise in the persona's trust per turn; 0 for none.")
    ] = 0.02,
    max_turns: Annotated[
        int | None, typer.Option(min=1, max=1000, help="Turns per episode. Default: the rubric's.")
    ] = None,
    limit: Annotated[
        int | None, typer.Option(min=1, help="At most this many scenarios, spread over the personas.")
    ] = None,
    concurrency: Annotated[int, typer.Option(min=1, max=1000, help="Episodes in flight.")] = 4,
    executor: Annotated[
        str, typer.Option(metavar="NAME", help="Where episodes run: `asyncio`, or a registered executor.")
    ] = "asyncio",
    temperature: Annotated[float, typer.Option(min=0.0, max=2.0, help="Of the agent under test.")] = 0.7,
    max_tokens: Annotated[int, typer.Option(min=1, help="Per reply of the agent under test.")] = 160,
    extra_body: ExtraBody = None,
    judge_temperature: JudgeTemperature = 0.0,
    judge_max_tokens: JudgeMaxTokens = 900,
    voice_max_tokens: VoiceMaxTokens = 200,
    voice_check: VoiceCheck = None,
    strict_voice: StrictVoice = False,
    profile: Profile = "balanced",
    rubric: EvaluatorRubric = None,
    personas: Personas = None,
    out: Annotated[
        Path | None, typer.Option(parser=place, metavar="FOLDER", help="The run folder. Default: runs/TIME-AGENT.")
    ] = None,
    store: Annotated[
        str | None,
        typer.Option(metavar="URL", help="Keep the run in a database, e.g. postgresql+psycopg://user@host/name."),
    ] = None,
    max_cost: MaxCost = None,
    max_run_tokens: MaxTokens = None,
    max_minutes: MaxMinutes = None,
    episode_tokens: EpisodeTokens = None,
    episode_seconds: EpisodeSeconds = None,
    timeout: Timeout = None,
    retries: Retries = 3,
    prices: Prices = None,
    on_judge_outage: OnOutage = "fail",
    max_failed: MaxFailed = 0.0,
    cache: Cache = None,
    offline: Offline = False,
    otel: Otel = False,
    langsmith: Langsmith = False,
    redact: Annotated[
        str | None, typer.Option(metavar="RULES", help="Redact what is said: `basic`, or a file of named patterns.")
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Estimate calls, tokens and cost; play nothing.")] = False,
    speaks: Annotated[
        str,
        typer.Option(
            metavar="WHICH", help="Messages of a graph's turn that the person hears: `all` meant for it, or the `last`."
        ),
    ] = "all",
    on_interrupt: Annotated[
        str | None,
        typer.Option(metavar="VALUE", help="Answer each interrupt of the agent's graph with it (JSON, else text)."),
    ] = None,
    context: Annotated[
        str | None,
        typer.Option(metavar="JSON", help="The runtime context of the agent's graph, an object."),
    ] = None,
    initial: Annotated[
        str | None,
        typer.Option(
            metavar="JSON", help="Channels beside the messages with which the state of the agent's graph begins."
        ),
    ] = None,
    extra: Annotated[
        list[str] | None,
        typer.Option(
            metavar="ROLE",
            help="A role behind a seat: `empathic:module:attribute`, `empathic:path/file.py:attribute`, or "
            "`empathic:NAME` of a registered one. Repeatable.",
        ),
    ] = None,
    import_: Import = None,
    json_: Json = False,
) -> None:
    """Play scenarios and score them.

    Examples:

      empa run --empathic local --limit 12 --variant baseline --variant aligned

      empa run exam_student/reduce_stress --empathic openai:gpt-5-mini

      empa run night_nurse --empathic my_package.agent:graph --repeats 3

      empa run --evaluator epm --judge openai:gpt-5-mini --judge openai:gpt-5-nano --empathic scripted:skilled

    Every answer and every turn is on disk before it is used: a run that was stopped or killed goes on with
    `empa resume`.

    Exit code 0: every episode was scored (or no more than --max-failed failed); 1: more failed; 2: the command line or
    a file is wrong; 3: suspended at a limit or by Ctrl-C.
    """
    from empa_graph.cli.session_options import SessionOptions, typed_limits, typed_outage
    from empa_graph.cli.start_run import RunRequest, play
    from empa_graph.llm.extra_body import checked_body
    from empa_graph.roles.empathic.spoken import checked_speaks
    from empa_graph.run.config import Casting, Patience, typed_answer, typed_object

    casting = Casting(
        empathic=empathic,
        evaluator=evaluator,
        judges=tuple(judge or ()),
        judge_every=judge_every,
        director=director,
        voice=persona_voice,
        noise=noise,
        base_url=base_url,
        api_key=api_key,
        judge_base_url=judge_base_url,
        judge_api_key=judge_api_key,
        openai_key=openai_key(),
        temperature=temperature,
        max_tokens=max_tokens,
        extra_body=None if extra_body is None else checked_body(extra_body),
        judge_temperature=judge_temperature,
        judge_max_tokens=judge_max_tokens,
        voice_max_tokens=voice_max_tokens,
        voice_check=voice_check,
        strict_voice=strict_voice,
        timeout=timeout,
        patience=Patience(retries),
        redaction=redact,
        executor=executor,
        speaks=checked_speaks(speaks, where="--speaks"),
        on_interrupt=typed_answer(on_interrupt),
        context=typed_object(context, where="--context"),
        initial=typed_object(initial, where="--initial"),
        extra=tuple(extra or ()),
    )
    request = RunRequest(
        scenarios=tuple(scenarios or ()),
        variants=tuple(dict.fromkeys(variant or ["baseline"])),
        repeats=repeats,
        seed=seed,
        max_turns=max_turns,
        limit=limit,
        concurrency=concurrency,
        profile=profile,
        rubric=rubric,
        personas=personas,
        out=out,
        store=store,
        prices=prices,
        redact=redact,
        on_interrupt=on_interrupt,
        imports=tuple(import_ or ()),
    )
    limits = typed_limits(max_cost, max_run_tokens, max_minutes, episode_tokens, episode_seconds)
    options = SessionOptions(
        limits,
        typed_outage(on_judge_outage),
        max_failed,
        cache,
        offline=offline,
        dry_run=dry_run,
        otel=otel,
        langsmith=langsmith,
        json=json_,
    )
    play(request, casting, options)


def resume(
    run: Annotated[Path, typer.Argument(metavar="RUN", help="The run folder.")],
    base_url: BaseUrl = None,
    api_key: ApiKey = None,
    judge_base_url: JudgeBaseUrl = None,
    judge_api_key: JudgeApiKey = None,
    store: Annotated[
        str | None, typer.Option(metavar="URL", help="The run's database, where it needs a password.")
    ] = None,
    empathic: Annotated[
        str | None,
        typer.Option(
            metavar="AGENT", help="For a run that was not made here, as the seven below: its agent, typed again."
        ),
    ] = None,
    evaluator: Annotated[str | None, typer.Option(metavar="NAME", help="Its evaluator.")] = None,
    judge: Annotated[list[str] | None, typer.Option(metavar="MODEL", help="Its judge. Repeatable.")] = None,
    extra: Annotated[list[str] | None, typer.Option(metavar="SEAT:ROLE", help="Its extra role. Repeatable.")] = None,
    director: Annotated[str | None, typer.Option(metavar="NAME", help="Its director.")] = None,
    persona_voice: Annotated[str | None, typer.Option(metavar="VOICE", help="The voice of its persona.")] = None,
    voice_check: Annotated[str | None, typer.Option(metavar="MODEL", help="What checks that voice.")] = None,
    import_: Annotated[
        list[str] | None, typer.Option("--import", metavar="MODULE|FILE.py", help="What it imported. Repeatable.")
    ] = None,
    max_cost: MaxCost = None,
    max_run_tokens: MaxTokens = None,
    max_minutes: MaxMinutes = None,
    episode_tokens: EpisodeTokens = None,
    episode_seconds: EpisodeSeconds = None,
    timeout: Timeout = None,
    retries: Retries = 3,
    prices: Prices = None,
    on_judge_outage: OnOutage = "fail",
    max_failed: MaxFailed = 0.0,
    cache: Cache = None,
    offline: Offline = False,
    otel: Otel = False,
    langsmith: Langsmith = False,
    json_: Json = False,
) -> None:
    """Go on with a run after a limit, Ctrl-C, a crash or a power cut.

    Finished episodes are kept; unfinished ones go on behind their last judged turn; no answer is paid for twice. Cost
    and tokens are counted from the run's beginning.

    What its manifest names is loaded and reached only if the run was made here by you; of another's run it must be
    typed again, and one line says how.

    Examples:

      empa resume runs/demo

      empa resume runs/demo --max-cost 20
    """
    from empa_graph.cli.resume import Asked
    from empa_graph.cli.resume import resume as go_on
    from empa_graph.cli.session_options import SessionOptions, typed_limits, typed_outage
    from empa_graph.run.config import Patience

    limits = typed_limits(max_cost, max_run_tokens, max_minutes, episode_tokens, episode_seconds)
    options = SessionOptions(
        limits,
        typed_outage(on_judge_outage),
        max_failed,
        cache,
        offline=offline,
        otel=otel,
        langsmith=langsmith,
        json=json_,
    )
    asked = Asked(
        api_key=api_key,
        base_url=base_url,
        judge_api_key=judge_api_key,
        judge_base_url=judge_base_url,
        timeout=timeout,
        patience=Patience(retries),
        store=store,
        prices=prices,
        empathic=empathic,
        evaluator=evaluator,
        judges=tuple(judge or ()),
        extra=tuple(extra or ()),
        director=director,
        voice=persona_voice,
        voice_check=voice_check,
        imports=tuple(import_ or ()),
    )
    go_on(run, options, asked)
