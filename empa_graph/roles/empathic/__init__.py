"""The agent under test in its seat."""
