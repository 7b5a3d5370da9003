"""Readers of chat logs."""
