"""Fixtures of the graph's tests."""

from tests.graph.neo4j_server import neo4j_url  # noqa: F401 - a fixture is used by its name
