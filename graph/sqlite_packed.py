"""What meets a node in an hour, packed: entries of one width, and beside them what proves them.

An entry is the way of an arrow (twice the place of its type, plus one where it comes in), its
other end, its code and class, its calls, and the seconds of the hour at which the first and last
were. An arrow from a node to itself stands there once, as one that goes out. Of an entry's calls
the KEPT earliest are its proofs, in order: a second of the hour and the event's id.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from offtrail.graph.rows import FEW, KEPT, Ints, one_number, order_of
from offtrail.graph.window import HOUR, Window

OUT, IN = 0, 1
HOURS = 1 << 27
"""A row's id is that of its node times HOURS, plus the hour: since 1970, into the year 9999."""
ENTRY = np.dtype(
    [
        ("way", "u1"),
        ("other", ">u4"),
        ("code", ">u4"),
        ("error_class", ">u4"),
        ("calls", ">u4"),
        ("first", ">u2"),
        ("last", ">u2"),
    ]
)
PROOF = np.dtype([("second", ">u2"), ("high", ">u8"), ("low", ">u8")])  # halves of the id
ID = slice(2, None)  # of a proof's bytes

Packed = npt.NDArray[np.void]
Bools = npt.NDArray[np.bool_]
Row = tuple[int, bytes, bytes]
"""An id, the entries of its node and hour, and their proofs."""
Arrows = Sequence[Ints]
"""Arrows side by side: source, target, type and code, all numbers of the store."""


