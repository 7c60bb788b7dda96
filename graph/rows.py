"""Calls summed up: per row of a batch the count, the times and the earliest proofs, as columns."""

from collections.abc import Sequence
from itertools import islice
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from offtrail.ingest.activity import KEY

ACTIVITY_KEY = tuple(name for name in KEY.names if name not in ("hour", "principal"))
"""What tells the activities of an hour and a principal apart, in the order of stored keys."""
KEPT = 3  # event ids that a summary keeps
FEW = 300  # rows that are sorted by their columns faster than by one number made of them
UUID = 36  # signs
DIGITS = [at for at in range(UUID) if at not in (8, 13, 18, 23)]
PROOF = 24  # bytes: the second, big-endian, then the id of the event

Ints = npt.NDArray[np.int64]


class Sums(NamedTuple):
    """One sum a row: calls, first and last second, and up to KEPT proofs as bytes in order."""

    calls: Ints
    first: Ints
    last: Ints
    proofs: list[bytes]


class Calls(NamedTuple):
    """Single calls: the row each belongs to, its second and its id as two numbers."""

    row: Ints
    second: Ints
    ids: npt.NDArray[np.uint64]  # [calls, 2]: halves that sort as the bytes do


class Rows(NamedTuple):
    """The calls of rows, summed row by row."""

    calls: Ints
    first: Ints
    last: Ints
    kept: Calls  # the KEPT earliest of each row; those of all rows in order of second and id


class Named(NamedTuple):
    """Texts side by side, each distinct one once."""

    texts: list[str]
    place: Ints  # of each row's text among ``texts``

    def all(self) -> list[str]:
        """The text of each row."""
        return [self.texts[at] for at in self.place.tolist()]

    def only(self, chosen: Ints) -> "Named":
        """Some of the rows, and no text that they have not."""
        used, place = np.unique(self.place[chosen], return_inverse=True)
        return Named([self.texts[at] for at in used.tolist()], place)


def calls(table: pa.Table) -> Calls:
    """The evidence of a batch's rows, taken apart."""
    table = table.combine_chunks()
    lists = _only(table.column("ids"))
    lengths = np.asarray(lists.value_lengths()).astype(np.int64)
    ids = lists.flatten()
    data = ids.buffers()[1] if len(ids) else None
    raw = b"" if data is None else data.slice(ids.offset * 16, len(ids) * 16).to_pybytes()
    seconds = np.asarray(_only(table.column("seconds")).flatten()).astype(np.int64)
    halves = np.frombuffer(raw, dtype=">u8").astype(np.uint64).reshape(-1, 2)
    return Calls(np.repeat(np.arange(len(lengths)), lengths), seconds, halves)


def _only(column: pa.ChunkedArray) -> pa.ListArray:
    chunk: pa.ListArray = column.combine_chunks()
    if isinstance(chunk, pa.ChunkedArray):
        chunk = chunk.chunk(0)
    return chunk


def _by_one_number(calls: Calls) -> Ints | None:
    """The order by the second and an id's first 40 bits, where these tell all calls apart."""
    if not len(calls.second):
        return None
    since = calls.second - calls.second.min()
    if since.max() >= 1 << 24:  # half a year
        return None
    number = since.astype(np.uint64) << np.uint64(40) | calls.ids[:, 0] >> np.uint64(24)
    order = np.argsort(number)
    number = number[order]
    return None if (number[1:] == number[:-1]).any() else order


def summed(calls: Calls) -> Rows:
    """Single calls as the rows that they belong to, each of at least one call."""
    order = _by_one_number(calls)
    if order is None:
        order = np.lexsort((calls.ids[:, 1], calls.ids[:, 0], calls.second))
    row, second = calls.row[order], calls.second[order]
    by_row, starts, ends = _together(row)
    place = np.arange(len(row)) - np.repeat(starts, ends - starts)
    kept = np.sort(by_row[place < KEPT])
    first, last = second[by_row[starts]], second[by_row[ends - 1]]
    return Rows(ends - starts, first, last, Calls(row[kept], second[kept], calls.ids[order[kept]]))


def sums(group: Ints, rows: Rows) -> Sums:
    """The sum of each group; ``group`` has that of each row, from 0 without gaps, or -1."""
    chosen = np.flatnonzero(group >= 0)
    of, many = group[chosen], int(group.max(initial=-1)) + 1
    calls = np.bincount(of, rows.calls[chosen], many).astype(np.int64)
    first, last = np.full(many, np.iinfo(np.int64).max), np.zeros(many, dtype=np.int64)
    np.minimum.at(first, of, rows.first[chosen])
    np.maximum.at(last, of, rows.last[chosen])
    return Sums(calls, first, last, _proofs(group[rows.kept.row], rows.kept))


