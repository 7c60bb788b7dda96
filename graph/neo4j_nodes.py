"""Nodes in Neo4j: one an id, labelled by its kind, with the first and last time it was met."""

from collections.abc import Iterable, Mapping
from typing import Any

from neo4j import ManagedTransaction

from offtrail.graph.generate import cypher_labels
from offtrail.graph.neo4j_schema import change, read
from offtrail.graph.schema import KINDS
from offtrail.graph.store import Node

LABELS = cypher_labels()

WIDEN = """
UNWIND $rows AS row
OPTIONAL MATCH (n:Entity {id: row[0]}) USING INDEX n:Entity(id)
SET n.first = CASE WHEN row[1] < n.first.epochSeconds THEN datetime({epochSeconds: row[1]})
        ELSE n.first END,
    n.last = CASE WHEN row[2] > n.last.epochSeconds THEN datetime({epochSeconds: row[2]})
        ELSE n.last END
RETURN collect(CASE WHEN n.kind = row[3] THEN null ELSE [row[0], elementId(n), n.kind] END)
"""
RENAME = """
UNWIND $rows AS id MATCH (n) WHERE elementId(n) = id REMOVE n:%s SET n:%s, n.kind = '%s'
"""
CREATE = """
UNWIND $rows AS row
CREATE (n:Entity:%s {id: row[0], kind: row[3], label: row[4], account: row[5], text: row[6],
    first: datetime({epochSeconds: row[1]}), last: datetime({epochSeconds: row[2]})})
"""


def write_nodes(tx: ManagedTransaction, nodes: Mapping[str, Node]) -> None:
    """Create or widen ``nodes``.

    An id met as two kinds is the first of them in the schema, in whatever order they come.
    """
    new: dict[str, list[list[Any]]] = {}
    other: dict[tuple[str, str], list[str]] = {}
    rows = ([id, n.first, n.last, n.kind] for id, n in sorted(nodes.items()))
    for id, element, kind in read(tx, WIDEN, rows):
        n = nodes[id]
        if element is None:
            row = [id, n.first, n.last, n.kind, n.label, n.account, searched(n)]
            new.setdefault(n.kind, []).append(row)
        elif KINDS.index(n.kind) < KINDS.index(kind):
            other.setdefault((kind, n.kind), []).append(element)
    for (was, now), renamed in other.items():
        change(tx, RENAME % (LABELS[was], LABELS[now], now), renamed)
    for kind, created in new.items():
        change(tx, CREATE % LABELS[kind], created)


def searched(node: Node) -> str:
    """What a search looks through: the id and the label."""
    return f"{node.id}\n{node.label}".lower()


FIELDS = "n.id, n.kind, n.label, n.account, n.first.epochSeconds, n.last.epochSeconds, n.band"
FETCH = (
    "UNWIND $rows AS id MATCH (n:Entity {id: id}) USING INDEX n:Entity(id) RETURN collect(["
    + FIELDS
    + "])"
)
SEARCH = (
    """
MATCH (n:Entity) WHERE n.text CONTAINS $text AND ($kind IS NULL OR n.kind = $kind)
RETURN """
    + FIELDS
    + """
ORDER BY NOT $text IN [toLower(n.id), toLower(n.label)], n.last DESC, n.id LIMIT $limit
"""
)


def fetch(tx: ManagedTransaction, ids: Iterable[str]) -> dict[str, Node]:
    """Those of ``ids`` that exist."""
    return {row[0]: _node(*row) for row in read(tx, FETCH, ids)}


def search(tx: ManagedTransaction, text: str, kind: str | None, limit: int) -> list[Node]:
    """Nodes whose id or label contains ``text``, by an index of three-letter pieces."""
    found = tx.run(SEARCH, text=text.lower(), kind=kind, limit=limit)
    return [_node(*row) for row in found]


def _node(id: str, kind: str, label: str, account: str, first: int, last: int, band: str) -> Node:
    return Node(id, kind, label, account, first, last, band or "")
