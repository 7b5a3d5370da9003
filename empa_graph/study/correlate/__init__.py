"""Scores beside the ratings that people gave to the same conversations or replies."""
