"""The vocabulary of nodes and relations, and the two stores that keep it."""
