"""Re-contextualising: a redacted conversation and its profile become a card that cannot be traced to them."""
