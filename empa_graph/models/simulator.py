"""How far the simulated person was what failed: their messages that a model worded, and those it could not."""

from __future__ import annotations

from collections.abc import Iterable

from empa_graph.models.episode import Episode
from empa_graph.models.record import Record


class Simulator(Record):
    """Counts over messages of the person that a model worded, and over episodes that ended by the person's fault."""

    messages: int = 0
    failed: int = 0
    """Messages of which a wording was refused, whatever was spoken then."""
    fallbacks: int = 0
    """Of those, messages spoken as the card has them."""
    unchecked: int = 0
    """Messages that a model should have checked and did not."""
    broken: int = 0
    """Episodes that a failure ended for which the person is to blame."""

    @property
    def failure_share(self) -> float:
        """Share of messages of which a wording failed; an episode that the person ended is one more that did."""
        return self._share(self.failed + self.broken)

    @property
    def fallback_share(self) -> float:
        """Share of messages spoken as the card has them."""
        return self._share(self.fallbacks)

    def _share(self, count: int) -> float:
        tried = self.messages + self.broken
        return count / tried if tried else 0.0


def simulator(episodes: Iterable[Episode]) -> Simulator:
    """Return the counts over ``episodes``; all 0 where no model words a person and no person failed."""
    messages = failed = fallbacks = unchecked = broken = 0
    for episode in episodes:
        voiced = [message.voicing for message in episode.messages if message.voicing is not None]
        messages += len(voiced)
        failed += sum(bool(voicing.refused) for voicing in voiced)
        fallbacks += sum(voicing.fallback for voicing in voiced)
        unchecked += sum(voicing.unchecked is not None for voicing in voiced)
        broken += episode.failure is not None and episode.failure.blame == "persona"
    return Simulator(messages=messages, failed=failed, fallbacks=fallbacks, unchecked=unchecked, broken=broken)
