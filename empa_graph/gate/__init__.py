"""Whether a candidate got worse than its baseline: policy, decision, findings and their reports."""
