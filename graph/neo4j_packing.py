"""Sums of calls, and the bytes that Neo4j keeps them as: what one owner did in one hour."""

from collections.abc import Iterable
from typing import Any, NamedTuple

import msgspec
from isal import isal_zlib

from offtrail.graph.rows import KEPT, PROOF, earliest, event_ids


class Tally(NamedTuple):
    """A commutative sum of calls: how many, the last second, the earliest proofs, the class."""

    calls: int
    last: int
    proofs: bytes  # of graph/rows.py
    error_class: str = ""  # the least, where an arrow's calls are of several

    @property
    def first(self) -> int:
        """The earliest second; its event is always among the proofs."""
        return int.from_bytes(self.proofs[:8], "big")

    @property
    def event_ids(self) -> tuple[str, ...]:
        return event_ids(self.proofs)


def add(one: Tally, other: Tally | None) -> Tally:
    """The sum of two tallies of different calls."""
    if other is None:
        return one
    proofs = earliest(one.proofs, other.proofs)
    least = min(one.error_class, other.error_class)
    return Tally(one.calls + other.calls, max(one.last, other.last), proofs, least)


def total(tallies: Iterable[Tally]) -> Tally:
    """The sum of at least one tally."""
    parts = list(tallies)
    if len(parts) == 1:
        return parts[0]
    proofs = sorted(
        t.proofs[at : at + PROOF] for t in parts for at in range(0, len(t.proofs), PROOF)
    )
    return Tally(
        sum(t.calls for t in parts),
        max(t.last for t in parts),
        b"".join(proofs[:KEPT]),
        min(t.error_class for t in parts),
    )


Day = dict[int, Tally]  # by hour since the epoch
_encoder = msgspec.msgpack.Encoder()
Key = tuple[str | bool, ...]  # the key columns of an activity or a fact, less its hour and owner
Block = dict[Key, Tally]  # what one owner did in one hour
_block = msgspec.msgpack.Decoder(list[tuple[tuple[str | bool, ...], int, int, bytes]])


def pack_block(block: Block) -> bytes:
    """The activities or facts of one owner and hour, compressed."""
    return isal_zlib.compress(_encoder.encode([(key, *t[:3]) for key, t in block.items()]), 1)


def unpack_block(packed: bytes) -> Block:
    """What ``pack_block`` packed."""
    rows = _block.decode(isal_zlib.decompress(packed))
    return {row[0]: Tally(*row[1:]) for row in rows}


def block_values(block: Block, errors: int | None) -> list[Any]:
    """Of a block its calls, those that failed by column ``errors`` of a key, its rows, itself."""
    failed = 0 if errors is None else sum(t.calls for key, t in block.items() if key[errors])
    return [sum(t.calls for t in block.values()), failed, len(block), pack_block(block)]
