"""Which calls of a batch a store has not counted, by the ids that it keeps an hour."""

from collections.abc import Iterable, Iterator
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from offtrail.graph.rows import Calls, Ints, calls
from offtrail.ingest.activity import Partial

Bools = npt.NDArray[np.bool_]


class Unseen(NamedTuple):
    """What a write has to add."""

    batch: Partial
    kept: int  # calls in it
    known: int  # calls that were left out


def hours(batch: Partial) -> list[int]:
    """The hours of a batch's calls, ascending."""
    return sorted(batch.activities.column("hour").unique().to_pylist())


def unseen(batch: Partial, held: Iterable[tuple[int, bytes]]) -> Unseen:
    """The batch without the calls that ``held`` has, and each other call once.

    ``held`` has the ids that the store counted in each of the batch's ``hours``, 16 bytes each; an
    id is looked for in the hour of its call.
    """
    read = calls(batch.activities)
    new = _new(batch.activities, read, held)
    kept = int(new.sum())
    return Unseen(batch if kept == len(new) else _without(batch, read, new), kept, len(new) - kept)


def ids_by_hour(batch: Partial) -> Iterator[tuple[int, bytes]]:
    """The ids of a batch's calls, side by side, hour by hour."""
    read = calls(batch.activities)
    of = _hours(batch.activities, read)
    order = np.argsort(of, kind="stable")
    raw = read.ids[order].astype(">u8").tobytes()
    found, starts = np.unique(of[order], return_index=True)
    ends = np.append(starts[1:], len(of))
    for hour, start, end in zip(found.tolist(), starts.tolist(), ends.tolist(), strict=True):
        yield hour, raw[16 * start : 16 * end]


def _hours(table: pa.Table, read: Calls) -> Ints:
    """The hour of each call."""
    column = np.asarray(table.column("hour").combine_chunks())
    return column.astype(np.int64)[read.row]


def _new(table: pa.Table, read: Calls, held: Iterable[tuple[int, bytes]]) -> Bools:
    """Which calls are not held. Of one id twice the first counts."""
    of = _hours(table, read)
    new = np.ones(len(of), dtype=bool)
    halves = np.sort(read.ids[:, 0])
    if (halves[1:] == halves[:-1]).any():
        order = np.lexsort((read.ids[:, 1], read.ids[:, 0]))
        ids = read.ids[order]
        new[order[1:][(ids[1:] == ids[:-1]).all(axis=1)]] = False
    for hour, known in held:
        before = np.frombuffer(known, dtype=">u8").astype(np.uint64).reshape(-1, 2)
        mine = np.flatnonzero(of == hour)
        maybe = mine[np.isin(read.ids[mine, 0], before[:, 0])]
        pairs = set(map(tuple, before.tolist())) if len(maybe) else set()
        new[[i for i in maybe.tolist() if tuple(read.ids[i].tolist()) in pairs]] = False
    return new


def _without(batch: Partial, read: Calls, new: Bools) -> Partial:
    """The batch with only the calls of ``new``; facts stay where their call does."""
    keep = set(map(tuple, read.ids[new].tolist()))
    facts = calls(batch.facts)
    kept = np.array([tuple(id) in keep for id in facts.ids.tolist()], dtype=bool)
    return Partial(_only(batch.activities, read, new), _only(batch.facts, facts, kept))


def _only(table: pa.Table, read: Calls, keep: Bools) -> pa.Table:
    row, second, ids = read.row[keep], read.second[keep], read.ids[keep]
    used, starts = np.unique(row, return_index=True)
    offsets = pa.array(np.append(starts, len(row)).astype(np.int32))
    flat = pa.Array.from_buffers(
        pa.binary(16), len(ids), [None, pa.py_buffer(ids.astype(">u8").tobytes())]
    )
    rows = table.take(pa.array(used))
    for name, values in (("ids", flat), ("seconds", pa.array(second))):
        place = rows.column_names.index(name)
        rows = rows.set_column(place, name, pa.ListArray.from_arrays(offsets, values))
    return rows
