"""A conversation that is happening: judged beside its replies, held to an SLA, handed over."""
