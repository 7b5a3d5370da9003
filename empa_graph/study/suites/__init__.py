"""Balanced suites out of many scenarios: strata, the hardest first, and splits that stay."""
