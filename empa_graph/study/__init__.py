"""Numbers against people and against perturbed content.

`correlate_ratings` and `check_one_judge` do from Python what `empa correlate` and `empa check-judge` do. Names are
fetched when they are used, so that importing the package stays light.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from empa_graph.models.judge_check import JudgeCheck as JudgeCheck
    from empa_graph.study.check_judge.judge import check_one_judge as check_one_judge
    from empa_graph.study.correlate.correlated import Correlated as Correlated, correlate_ratings as correlate_ratings
    from empa_graph.study.correlate.scored import Stopped as Stopped, ratings_of as ratings_of

_PLACES = {
    "Correlated": "study.correlate.correlated",
    "JudgeCheck": "models.judge_check",
    "Stopped": "study.correlate.scored",
    "check_one_judge": "study.check_judge.judge",
    "correlate_ratings": "study.correlate.correlated",
    "ratings_of": "study.correlate.scored",
}


def __getattr__(name: str) -> object:
    """Fetch a public name from its module at first use."""
    if name not in _PLACES:
        raise AttributeError(f"module 'empa_graph.study' has no attribute '{name}'")
    found: object = getattr(importlib.import_module(f"empa_graph.{_PLACES[name]}"), name)
    globals()[name] = found
    return found
