"""Activities and facts in Neo4j: a node an owner and hour, its rows packed inside."""

from collections.abc import Set

from neo4j import ManagedTransaction

from offtrail.graph.neo4j_packing import Block, add, block_values, unpack_block
from offtrail.graph.neo4j_schema import change, read

FIND = """
UNWIND $rows AS row
MATCH (b:%s {owner: row[0], hour: row[1]}) USING INDEX b:%s(owner, hour)
RETURN collect([row[0], row[1], elementId(b), b.rows])
"""
VALUES = "b.calls = row[2], b.errors = row[3], b.size = row[4], b.rows = row[5]"
CREATE = (
    """
UNWIND $rows AS row
CREATE (b:%s {owner: row[0], hour: row[1], time: datetime({epochSeconds: row[1] * 3600})})
SET """
    + VALUES
)
UPDATE = "UNWIND $rows AS row MATCH (b) WHERE elementId(b) = row[0] SET " + VALUES

Blocks = dict[tuple[str, int], Block]  # by owner and hour


def write_blocks(
    tx: ManagedTransaction,
    label: str,
    blocks: Blocks,
    begun: Set[int],
    errors: int | None = None,
) -> None:
    """Add ``blocks`` to those held, which are of hours in ``begun``; column ``errors`` of a key
    tells failed calls."""
    asked = sorted(at for at in blocks if at[1] in begun)
    new = dict(blocks)
    old = []
    for owner, hour, element, packed in read(tx, FIND % (label, label), asked):
        was, part = unpack_block(packed), new.pop((owner, hour))
        merged = was | {key: add(t, was.get(key)) for key, t in part.items()}
        old.append([element, None, *block_values(merged, errors)])
    change(tx, UPDATE, old)
    change(
        tx, CREATE % label, ([*at, *block_values(part, errors)] for at, part in sorted(new.items()))
    )
