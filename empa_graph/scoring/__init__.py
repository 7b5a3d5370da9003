"""Arithmetic on arrays: no model, no graph, no I/O."""
