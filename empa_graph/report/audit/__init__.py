"""The audit dossier of a run: one record for reviewers, and its pages in HTML and Markdown."""
