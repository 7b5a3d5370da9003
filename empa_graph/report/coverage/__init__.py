"""What kinds of people and conversations a set of scenarios holds, and which it lacks."""
