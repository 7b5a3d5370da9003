"""The local web viewer: runs, episodes, comparisons and notes in a browser of the same machine."""
