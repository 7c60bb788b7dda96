"""One write to SQLite: unseen calls, their nodes and arrows, and the ledger, or nothing."""

import sqlite3
from collections.abc import Iterator, Sequence

import numpy as np

from offtrail.graph.relate import Arrows, Columns, evidence, nodes, relate
from offtrail.graph.rows import ACTIVITY_KEY, KEPT, Ints, Named, order_of, sums
from offtrail.graph.schema import KINDS, TYPES
from offtrail.graph.seen import hours, ids_by_hour, unseen
from offtrail.graph.sqlite_near import add, hours_held
from offtrail.graph.sqlite_packed import IN, OUT, Entries, joined, packed, proofs
from offtrail.graph.sqlite_schema import renew
from offtrail.graph.sqlite_words import Words, numbers, pack
from offtrail.graph.store import File, Node, Written
from offtrail.graph.window import HOUR
from offtrail.ingest.activity import FACT_KEY, Partial

FACT_REST = tuple(name for name in FACT_KEY.names if name != "hour")

_SUMMED = """
ON CONFLICT DO UPDATE SET calls = calls + excluded.calls, first = min(first, excluded.first),
    last = max(last, excluded.last), proofs = earliest(proofs, excluded.proofs)"""
ACTIVITY = f"INSERT INTO activity VALUES (?, ?, ?, ?, ?, ?, ?) {_SUMMED}"  # noqa: S608 - our words
FACT = f"INSERT INTO fact VALUES (?, ?, ?, ?, ?, ?) {_SUMMED}"  # noqa: S608 - our words
PLACE = f"instr(' {' '.join(KINDS)} ', ' ' || %s || ' ')"
EARLIER = f"{PLACE % 'excluded.kind'} < {PLACE % 'kind'}"
NODE = f"""
INSERT INTO node (name, kind, label, account, first, last, text) VALUES (?, ?, ?, ?, ?, ?, ?)
ON CONFLICT (name) DO UPDATE SET first = min(first, excluded.first),
    last = max(last, excluded.last), kind = CASE WHEN {EARLIER} THEN excluded.kind ELSE kind END
WHERE excluded.first < first OR excluded.last > last OR excluded.kind <> kind AND {EARLIER}
"""  # noqa: S608 - our own words


def write(
    connection: sqlite3.Connection, words: Words, batch: Partial, files: Sequence[File]
) -> Written:
    """Add what the store has not, inside the transaction that the caller holds."""
    fresh, kept, known = unseen(batch, _held(connection, hours(batch)))
    if kept:
        renew(connection)
        revision = _revision(connection)
        connection.executemany(
            "INSERT INTO seen VALUES (?, ?, ?)",
            ((h, revision, ids) for h, ids in ids_by_hour(fresh)),
        )
        proved = evidence(fresh)
        held = hours_held(
            connection, {*proved.activities.hour.tolist(), *proved.facts.hour.tolist()}
        )
        _add_rows(connection, words, ACTIVITY, proved.activities, ("principal",), ACTIVITY_KEY)
        _add_rows(connection, words, FACT, proved.facts, (), FACT_REST)
        arrows = list(relate(proved))
        ids = _add_nodes(connection, nodes(arrows))
        both_ends = [end for part in arrows for end in _entries(words, ids, part)]
        if both_ends:
            add(connection, joined(both_ends), held)
    connection.executemany(
        "INSERT OR REPLACE INTO file VALUES (?, ?, ?)", [(f.uri, f.mark, f.records) for f in files]
    )
    return Written(kept, known)


def _revision(connection: sqlite3.Connection) -> int:
    connection.execute("UPDATE meta SET value = value + 1 WHERE key = 'revision'")
    found: int = connection.execute("SELECT value FROM meta WHERE key = 'revision'").fetchone()[0]
    return found


def _held(connection: sqlite3.Connection, hours: Sequence[int]) -> Iterator[tuple[int, bytes]]:
    """The ids that were counted in ``hours``, one hour's in memory at a time."""
    for hour in hours:
        found = connection.execute("SELECT ids FROM seen WHERE hour = ?", (hour,))
        if ids := b"".join(row[0] for row in found):
            yield hour, ids


def _add_rows(
    connection: sqlite3.Connection,
    words: Words,
    statement: str,
    rows: Columns,
    alone: Sequence[str],
    packed: Sequence[str],
) -> None:
    """Rows with their sums, clustered as the table is; ``packed`` columns stand as one."""
    heads = [rows.hour, *(_coded(words, rows, name) for name in alone)]
    order = order_of(heads)
    of = sums(np.argsort(order), rows.calls)  # each row a group of its own
    keys = pack(np.stack([_coded(words, rows, name) for name in packed], axis=1)[order])
    columns = [column[order].tolist() for column in heads]
    values = (of.calls.tolist(), of.first.tolist(), of.last.tolist(), of.proofs)
    connection.executemany(statement, zip(*columns, keys, *values, strict=True))


def _coded(words: Words, rows: Columns, name: str) -> Ints:
    """A column as the numbers of its words."""
    texts, place = rows.numbered(name)
    if name == "mfa":
        texts = ["1" if text else "" for text in texts]
    return _numbers(words.ids(texts), Named(texts, place))


def _numbers(ids: dict[str, int], names: Named) -> Ints:
    return np.array([ids[text] for text in names.texts], dtype=np.int64)[names.place]


def _entries(words: Words, ids: dict[str, int], part: Arrows) -> Iterator[Entries]:
    """Arrow-hours as both of their ends hold them; one that is a loop has one end."""
    type = TYPES.index(part.relation.name)
    known = words.ids([*part.code.texts, *part.error_class.texts])
    source, target = _numbers(ids, part.source), _numbers(ids, part.target)
    calls, first, last, proved = part.sums
    columns = {
        "way": 2 * type + OUT,
        "other": target,
        "code": _numbers(known, part.code),
        "error_class": _numbers(known, part.error_class),
        "calls": calls,
        "first": first - part.hour * HOUR,
        "last": last - part.hour * HOUR,
    }
    made = packed(columns, len(source))
    out = Entries(source, part.hour, made, proofs(np.minimum(calls, KEPT), part.hour, proved))
    yield out
    made = packed({**columns, "way": 2 * type + IN, "other": source}, len(source))
    yield Entries(target, part.hour, made, out.proofs).only(np.flatnonzero(source != target))


def _add_nodes(connection: sqlite3.Connection, met: dict[str, Node]) -> dict[str, int]:
    """Create or widen nodes; returns the number of each."""
    before = connection.execute("SELECT coalesce(max(id), 0) FROM node").fetchone()[0]
    connection.executemany(
        NODE,
        [(n.id, n.kind, n.label, n.account, n.first, n.last, searched(n)) for n in met.values()],
    )
    connection.execute(
        "INSERT INTO node_text (rowid, text) SELECT id, text FROM node WHERE id > ?", (before,)
    )
    return numbers(connection, "node", "name", met)


def searched(node: Node) -> str:
    """What a search looks through: the id, and the label where the id does not hold it."""
    text = node.id if node.label in node.id else f"{node.id}\n{node.label}"
    return text.lower()
