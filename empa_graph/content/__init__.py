"""Names become content: personas, rubrics and extensions are found, loaded and checked here."""
