"""The offline axes of stage 1: what rules and word lists read off a conversation, without a model."""