class Entries(NamedTuple):
    """Entries side by side, each with its node and hour; and the proofs of all, in their order."""

    node: Ints
    hour: Ints
    packed: Packed  # of ENTRY
    proofs: Packed  # of PROOF

    def of(self, name: str) -> Ints:
        """A field of all entries."""
        return self.packed[name].astype(np.int64)

    def proved(self) -> Ints:
        """How many proofs each has."""
        return np.minimum(self.of("calls"), KEPT)

    def proofs_of(self, chosen: Ints) -> tuple[Ints, Ints]:
        """Where the proofs of some entries are, in their order; and whose of them each is."""
        many = self.proved()
        begin = (np.cumsum(many) - many)[chosen]
        many = many[chosen]
        owner = np.repeat(np.arange(len(chosen)), many)
        return np.arange(len(owner)) + (begin - (np.cumsum(many) - many))[owner], owner

    def only(self, chosen: Ints) -> "Entries":
        """Some of them."""
        proofs, _ = self.proofs_of(chosen)
        return Entries(
            self.node[chosen], self.hour[chosen], self.packed[chosen], self.proofs[proofs]
        )

    def ends(self) -> Arrows:
        """The arrows that they are of."""
        way, other = self.of("way"), self.of("other")
        back = way % 2 == IN
        source, target = np.where(back, other, self.node), np.where(back, self.node, other)
        return [source, target, way // 2, self.of("code")]


def between(node: str, first: str = "0", last: str = str(HOURS - 1)) -> str:
    """SQL for the ids of a node's rows, from one hour to another."""
    return f"BETWEEN {node} * {HOURS} + {first} AND {node} * {HOURS} + {last}"


def hours_in(window: Window) -> tuple[int, int]:
    """The first and the last hour of a window, among those that rows can have."""
    first, last = window.hours
    return max(first, 0), min(last, HOURS - 1)


def joined(parts: Sequence[Entries]) -> Entries:
    """One after another."""
    if len(parts) == 1:
        return parts[0]
    return Entries(
        np.concatenate([part.node for part in parts]),
        np.concatenate([part.hour for part in parts]),
        np.frombuffer(b"".join([part.packed.tobytes() for part in parts]), ENTRY),
        np.frombuffer(b"".join([part.proofs.tobytes() for part in parts]), PROOF),
    )  # as bytes: numpy would put records into the machine's own order


def entries(rows: Sequence[Row]) -> Entries:
    """What rows of the table hold."""
    ids, arrows, proofs = zip(*rows, strict=True) if rows else ((), (), ())
    each = np.array([*map(len, arrows)], dtype=np.int64) // ENTRY.itemsize
    node, hour = np.divmod(np.array(ids, dtype=np.int64).repeat(each), HOURS)
    return Entries(
        node,
        hour,
        np.frombuffer(b"".join(arrows), dtype=ENTRY),
        np.frombuffer(b"".join(proofs), dtype=PROOF),
    )


def rows(held: Entries) -> Iterator[Row]:
    """The rows of entries that are in order of node and hour."""
    starts = np.flatnonzero(changed(held.node, held.hour))
    ids = (held.node[starts] * HOURS + held.hour[starts]).tolist()
    ends = np.cumsum(held.proved())
    proved = ends[np.append(starts[1:], len(ends)) - 1]
    arrows = _cut(held.packed, np.append(starts[1:], len(held.node)))
    return zip(ids, arrows, _cut(held.proofs, proved), strict=True)


def _cut(packed: Packed, ends: Ints) -> list[bytes]:
    raw, stops = packed.tobytes(), (ends * packed.itemsize).tolist()
    return [raw[a:b] for a, b in zip([0, *stops], stops, strict=False)]


def changed(*columns: Ints) -> Bools:
    """Which rows differ from the one before."""
    new = np.ones(len(columns[0]), dtype=bool)
    np.not_equal(columns[0][1:], columns[0][:-1], out=new[1:])
    for column in columns[1:]:
        new[1:] |= column[1:] != column[:-1]
    return new


def grouped(key: Sequence[Ints], then: Ints) -> tuple[Ints, Bools]:
    """The order of rows by their key and one more column; and which of them begin a key."""
    number = one_number(key) if len(then) > FEW else None
    if number is None:
        order = np.lexsort((then, *key[::-1]))
        return order, changed(*(column[order] for column in key))
    order = order_of((number, then))
    return order, changed(number[order])


def together(held: Entries, texts: Mapping[int, str]) -> Entries:
    """In order, and those of one arrow and hour as one: calls of different writes add up."""
    key = [held.node, held.hour, *(held.of(name) for name in ("way", "other", "code"))]
    order = order_of(key)
    held, new = held.only(order), changed(*(column[order] for column in key))
    starts = np.flatnonzero(new)
    if len(starts) == len(order):
        return held
    packed = held.packed[starts]
    packed["calls"] = np.add.reduceat(held.of("calls"), starts)
    packed["first"] = np.minimum.reduceat(held.of("first"), starts)
    packed["last"] = np.maximum.reduceat(held.of("last"), starts)
    packed["error_class"] = least(held.of("error_class"), starts, texts)
    group = np.repeat(np.cumsum(new) - 1, held.proved())
    proofs = held.proofs
    order = np.lexsort((proofs["low"], proofs["high"], proofs["second"], group))
    kept = order[place_in(group) < KEPT]
    return Entries(held.node[starts], held.hour[starts], packed, proofs[kept])


def least(words: Ints, starts: Ints, texts: Mapping[int, str]) -> Ints:
    """Of each group of words the first by its text."""
    used = np.unique(words)
    by_text = np.array(sorted(used.tolist(), key=texts.__getitem__), dtype=np.int64)
    rank = np.argsort(by_text, kind="stable")[np.searchsorted(used, words)]
    return by_text[np.minimum.reduceat(rank, starts)]


def place_in(group: Ints) -> Ints:
    """Which of its group each is; groups stand side by side."""
    starts = np.flatnonzero(changed(group))
    return np.arange(len(group)) - np.repeat(starts, np.diff(starts, append=len(group)))


def packed(columns: Mapping[str, Any], many: int) -> Packed:
    """Columns as entries."""
    made = np.empty(many, dtype=ENTRY)
    for name in ENTRY.names or ():
        made[name] = columns[name]
    return made


def proofs(many: Ints, hour: Ints, summed: Sequence[bytes]) -> Packed:
    """The proofs of sums (`rows.Sums`), as the entries of their hours have them."""
    read = np.frombuffer(b"".join(summed), dtype=[("second", ">u8"), *PROOF.descr[1:]])
    made = np.empty(len(read), dtype=PROOF)
    made["second"] = read["second"].astype(np.int64) - np.repeat(hour * HOUR, many)
    made["high"], made["low"] = read["high"], read["low"]
    return made
