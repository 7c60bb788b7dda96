"""Fixtures of the graph's tests: a store of each kind, empty, and both of them side by side."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from pathlib import Path

import pytest

from offtrail.graph.open import open_store
from offtrail.graph.store import GraphStore
from tests.graph.neo4j_server import (
    clear,
    neo4j_url,  # noqa: F401 - a fixture is used by its name
)

Fresh = Callable[[], GraphStore]


@pytest.fixture
def fresh_sqlite(tmp_path: Path) -> Iterator[Fresh]:
    """Makes empty stores of SQLite, as many as asked for."""
    with ExitStack() as stack:
        paths = (tmp_path / f"{number}.db" for number in range(1_000_000))

        def fresh() -> GraphStore:
            return stack.enter_context(closing(open_store(f"sqlite:///{next(paths)}")))

        yield fresh


@pytest.fixture
def fresh_neo4j(request: pytest.FixtureRequest) -> Iterator[Fresh]:
    """Makes the one store of the server, emptied: what the last call gave is gone."""
    url: str = request.getfixturevalue("neo4j_url")
    with ExitStack() as stack:
        yield lambda: stack.enter_context(closing(open_store(clear(url))))


@pytest.fixture(params=["sqlite", pytest.param("neo4j", marks=pytest.mark.neo4j)])
def fresh(request: pytest.FixtureRequest) -> Fresh:
    """Makes an empty store of each kind in turn."""
    made: Fresh = request.getfixturevalue(f"fresh_{request.param}")
    return made


@pytest.fixture
def store(fresh: Fresh) -> GraphStore:
    """An empty store of each kind in turn."""
    return fresh()
