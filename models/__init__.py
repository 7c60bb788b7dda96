"""What is odd, how odd, and why: as-of state, scorers, episodes, explanations."""
