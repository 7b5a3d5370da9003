"""Cards played against all reference agents: what is said of them, and what never is."""
