"""Episodes played by the workers of a Ray cluster (extra ``ray``); `executor` says how."""