def _proofs(group: Ints, calls: Calls) -> list[bytes]:
    """The earliest of each group's calls, which are in order."""
    met = np.flatnonzero(group >= 0)
    order, starts, ends = _together(group[met])
    kept = np.minimum(ends - starts, KEPT)
    held = met[order[np.repeat(starts - np.cumsum(kept) + kept, kept) + np.arange(kept.sum())]]
    data = np.empty((len(held), 3), dtype=">u8")
    data[:, 0], data[:, 1:] = calls.second[held], calls.ids[held]
    raw = data.tobytes()
    stop = (np.cumsum(kept) * PROOF).tolist()
    return [raw[start:end] for start, end in zip([0, *stop], stop, strict=False)]


def _together(group: Ints) -> tuple[Ints, Ints, Ints]:
    """The order that puts groups together and changes nothing else; where each starts and ends."""
    size = max(len(group), 1)
    # one number that sorts as (group, place) is faster to sort than group stably
    order = np.sort(group * size + np.arange(len(group))) % size
    starts = np.flatnonzero(np.diff(group[order], prepend=-1))
    return order, starts, np.append(starts, len(group))[1:]


def numbered(column: pa.ChunkedArray) -> Named:
    """The texts of a column."""
    encoded = column.combine_chunks().dictionary_encode()
    if isinstance(encoded, pa.ChunkedArray):
        encoded = encoded.combine_chunks()
    return Named(encoded.dictionary.to_pylist(), np.asarray(encoded.indices).astype(np.int64))


def earliest(one: bytes, other: bytes) -> bytes:
    """The proofs of two sums of different calls, as one sum keeps them."""
    both = one + other
    parts = sorted(both[at : at + PROOF] for at in range(0, len(both), PROOF))
    return b"".join(parts[:KEPT])


def event_ids(proofs: bytes) -> tuple[str, ...]:
    """The ids that proofs name, written as UUIDs."""
    text = proofs.hex()
    return tuple([_uuid(text[at : at + 32]) for at in range(16, len(text), 2 * PROOF)])


def seconds(proofs: bytes) -> list[int]:
    """The seconds that proofs name."""
    return [int.from_bytes(proofs[at : at + 8], "big") for at in range(0, len(proofs), PROOF)]


def proved(seconds: Sequence[int], ids: Sequence[str]) -> bytes:
    """Seconds and the ids of their events as proofs."""
    hexed = (f"{at:016x}{id.replace('-', '')}" for at, id in zip(seconds, ids, strict=True))
    return bytes.fromhex("".join(hexed))


def _uuid(h: str) -> str:
    return f"{h[:8]}-{h[8:12]}-{h[12:16]}-{h[16:20]}-{h[20:]}"


def all_event_ids(proofs: Sequence[bytes]) -> list[tuple[str, ...]]:
    """The ids that each row's proofs name, all cut out at once."""
    raw = np.frombuffer(b"".join(proofs), dtype=np.uint8).reshape(-1, PROOF)
    ids = iter(uuids(raw[:, 8:].tobytes()))
    return [tuple(islice(ids, len(proof) // PROOF)) for proof in proofs]


def uuids(ids: bytes) -> list[str]:
    """Ids side by side, 16 bytes each, written as UUIDs."""
    text = np.full((len(ids) // 16, UUID), ord("-"), dtype=np.uint8)
    text[:, DIGITS] = np.frombuffer(ids.hex().encode(), np.uint8).reshape(-1, 32)
    written = text.tobytes().decode()
    return [written[at : at + UUID] for at in range(0, len(written), UUID)]


def one_number(columns: Sequence[Ints]) -> Ints | None:
    """A number a row that sorts as the rows do, the first column first; None where 63 bits are
    too few for it."""
    number = np.zeros(len(columns[0]), dtype=np.int64)
    room = 1
    for column in columns if len(number) else ():
        low = int(column.min())
        width = int(column.max()) - low + 1
        room *= width
        number = number * width + (column - low)
    return number if room < 1 << 63 else None


def order_of(columns: Sequence[Ints]) -> Ints:
    """The order of rows by their columns, the first column first."""
    number = one_number(columns) if len(columns[0]) > FEW else None
    return np.lexsort(columns[::-1]) if number is None else np.argsort(number, kind="stable")
