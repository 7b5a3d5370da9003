"""Worked examples: each module is a command and is run by the tests; docs/examples.md shows what they print."""
