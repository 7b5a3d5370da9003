"""``python -m empa_graph`` is ``empa``."""

from empa_graph.cli import main

if __name__ == "__main__":
    main()
