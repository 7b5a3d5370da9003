"""The state machine of an episode; the only importer of langgraph."""
