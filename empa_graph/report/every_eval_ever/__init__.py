"""A stored run as records of Every Eval Ever 0.3: one aggregate and its samples for each variant."""
