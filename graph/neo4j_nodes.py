"""Nodes in Neo4j: one an id, labelled by its kind, with the first and last time it was met."""

from collections.abc import Iterable, Mapping
from typing import Any

from neo4j import ManagedTransaction

from offtrail.graph.generate import cypher_labels
from offtrail.graph.neo4j_schema import change, read
from offtrail.graph.schema import KINDS
from offtrail.graph.store import Node

LABELS = cypher_labels()

FIND = """
UNWIND $rows AS id
MATCH (n:Entity {id: id}) USING INDEX n:Entity(id)
RETURN collect([id, elementId(n), n.first.epochSeconds, n.last.epochSeconds, n.kind])
"""
TIMES = """
n.first = datetime({epochSeconds: row[1]}), n.last = datetime({epochSeconds: row[2]})
"""
RENAME = """
UNWIND $rows AS id MATCH (n) WHERE elementId(n) = id REMOVE n:%s SET n:%s, n.kind = '%s'
"""
UPDATE = "UNWIND $rows AS row MATCH (n) WHERE elementId(n) = row[0] SET " + TIMES
CREATE = (
    """
UNWIND $rows AS row
CREATE (n:Entity:%s {id: row[0], kind: row[3], label: row[4], account: row[5], text: row[6]})
SET """
    + TIMES
    + "RETURN collect([row[0], elementId(n)])"
)


def write_nodes(tx: ManagedTransaction, nodes: Mapping[str, Node]) -> dict[str, str]:
    """Create or widen ``nodes``; returns the element id of each.

    An id met as two kinds is the first of them in the schema, in whatever order they come.
    """
    elements: dict[str, str] = {}
    wider: list[list[Any]] = []
    other: dict[tuple[str, str], list[str]] = {}
    for id, element, first, last, kind in read(tx, FIND, sorted(nodes)):
        elements[id], met = element, nodes[id]
        if met.first < first or met.last > last:
            wider.append([element, min(first, met.first), max(last, met.last)])
        if KINDS.index(met.kind) < KINDS.index(kind):
            other.setdefault((kind, met.kind), []).append(element)
    change(tx, UPDATE, wider)
    for (was, now), renamed in other.items():
        change(tx, RENAME % (LABELS[was], LABELS[now], now), renamed)
    new: dict[str, list[list[Any]]] = {}
    for id, n in sorted(nodes.items()):
        if id not in elements:
            row = [id, n.first, n.last, n.kind, n.label, n.account, searched(n)]
            new.setdefault(n.kind, []).append(row)
    for kind, rows in new.items():
        elements.update(read(tx, CREATE % LABELS[kind], rows))
    return elements


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
