"""Fold new labels into a calibration: what is new, the next version, and whether it does better than the one before."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

import numpy as np

from empa_graph.chats.transcripts import Transcript
from empa_graph.errors import UsageError
from empa_graph.models.calibration import Calibration, Fitted
from empa_graph.models.calibration_version import Added, Label, Learned, Moved, Source, Version
from empa_graph.run.calibration_history import Kept, labels_hash, standing
from empa_graph.run.identity import StandsOn
from empa_graph.scoring.correlation import association, gain
from empa_graph.scoring.ridge import out_of_fold
from empa_graph.seeds import digest_of
from empa_graph.study.calibration import FEWEST_GROUPS, Data, bounded, calibrated, data
from empa_graph.study.correlate.agreement import LEADING, Pair
from empa_graph.study.correlate.figures import LENGTH, ends
from empa_graph.study.correlate.rated import Rated
from empa_graph.study.correlate.scoring import Row
from empa_graph.study.correlate.sentiment import sentiment

ANCHORS = 20
"""Labelled conversations that are judged again, at most."""


class Plan(NamedTuple):
    """What all versions of a history have in common."""

    rating: str
    scale: tuple[float, float]
    metrics: tuple[str, ...]
    by_hand: str
    stands_on: StandsOn
    seed: int

    @property
    def scores(self) -> tuple[str, ...]:
        """Scores with two ends, whose means are corrected and whose drift is looked for."""
        return tuple(name for name in dict.fromkeys((self.by_hand, *LEADING)) if ends(name) is not None)


class New(NamedTuple):
    """Labels that are not known yet, and how many were known with the same ratings."""

    labels: tuple[Label, ...]
    known: int


def label_key(rated: Rated) -> str:
    """Return SHA-256 of what was said and of whether the whole of it or the last reply was rated."""
    said = [(message.turn, message.speaker, message.content) for message in rated.transcript.messages]
    return digest_of(json.dumps([rated.turn is not None, said]))


def new_labels(pairs: Sequence[Pair], plan: Plan, before: Mapping[str, Label]) -> New:
    """Return what ``pairs`` add to the labels ``before``; rows without a score or without words add nothing.

    Raises UsageError where whole conversations and single replies would be mixed.
    """
    found: dict[str, Label] = {}
    known = 0
    for pair in pairs:
        if pair.row is None or pair.row.unscored is not None:
            continue
        label = _label(pair, pair.row, plan)
        old = found.get(label.key) or before.get(label.key)
        if old is not None and (not label.ratings or old.ratings == label.ratings):
            known += 1
        else:
            found[label.key] = label
    kinds = {label.reply for label in (*found.values(), *before.values())}
    if len(kinds) > 1:
        raise UsageError("whole conversations and single replies are rated; keep a calibration for each")
    return New(tuple(found.values()), known)


def _label(pair: Pair, row: Row, plan: Plan) -> Label:
    wanted = {*plan.metrics, *plan.scores, plan.by_hand, LENGTH}
    given = pair.rated.ratings.get(plan.rating, ())
    return Label(
        key=label_key(pair.rated),
        group=digest_of(pair.rated.group),
        reply=pair.rated.turn is not None,
        ratings=given if any(one is not None for one in given) else (),
        figures={name: row.figures[name] for name in sorted(wanted & row.figures.keys())},
        feeling=sentiment(pair.rated.transcript.messages),
    )


def next_version(
    before: Sequence[Kept],
    new: New,
    plan: Plan,
    *,
    by: Sequence[str],
    created: str,
    source: Source | None = None,
) -> Version:
    """Return the version that follows ``before`` with the labels ``new``. Raises UsageError, as `calibrated`."""
    old = standing(before)
    labels = {**old, **{label.key: label for label in new.labels}}
    pairs = [_pair(label, plan.rating) for label in labels.values()]
    found = calibrated(
        pairs,
        plan.rating,
        plan.metrics,
        by_hand=plan.by_hand,
        scale=plan.scale,
        stands_on=plan.stands_on,
        seed=plan.seed,
    )
    last = before[-1].version if before else None
    return Version(
        number=len(before) + 1,
        created=created,
        parent=before[-1].sha256 if before else None,
        metrics=plan.metrics,
        by_hand=plan.by_hand,
        seed=plan.seed,
        added=_added(new, old, by, source),
        labels=new.labels,
        learned=_learned(pairs, [_pair(label, plan.rating) for label in old.values()], plan),
        moved=_moved(last.calibration if last else None, found),
        anchors=_anchors(last.anchors if last else {}, new.labels, plan),
        calibration=found,
    )


def _pair(label: Label, rating: str) -> Pair:
    rated = Rated(0, label.group, Transcript(id=label.key, messages=()), 0 if label.reply else None, {})
    row = Row(key=label.key, id=label.key, turn=rated.turn, figures=label.figures)
    return Pair(rated._replace(ratings={rating: label.ratings} if label.ratings else {}), row, label.feeling)


def _added(new: New, old: Mapping[str, Label], by: Sequence[str], source: Source | None) -> Added:
    labelled = [label for label in new.labels if label.ratings]
    changed = sum(label.key in old and bool(old[label.key].ratings) for label in labelled)
    return Added(
        new=len(labelled) - changed,
        changed=changed,
        unlabelled=len(new.labels) - len(labelled),
        raters=max((sum(one is not None for one in label.ratings) for label in labelled), default=0),
        by=tuple(by),
        source=source,
        sha256=labels_hash(new.labels),
    )


def _learned(pairs: Sequence[Pair], old: Sequence[Pair], plan: Plan) -> Learned:
    """Hold what the old labels teach against what all teach, on all, without the group that is foretold."""
    used = data(pairs, plan.metrics, plan.rating)
    groups = len(set(used.groups))
    if groups < FEWEST_GROUPS:
        few = f"{groups} groups of labels, at least {FEWEST_GROUPS} are needed"
        return Learned(n=len(used.pairs), groups=groups, before=None, after=None, gain=None, why=few)
    x = used.metrics(plan.metrics)
    after = out_of_fold(x, used.rating, used.groups, seed=plan.seed)
    own = association(after, used.rating, used.groups, seed=plan.seed).pearson
    first, why = _before(x, used, old, plan)
    if first is None:
        return Learned(n=len(used.pairs), groups=groups, before=None, after=bounded(own), gain=None, why=why)
    was = association(first, used.rating, used.groups, seed=plan.seed).pearson
    more = gain(after, first, used.rating, used.groups, seed=plan.seed).pearson
    return Learned(
        n=len(used.pairs), groups=groups, before=bounded(was), after=bounded(own), gain=bounded(more), why=None
    )


def _before(x: np.ndarray, used: Data, old: Sequence[Pair], plan: Plan) -> tuple[np.ndarray | None, str | None]:
    """Return what the labels of the version before foretell of every row, or why they cannot."""
    if not old:
        return None, "there is no version before"
    then = {pair.rated.transcript.id: mean for pair in old if (mean := pair.rated.mean(plan.rating)) is not None}
    keys = [pair.rated.transcript.id for pair in used.pairs]
    told = np.array([key in then for key in keys])
    rating = np.array([then.get(key, 0.0) for key in keys])
    groups = {group for group, one in zip(used.groups, told, strict=True) if one}
    if len(groups) < FEWEST_GROUPS:
        return None, f"the version before had {len(groups)} groups of labels, at least {FEWEST_GROUPS} are needed"
    try:
        return out_of_fold(x, rating, used.groups, seed=plan.seed, told=told), None
    except ValueError as error:
        return None, str(error)


def _moved(before: Calibration | None, after: Calibration) -> dict[str, Moved]:
    old, new = _weights(before.fitted if before else None), _weights(after.fitted)
    names = sorted({*old, *new})
    return {name: Moved(before=old.get(name), after=new.get(name)) for name in names if old.get(name) != new.get(name)}


def _weights(found: Fitted | None) -> dict[str, float]:
    return {} if found is None else {name: one.weight for name, one in found.weights.items()}


def _anchors(
    before: Mapping[str, dict[str, float]], labels: Iterable[Label], plan: Plan
) -> dict[str, dict[str, float]]:
    """Return the anchors ``before``, filled up from ``labels`` by their hash; an anchor keeps its first scores."""
    found = dict(before)
    for label in sorted(labels, key=lambda label: label.key):
        scores = {name: label.figures[name] for name in plan.scores if name in label.figures}
        if len(found) < ANCHORS and label.ratings and scores:
            found.setdefault(label.key, scores)
    return found
