"""Stage 3 of a distillation: scenarios are linted and rehearsed, and what does not hold is refused with its cause."""
