"""The check of a judge on graded replies: whether what it codes can be relied on, within stated limits."""
