"""Scenarios without a corpus: profiles drawn to a specification, written, checked, and chosen for their spread."""
