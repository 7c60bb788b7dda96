"""What Neo4j keeps as bytes: an hour's calls of one principal, and the proof of an arrow's day."""

from collections.abc import Iterable
from typing import NamedTuple
from uuid import UUID

import msgspec
from isal import isal_zlib

HOUR = 3600
KEPT = 3  # event ids that a summary keeps

Proof = tuple[int, bytes]  # second since the epoch, Event.id


class Tally(NamedTuple):
    """A commutative sum of calls: how many, the last second, the earliest proofs."""

    count: int
    last: int
    proofs: tuple[Proof, ...]

    @property
    def first(self) -> int:
        """The earliest second; its event is always among the proofs."""
        return self.proofs[0][0]

    @property
    def event_ids(self) -> list[str]:
        """The proofs' ids as CloudTrail writes them."""
        return [str(UUID(bytes=id)) for _, id in self.proofs]


def tally(seconds: Iterable[int], ids: Iterable[bytes]) -> Tally:
    """The sum of single calls."""
    proofs = sorted(zip(seconds, ids, strict=True))
    return Tally(len(proofs), proofs[-1][0], tuple(proofs[:KEPT]))


def add(one: Tally, other: Tally | None) -> Tally:
    """The sum of two tallies of different calls."""
    if other is None:
        return one
    proofs = tuple(sorted(one.proofs + other.proofs)[:KEPT])
    return Tally(one.count + other.count, max(one.last, other.last), proofs)


def total(tallies: Iterable[Tally]) -> Tally:
    """The sum of at least one tally."""
    parts = list(tallies)
    proofs = sorted(p for t in parts for p in t.proofs)[:KEPT]
    return Tally(sum(t.count for t in parts), max(t.last for t in parts), tuple(proofs))


Day = dict[int, Tally]  # by hour since the epoch
_day = msgspec.msgpack.Decoder(list[tuple[int, int, int, tuple[Proof, ...]]])
_encoder = msgspec.msgpack.Encoder()


def pack_day(day: Day) -> bytes:
    """An arrow's tallies of one day."""
    return _encoder.encode([(hour, *t) for hour, t in sorted(day.items())])


def unpack_day(packed: bytes) -> Day:
    return {hour: Tally(*rest) for hour, *rest in _day.decode(packed)}  # type: ignore[arg-type]


Key = tuple[str | bool, ...]  # the key columns of an activity or a fact, without its hour
Block = dict[Key, Tally]  # what one principal did in one hour
_block = msgspec.msgpack.Decoder(list[tuple[tuple[str | bool, ...], int, int, tuple[Proof, ...]]])


def pack_block(block: Block) -> bytes:
    """The activities or facts of one owner and hour, compressed."""
    return isal_zlib.compress(_encoder.encode([(key, *t) for key, t in block.items()]), 1)


def unpack_block(packed: bytes) -> Block:
    rows = _block.decode(isal_zlib.decompress(packed))
    return {key: Tally(*rest) for key, *rest in rows}  # type: ignore[arg-type, misc]
