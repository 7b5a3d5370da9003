"""Sandbox scores of agent versions beside what happened live."""
