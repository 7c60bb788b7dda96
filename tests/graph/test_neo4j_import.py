"""A Neo4j database imported from an SQLite store is the one that the same writes make."""

import shlex
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from random import Random
from typing import Any

import neo4j
import pytest

from offtrail.graph.errors import StoreUnavailable
from offtrail.graph.neo4j_import import load
from offtrail.graph.neo4j_packing import unpack_block
from offtrail.graph.neo4j_server import Server, ServerNotStarted, start
from offtrail.graph.neo4j_store import Neo4jStore
from offtrail.graph.sqlite_store import SqliteStore
from offtrail.graph.store import GraphStore
from offtrail.graph.window import HOUR
from offtrail.ingest.activity import Partial
from tests.graph.made import call, fact, partial
from tests.graph.neo4j_server import absent, clear
from tests.graph.world import (
    ADDRESSES,
    APIS,
    CODES,
    INSTANCES,
    KEYS,
    LEDGER,
    PEOPLE,
    RESOURCES,
    START,
    answers,
)

ODD = 'role: "a", b;c\nd\\ \'é\t'
NAMES = [*PEOPLE, *APIS, *filter(None, [*KEYS, *RESOURCES, *INSTANCES]), *ADDRESSES, ODD]
SCORES = {(PEOPLE[0], api, "AccessDenied"): 2.5 for api in APIS}
BANDS = {PEOPLE[0]: "Suspect", APIS[0]: "Watch"}
FINDING = {"title": 'said "so"', "notes": ["a\nb", 1.5, None]}

pytestmark = [pytest.mark.neo4j, pytest.mark.slow]


def batch(first: int, last: int) -> Partial:
    """Calls of two days, and what some of them prove."""
    calls, facts = [], []
    for number in range(first, last):
        chance = Random(number)  # noqa: S311 - not a secret
        time = START + chance.choice([0, 1, 20, 30]) * HOUR + chance.randrange(HOUR)
        code, error_class = chance.choice(CODES)
        row = call(
            number,
            time,
            principal=chance.choice([*PEOPLE, ODD]),
            api=chance.choice(APIS),
            credential=chance.choice(KEYS),
            resource=chance.choice([*RESOURCES, ODD]),
            source=chance.choice(ADDRESSES),
            instance=chance.choice(INSTANCES),
            mfa=chance.random() < 0.5,
            code=code,
            error_class=error_class,
        )
        calls.append(row)
        if chance.random() < 0.3:
            facts.append(fact(number, time, "HELD", INSTANCES[1], row["source"]))
            facts.append(fact(number, time, "ISSUED", KEYS[2], KEYS[1]))
    return partial(calls, facts)


def fill(store: GraphStore) -> None:
    """Two writes, marks and a document."""
    store.write(batch(0, 40), LEDGER)
    store.write(batch(40, 60))
    store.mark(SCORES, BANDS)
    store.put("finding", "one", FINDING)


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A filled SQLite store."""
    path = tmp_path_factory.mktemp("source") / "off trail.db"
    with closing(SqliteStore(path)) as store:
        fill(store)
    return path


@pytest.fixture(scope="module")
def server(source: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server over the import of it."""
    home = tmp_path_factory.mktemp("imported")
    try:
        load(source, home)
        server = start(home)
    except ServerNotStarted as error:
        absent(str(error))
    yield server
    server.stop()


def graph(url: str) -> list[Any]:
    """All nodes and arrows with their properties, but for keys, which are salted."""
    nodes = "MATCH (n) WHERE NOT n:Store RETURN labels(n), properties(n)"
    arrows = "MATCH (a)-[r]->(b) RETURN a.id, b.id, type(r), properties(r)"
    with neo4j.GraphDatabase.driver(url) as driver:
        found = [r.values() for q in (nodes, arrows) for r in driver.execute_query(q).records]
    for row in found:
        row[0] = sorted(row[0]) if isinstance(row[0], list) else row[0]
        row[-1].pop("key", None)
        if row[0] in (["Activity"], ["Fact"]):
            row[-1]["rows"] = sorted(unpack_block(row[-1]["rows"]).items())
    return sorted(([*row[:-1], sorted(row[-1].items())] for row in found), key=repr)


def test_every_question_is_answered_as_the_source_answers_it(server: Server, source: Path) -> None:
    with closing(Neo4jStore(server.uri)) as made, closing(SqliteStore(source)) as store:
        assert answers(made, NAMES) == answers(store, NAMES)
        assert made.get("finding", "one") == FINDING
        assert made.revision() == store.revision()
        assert made.touched(1) == store.touched(1)


def test_nodes_and_arrows_are_those_that_writes_make(server: Server, neo4j_url: str) -> None:
    Neo4jStore(server.uri).close()
    with closing(Neo4jStore(clear(neo4j_url))) as written:
        fill(written)
        assert graph(server.uri) == graph(neo4j_url)


def test_it_goes_on_from_there(server: Server, source: Path) -> None:
    with closing(Neo4jStore(server.uri)) as made, closing(SqliteStore(source)) as store:
        assert made.write(batch(0, 40)).kept == 0
        for each in (made, store):
            assert each.write(batch(50, 90)).kept == 30
        assert answers(made, NAMES) == answers(store, NAMES)


def test_the_files_come_with_the_command_that_takes_them(source: Path, tmp_path: Path) -> None:
    module = [sys.executable, "-m", "offtrail.graph.neo4j_import"]
    told = subprocess.check_output([*module, str(source), str(tmp_path)], text=True)  # noqa: S603 - our own words
    words = shlex.split(told, comments=True)
    assert words[:4] == ["neo4j-admin", "database", "import", "full"]
    assert subprocess.call([*module, str(tmp_path / "none.db"), str(tmp_path)]) == 2  # noqa: S603 - our own words
    named = {word.rpartition("=")[2] for word in words if word.endswith(".csv")}
    assert named == {path.name for path in tmp_path.iterdir()}


def test_a_store_or_a_folder_that_cannot_be_used_is_said(source: Path, tmp_path: Path) -> None:
    module = [sys.executable, "-m", "offtrail.graph.neo4j_import"]
    older, taken, empty = tmp_path / "older.db", tmp_path / "taken", tmp_path / "empty.db"
    empty.touch()
    with closing(sqlite3.connect(older)) as made:
        made.execute("PRAGMA user_version = 2")
    taken.write_text("no store")
    files = tmp_path / "files"
    for words in ([older, files], [source, taken], [taken, files], [empty, files]):
        done = subprocess.run([*module, *map(str, words)], capture_output=True, text=True)  # noqa: S603 - our own words
        assert done.returncode == 3
        assert len(done.stderr.splitlines()) == 1
    assert not empty.stat().st_size
    with pytest.raises(StoreUnavailable):
        load(tmp_path / "none.db", tmp_path / "home")
    assert not (tmp_path / "none.db").exists()
