"""The role that steers the persona: by rules or by a model."""
