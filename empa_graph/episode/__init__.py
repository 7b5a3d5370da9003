"""Pure decisions over the path of one episode: its start, its stop, its score."""
