"""Constraints and indexes of the Neo4j layout, the version it was written by, and the one lock."""

import secrets
from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Any, NamedTuple

from neo4j import ManagedTransaction, Record, Session

from offtrail.graph.errors import StoreIncompatible
from offtrail.graph.generate import cypher_constraints
from offtrail.graph.schema import TYPES

LAYOUT = 2
ROWS = 20_000  # rows a statement: above this, speed no longer grows

BOOKKEEPING = (
    "CREATE CONSTRAINT offtrail_store IF NOT EXISTS FOR (n:Store) REQUIRE n.id IS UNIQUE",
    "CREATE CONSTRAINT offtrail_file IF NOT EXISTS FOR (n:File) REQUIRE n.uri IS UNIQUE",
    "CREATE CONSTRAINT offtrail_document IF NOT EXISTS"
    " FOR (n:Document) REQUIRE (n.kind, n.id) IS UNIQUE",
    "CREATE INDEX offtrail_seen_hour IF NOT EXISTS FOR (n:Seen) ON (n.hour)",
    "CREATE INDEX offtrail_seen_revision IF NOT EXISTS FOR (n:Seen) ON (n.revision)",
    *(
        f"CREATE INDEX offtrail_{label.lower()}_{name} IF NOT EXISTS FOR (n:{label}) ON ({keys})"
        for label in ("Activity", "Fact")
        for name, keys in (("owner", "n.owner, n.hour"), ("hour", "n.hour"))
    ),
)

FOUND = """
MERGE (s:Store {id: 'offtrail'}) ON CREATE SET s.revision = 0, s.salt = $salt
SET s.layout = $layout
"""
KNOWN = "SHOW CONSTRAINTS YIELD name WHERE name STARTS WITH 'arrow_' RETURN count(*)"
LOCK = """
MATCH (s:Store {id: 'offtrail'}) SET s.revision = s.revision
RETURN s.revision AS revision, s.salt AS salt
"""


class Held(NamedTuple):
    """The lock of one writing transaction."""

    revision: int
    salt: bytes  # keys the hashes of arrows, so that nobody can make two arrows meet


def lock(tx: ManagedTransaction) -> Held:
    """Hold all other writers off until this transaction ends."""
    row = tx.run(LOCK).single(strict=True)
    return Held(row["revision"], bytes(row["salt"]))


def read(tx: ManagedTransaction, query: str, rows: Iterable[Any], **more: Any) -> Iterator[Any]:
    """What ``query`` collects over all rows, some thousands of them a statement.

    A statement answers with one list: a record a row would be a message a row, and those cost
    more than the rows.
    """
    for part in parts(rows):
        yield from lists(tx.run(query, rows=part, **more))


def lists(records: Iterable[Record]) -> Iterator[Any]:
    """The items of lists, of which each record is one."""
    for (items,) in records:
        yield from items


def change(tx: ManagedTransaction, query: str, rows: Iterable[Any]) -> None:
    """Run ``query`` over all rows, some thousands of them a statement.

    The server works on a part while the next is made: what fails is told by the next statement,
    or by the commit.
    """
    for part in parts(rows):
        tx.run(query, rows=part)


def parts(rows: Iterable[Any]) -> Iterator[list[Any]]:
    """The rows in lists of at most ROWS."""
    left = iter(rows)
    while part := list(islice(left, ROWS)):
        yield part


def prepare(session: Session) -> None:
    """Make an empty database ready, or one that lacks new relations: constraints and indexes first.

    Raises:
        StoreIncompatible: another version wrote it.
    """
    found = session.run("MATCH (s:Store) RETURN s.layout").values()
    if found == [[LAYOUT]] and session.run(KNOWN).single(strict=True)[0] == len(TYPES):
        return
    if found not in ([], [[None]], [[LAYOUT]]):  # None: an import, whose indexes are yet to be made
        raise StoreIncompatible(f"layout {found[0][0]!r}, this version reads {LAYOUT!r}")
    for statement in (*BOOKKEEPING, *cypher_constraints()):
        session.run(statement).consume()
    session.run("CALL db.awaitIndexes(300)").consume()
    session.run(FOUND, salt=secrets.token_bytes(16), layout=LAYOUT).consume()
