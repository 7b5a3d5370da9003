"""Personas reused for a new segment of users: drawn to shares, mixed and shifted within bounds, never reworded."""
