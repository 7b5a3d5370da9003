"""Durable results."""
