"""The published EMPA format: cards, cases, recordings and results, from the user's own copy."""
