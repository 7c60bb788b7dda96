"""What a Neo4j store holds of a window: activities, facts, span, the hours writes touched."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime
from typing import Any

import pyarrow as pa
from neo4j import ManagedTransaction

from offtrail.graph.neo4j_packing import Key, Tally, unpack_block
from offtrail.graph.neo4j_schema import lists, read
from offtrail.graph.rows import ACTIVITY_KEY
from offtrail.graph.window import HOUR, Window
from offtrail.ingest.activity import ACTIVITY, FACT, FACT_KEY
from offtrail.ingest.timestamp import LAST

FACT_REST = tuple(name for name in FACT_KEY.names if name not in ("hour", "subject"))
HOURS = """
MATCH (b:%s) USING INDEX b:%s(hour)
WHERE b.hour >= $from AND b.hour <= $to AND b.errors >= $errors
WITH b.hour AS hour, collect([b.owner, b.hour, b.rows]) AS blocks
RETURN blocks
"""
OF_OWNERS = """
UNWIND $rows AS owner
MATCH (b:%s {owner: owner}) USING INDEX b:%s(owner, hour)
WHERE b.hour >= $from AND b.hour <= $to AND b.errors >= $errors
RETURN collect([b.owner, b.hour, b.rows])
"""
BESIDE = """
UNWIND $rows AS id
MATCH (e:Entity {id: id})-[r]-(n) USING INDEX e:Entity(id)
WHERE r.first < $end AND r.last >= $start
RETURN collect(DISTINCT n.id)
"""
FAILING = """
MATCH (a)-[r:FAILED]->() WHERE r.first < $end AND r.last >= $start
RETURN collect(DISTINCT a.id)
"""
FIRST = """
    MATCH (b:Activity) USING INDEX b:Activity(hour) WHERE b.hour IS NOT NULL
    RETURN b.hour AS hour ORDER BY b.hour %s LIMIT 1
"""  # in the order of the index, where min() and max() together read all of it
ENDS = f"""
CALL () {{ {FIRST % ""} UNION {FIRST % "DESC"} }}
MATCH (b:Activity {{hour: hour}}) USING INDEX b:Activity(hour)
RETURN b.rows
"""
FILES = "UNWIND $rows AS uri MATCH (f:File {uri: uri}) RETURN collect([uri, f.mark])"
REVISION = "MATCH (s:Store {id: 'offtrail'}) RETURN s.revision"
TOUCHED = """
MATCH (s:Seen) USING INDEX s:Seen(revision) WHERE s.revision > $since
RETURN DISTINCT s.hour AS hour ORDER BY hour
"""

Row = tuple[str, int, Key, Tally]  # owner, hour, the rest of the key, sum


def rows(
    tx: ManagedTransaction,
    label: str,
    window: Window,
    owners: Iterable[str] | None = None,
    errors: int = 0,
) -> Iterator[Row]:
    """The rows of the window, of ``owners`` where they are given, in blocks of so many errors."""
    first, last = window.hours
    span = {"from": first, "to": last, "errors": errors}
    if owners is None:
        found = lists(tx.run(HOURS % (label, label), span))
    else:
        found = read(tx, OF_OWNERS % (label, label), owners, **span)
    for owner, hour, packed in found:
        for key, sum in unpack_block(packed).items():
            yield owner, hour, key, sum


def bounds(window: Window) -> dict[str, datetime]:
    """The moments between which the window's hours lie, as statements ask for them."""
    first, last = window.hours
    ends = {"start": first * HOUR, "end": (last + 1) * HOUR}
    return {n: datetime.fromtimestamp(min(max(at, 0), LAST), UTC) for n, at in ends.items()}


def beside(tx: ManagedTransaction, window: Window, id: str) -> list[str]:
    """The nodes that share an arrow with ``id`` in about this window, and itself, each once."""
    return list(dict.fromkeys([id, *read(tx, BESIDE, [id], **bounds(window))]))


def _about(
    tx: ManagedTransaction, window: Window, column: str, id: str, errors: int
) -> Iterator[Row]:
    """The rows of those who have ``id`` in a column, and others.

    A call about a resource that failed, and was not denied, is no arrow to the resource.
    """
    near = dict.fromkeys(beside(tx, window, id))
    yield from rows(tx, "Activity", window, near, errors)
    if column == "resource":
        others = (who for who in lists(tx.run(FAILING, bounds(window))) if who not in near)
        yield from rows(tx, "Activity", window, others, 1)


def activities(
    tx: ManagedTransaction,
    window: Window,
    principal: str | None,
    named: dict[str, str],
    *,
    errors_only: bool,
    limit: int | None,
) -> pa.Table:
    """Rows of ACTIVITY; ``named`` are columns and the id that each must hold."""
    errors = int(errors_only)
    nodes = [(name, id) for name, id in named.items() if name != "account"]
    if principal is None and nodes:
        held = _about(tx, window, *nodes[0], errors)
    else:
        held = rows(tx, "Activity", window, None if principal is None else [principal], errors)
    wanted = [(ACTIVITY_KEY.index(name), id) for name, id in named.items()]
    code = ACTIVITY_KEY.index("code")
    found = (
        row
        for row in held
        if all(row[2][k] == id for k, id in wanted) and (row[2][code] or not errors_only)
    )
    return table(found, ACTIVITY, "principal", ACTIVITY_KEY).slice(0, limit)


def facts(
    tx: ManagedTransaction, window: Window, relation: str | None, node: str | None
) -> pa.Table:
    """Rows of FACT in which ``node`` is subject or object."""
    owners = None if node is None else beside(tx, window, node)
    kind, object = FACT_REST.index("relation"), FACT_REST.index("object")
    found = (
        row
        for row in rows(tx, "Fact", window, owners)
        if relation in (None, row[2][kind]) and node in (None, row[0], row[2][object])
    )
    return table(found, FACT, "subject", FACT_REST)


def table(found: Iterable[Row], schema: pa.Schema, owner: str, rest: Sequence[str]) -> pa.Table:
    """Rows as the schema says, ordered by first, then by all key columns."""
    kept = list(found)
    values: dict[str, Any] = {
        owner: [who for who, _, _, _ in kept],
        "hour": [hour for _, hour, _, _ in kept],
        "count": [t.calls for _, _, _, t in kept],
        "first": [t.first for _, _, _, t in kept],
        "last": [t.last for _, _, _, t in kept],
        "event_ids": [t.event_ids for _, _, _, t in kept],
    }
    for place, name in enumerate(rest):
        values[name] = [key[place] for _, _, key, _ in kept]
    whole = pa.table({name: values[name] for name in schema.names}, schema=schema)
    order = ["first", *(name for name in schema.names if name in (owner, "hour", *rest))]
    return whole.sort_by([(name, "ascending") for name in order])


def span(tx: ManagedTransaction) -> Window | None:
    """From the first call to one second after the last."""
    sums = [t for (packed,) in tx.run(ENDS) for t in unpack_block(packed).values()]
    if not sums:
        return None
    return Window(min(t.first for t in sums), max(t.last for t in sums) + 1)


def touched(tx: ManagedTransaction, since: int) -> list[int]:
    """Hours that writes after ``since`` added to."""
    hours: list[int] = tx.run(TOUCHED, since=since).value()
    return hours


def files(tx: ManagedTransaction, uris: Iterable[str]) -> dict[str, str]:
    """The ledger: mark by uri."""
    return dict(read(tx, FILES, uris))


def revision(tx: ManagedTransaction) -> int:
    """How many writes kept a call."""
    value: int = tx.run(REVISION).single(strict=True)[0]
    return value
