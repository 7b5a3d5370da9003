"""A server of the Model Context Protocol: whoever calls plays the agent in our graph, and has conversations scored."""
