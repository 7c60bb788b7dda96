"""One write to Neo4j: unseen calls as activities, nodes and arrows, with the ledger, or nothing."""

from collections.abc import Sequence, Set

import numpy as np
from neo4j import ManagedTransaction

from offtrail.graph.neo4j_arrows import write_arrows
from offtrail.graph.neo4j_blocks import Blocks, write_blocks
from offtrail.graph.neo4j_nodes import write_nodes
from offtrail.graph.neo4j_packing import Tally
from offtrail.graph.neo4j_read import FACT_REST
from offtrail.graph.neo4j_schema import change, lock, read
from offtrail.graph.relate import Columns, evidence, nodes, relate
from offtrail.graph.rows import ACTIVITY_KEY, sums
from offtrail.graph.seen import hours, ids_by_hour, unseen
from offtrail.graph.store import File, Written
from offtrail.ingest.activity import Partial

SEEN = """
UNWIND $rows AS hour MATCH (s:Seen {hour: hour}) USING INDEX s:Seen(hour)
RETURN collect([hour, s.ids])
"""
REMEMBER = "UNWIND $rows AS row CREATE (:Seen {hour: row[0], revision: row[1], ids: row[2]})"
LEDGER = """
UNWIND $rows AS row MERGE (f:File {uri: row[0]}) SET f.mark = row[1], f.records = row[2]
"""
GROW = "MATCH (s:Store {id: 'offtrail'}) SET s.revision = $revision"

CODE = ACTIVITY_KEY.index("code")


def write(tx: ManagedTransaction, batch: Partial, files: Sequence[File]) -> Written:
    """Add what the store has not, under the lock; a transaction tried again finds the same."""
    revision, salt = lock(tx)
    held: dict[int, list[bytes]] = {}
    for hour, ids in read(tx, SEEN, hours(batch)):
        held.setdefault(hour, []).append(ids)
    fresh, kept, known = unseen(batch, ((hour, b"".join(ids)) for hour, ids in held.items()))
    if kept:
        change(tx, REMEMBER, ([hour, revision + 1, ids] for hour, ids in ids_by_hour(fresh)))
        _add(tx, salt, fresh, held.keys())
        tx.run(GROW, revision=revision + 1).consume()
    change(tx, LEDGER, ([f.uri, f.mark, f.records] for f in files))
    return Written(kept, known)


def _add(tx: ManagedTransaction, salt: bytes, fresh: Partial, begun: Set[int]) -> None:
    proved = evidence(fresh)
    activities = _blocks(proved.activities, "principal", ACTIVITY_KEY)
    write_blocks(tx, "Activity", activities, begun, CODE)
    write_blocks(tx, "Fact", _blocks(proved.facts, "subject", FACT_REST), begun)
    arrows = list(relate(proved))
    write_nodes(tx, nodes(arrows))
    write_arrows(tx, salt, arrows)


def _blocks(rows: Columns, owner: str, rest: Sequence[str]) -> Blocks:
    blocks: Blocks = {}
    of = sums(np.arange(len(rows.hour)), rows.calls)  # each row a group of its own
    tallies = map(Tally, of.calls.tolist(), of.last.tolist(), of.proofs)
    columns = [rows.table[name].to_pylist() for name in (owner, *rest)]
    for tally, hour, who, *key in zip(tallies, rows.hour.tolist(), *columns, strict=True):
        blocks.setdefault((who, hour), {})[tuple(key)] = tally
    return blocks
