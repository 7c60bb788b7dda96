"""One write to Neo4j: unseen calls as activities, nodes and arrows, with the ledger, or nothing."""

from collections.abc import Sequence, Set

import numpy as np
import pyarrow as pa
from neo4j import ManagedTransaction

from offtrail.graph.neo4j_arrows import hours, write_arrows
from offtrail.graph.neo4j_blocks import Blocks, write_blocks
from offtrail.graph.neo4j_nodes import write_nodes
from offtrail.graph.neo4j_packing import Tally
from offtrail.graph.neo4j_read import FACT_REST
from offtrail.graph.neo4j_schema import change, lock
from offtrail.graph.neo4j_seen import remember, unseen
from offtrail.graph.relate import evidence, nodes, relate
from offtrail.graph.rows import ACTIVITY_KEY, calls, summed, sums
from offtrail.graph.store import File, Written
from offtrail.ingest.activity import Partial

LEDGER = """
UNWIND $rows AS row MERGE (f:File {uri: row[0]}) SET f.mark = row[1], f.records = row[2]
"""
GROW = "MATCH (s:Store {id: 'offtrail'}) SET s.revision = $revision"

CODE = ACTIVITY_KEY.index("code")


def write(tx: ManagedTransaction, batch: Partial, files: Sequence[File]) -> Written:
    """Add what the store has not, under the lock; a transaction tried again finds the same."""
    held = lock(tx)
    fresh, begun = unseen(tx, batch)
    kept, read = (len(calls(part.activities).row) for part in (fresh, batch))
    if kept:
        _add(tx, held.salt, fresh, begun)
        remember(tx, fresh.activities, held.revision + 1)
        tx.run(GROW, revision=held.revision + 1).consume()
    change(tx, LEDGER, ([f.uri, f.mark, f.records] for f in files))
    return Written(kept, read - kept)


def _add(tx: ManagedTransaction, salt: bytes, fresh: Partial, begun: Set[int]) -> None:
    write_blocks(tx, "Activity", _blocks(fresh.activities, "principal", ACTIVITY_KEY), begun, CODE)
    write_blocks(tx, "Fact", _blocks(fresh.facts, "subject", FACT_REST), begun)
    parts = list(relate(evidence(fresh)))
    write_arrows(tx, salt, hours(parts), write_nodes(tx, nodes(parts)))


def _blocks(table: pa.Table, owner: str, rest: Sequence[str]) -> Blocks:
    blocks: Blocks = {}
    if not table.num_rows:
        return blocks
    of = sums(np.arange(table.num_rows), summed(calls(table)))
    tallies = map(Tally, of.calls.tolist(), of.last.tolist(), of.proofs)
    columns = [table[name].to_pylist() for name in (owner, "hour", *rest)]
    for row, (who, hour, *key) in zip(tallies, zip(*columns, strict=True), strict=True):
        blocks.setdefault((who, hour), {})[tuple(key)] = row
    return blocks
