"""Numbers against people and against perturbed content."""
