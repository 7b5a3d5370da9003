"""Perturbations: the same reply for a person of other needs, or a hollow reply in its place, judged twice."""
