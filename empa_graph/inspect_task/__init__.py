"""A task of Inspect: its model, limits, cache, log and viewer around our graph. Inspect alone imports it."""
