"""Other people's data sets as scenarios to run and episodes to score; the data stays the user's own copy."""
