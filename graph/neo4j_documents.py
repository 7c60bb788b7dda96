"""Documents in Neo4j: findings, verdicts, tokens, runs, each one node with a JSON body."""

from collections.abc import Iterable, Mapping
from typing import Any

import orjson
from neo4j import ManagedTransaction

from offtrail.graph.neo4j_schema import change, lists, lock, read

PUT = """
MERGE (d:Document {kind: $kind, id: $id}) SET d.body = $body
"""
GET = "MATCH (d:Document {kind: $kind, id: $id}) RETURN d.body"
ALL = "MATCH (d:Document {kind: $kind}) WITH d ORDER BY d.id RETURN collect(d.body)"
DELETE = "MATCH (d:Document {kind: $kind, id: $id}) DELETE d RETURN count(*) AS deleted"


def encode(body: dict[str, Any]) -> str:
    """The body as text that is equal for equal bodies."""
    return orjson.dumps(body, option=orjson.OPT_SORT_KEYS).decode()


def put(tx: ManagedTransaction, kind: str, id: str, body: dict[str, Any]) -> None:
    """Keep a document; the last write wins."""
    tx.run(PUT, kind=kind, id=id, body=encode(body)).consume()


def get(tx: ManagedTransaction, kind: str, id: str) -> dict[str, Any] | None:
    """The document, None where there is none."""
    row = tx.run(GET, kind=kind, id=id).single()
    return orjson.loads(row[0]) if row else None


def documents(tx: ManagedTransaction, kind: str) -> list[dict[str, Any]]:
    """All documents of a kind, ordered by id."""
    return [orjson.loads(body) for body in lists(tx.run(ALL, kind=kind))]


def delete(tx: ManagedTransaction, kind: str, id: str) -> bool:
    """Whether there was one to remove."""
    row = tx.run(DELETE, kind=kind, id=id).single(strict=True)
    return bool(row["deleted"])


def put_if(
    tx: ManagedTransaction,
    kind: str,
    id: str,
    body: dict[str, Any],
    expected: dict[str, Any] | None,
) -> bool:
    """Written only where the present document equals ``expected``, under the lock."""
    lock(tx)
    if get(tx, kind, id) != expected:
        return False
    put(tx, kind, id, body)
    return True


PUT_ALL = """
UNWIND $rows AS row MERGE (d:Document {kind: row[0], id: row[1]}) SET d.body = row[2]
"""
GET_ALL = """
UNWIND $rows AS id
MATCH (d:Document {kind: $kind, id: id}) USING INDEX d:Document(kind, id)
RETURN collect([id, d.body])
"""
DELETE_ALL = "MATCH (d:Document {kind: $kind}) DELETE d RETURN count(*) AS deleted"


def put_all(tx: ManagedTransaction, kind: str, bodies: Mapping[str, dict[str, Any]]) -> None:
    """Keep many documents of a kind."""
    change(tx, PUT_ALL, ([kind, id, encode(bodies[id])] for id in sorted(bodies)))


def get_all(tx: ManagedTransaction, kind: str, ids: Iterable[str]) -> dict[str, dict[str, Any]]:
    """Those of ``ids`` that exist."""
    return {id: orjson.loads(body) for id, body in read(tx, GET_ALL, ids, kind=kind)}


def delete_all(tx: ManagedTransaction, kind: str) -> int:
    """Remove all of a kind; returns how many there were."""
    gone: int = tx.run(DELETE_ALL, kind=kind).single(strict=True)["deleted"]
    return gone
