"""How far annotators of the same conversations agree."""
