"""Many episodes: planned, scheduled, limited, kept, resumed, replayed."""
