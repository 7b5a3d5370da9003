"""Many episodes: plan and schedule."""
