"""A Neo4j store proved: the digest of its contents, its counts, and what does not add up."""

from collections.abc import Iterator

import pyarrow as pa
from neo4j import ManagedTransaction

from offtrail.graph.digest import digest
from offtrail.graph.neo4j_read import activities, facts
from offtrail.graph.schema import TYPES
from offtrail.graph.store import Check
from offtrail.graph.window import DAY, Window

KINDS = "MATCH (n:Entity) RETURN n.kind, count(*)"
DAYS = "MATCH (b:Activity|Fact) RETURN DISTINCT b.hour / 24 AS day ORDER BY day"
ARROWS = "MATCH ()-[r:%s]->() RETURN count(r)"
TELL = """
OPTIONAL MATCH (b:Activity) WITH sum(b.size) AS activities, sum(b.calls) AS calls
OPTIONAL MATCH (b:Fact) WITH activities, calls, sum(b.size) AS facts
RETURN activities, calls, facts, COUNT { (:File) } AS files
"""
PROOFS = {
    "calls of activities against ids seen": """
        OPTIONAL MATCH (b:Activity) WITH sum(b.calls) AS calls
        OPTIONAL MATCH (s:Seen) WITH calls, sum(size(s.ids)) / 16 AS seen
        RETURN calls - seen""",
    "calls of activities against CALLED and FAILED arrows": """
        OPTIONAL MATCH (b:Activity) WITH sum(b.calls) AS calls
        OPTIONAL MATCH ()-[r:CALLED|FAILED]->() WITH calls, sum(r.count) AS arrows
        RETURN calls - arrows""",
    "nodes without an arrow": """
        MATCH (n:Entity) WHERE NOT EXISTS { (n)--() } RETURN count(n)""",
}


def check(tx: ManagedTransaction) -> Check:
    """The digest of the contents, the counts, and what does not add up."""
    return Check(digest(_tables(tx)), counts(tx), tuple(_problems(tx)))


def _tables(tx: ManagedTransaction) -> Iterator[pa.Table]:
    """The contents day by day, so that a large store fits."""
    for day in tx.run(DAYS).value():
        window = Window(day * DAY, (day + 1) * DAY)
        yield activities(tx, window, None, {}, errors_only=False, limit=None)
        yield facts(tx, window, None, None)


def counts(tx: ManagedTransaction) -> dict[str, int]:
    """How much of everything there is."""
    tell: dict[str, int] = dict(tx.run(KINDS).values())
    tell |= {name: tx.run(ARROWS % name).single(strict=True)[0] for name in TYPES}
    return tell | tx.run(TELL).single(strict=True).data()


def _problems(tx: ManagedTransaction) -> Iterator[str]:
    for name, query in PROOFS.items():
        off = tx.run(query).single(strict=True)[0]
        if off:
            yield f"{name}: {off} do not add up"
