"""Equal calls as rows: the columnar half of reducing, and the merge that makes it a monoid."""

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from offtrail.ingest.activity import FACT_KEY, KEY, PARTIAL, PARTIAL_FACTS, Partial
from offtrail.ingest.columns import Ints
from offtrail.ingest.keys import Key, Keys, used

HOUR = 3600

EMPTY = Partial(PARTIAL.empty_table(), PARTIAL_FACTS.empty_table())
"""What no records reduce to: ``merge(EMPTY, p) == p``."""


class Proof(NamedTuple):
    """Calls side by side: which of ``keys`` each is, its id and its second."""

    keys: Sequence[Key]
    which: Ints
    ids: npt.NDArray[np.uint64]  # [calls, 2], big-endian halves as numbers: they sort as the bytes
    seconds: Ints


def numbers(ids: bytes) -> npt.NDArray[np.uint64]:
    """Ids of 16 bytes one after another, as the two columns of numbers that Proof holds."""
    return np.frombuffer(ids, dtype=">u8").astype(np.uint64).reshape(-1, 2)


def raw(ids: npt.NDArray[np.uint64]) -> bytes:
    """The ids of 16 bytes one after another: ``numbers`` turned round."""
    return ids.astype(">u8").tobytes()


def activities(proof: Proof) -> pa.Table:
    """Rows of PARTIAL in their canonical order, each id once.

    Where records disagree about an id, the earliest wins, then the least key: the same whatever
    the order in which they came.
    """
    distinct = isinstance(proof.keys, Keys)
    return _rows(PARTIAL, len(KEY), _each_id_once(proof if distinct else _distinct(proof)))


def facts(proof: Proof) -> pa.Table:
    """Rows of PARTIAL_FACTS in their canonical order, each id once a row."""
    proof = _distinct(proof, ordered=True)
    row = proof.seconds // HOUR * (len(proof.keys) or 1) + proof.which
    high, low = proof.ids[:, 0], proof.ids[:, 1]
    order = np.argsort(high)
    order = order[_order(row[order])]
    if not _changes(row[order], high[order]).all():
        order = np.lexsort((proof.seconds, low, high, row))
        order = order[_changes(row[order], high[order], low[order])]
    return _rows(PARTIAL_FACTS, len(FACT_KEY), _take(proof, order))


def merge(a: Partial, b: Partial) -> Partial:
    """Both together: commutative, associative, idempotent; EMPTY changes nothing."""
    return Partial(
        activities(_proof([a.activities, b.activities], len(KEY))),
        facts(_proof([a.facts, b.facts], len(FACT_KEY))),
    )


def _proof(tables: Sequence[pa.Table], width: int) -> Proof:
    """Tables of rows taken apart into calls again."""
    table = pa.concat_tables(tables).combine_chunks()
    keys = list(zip(*(table.column(i).to_pylist() for i in range(1, width)), strict=True))
    ids = _flat(table.column("ids"))
    lengths = np.diff(np.concatenate([[0], np.cumsum(_lengths(table))]))
    seconds = _flat(table.column("seconds")).to_numpy(zero_copy_only=False).astype(np.int64)
    return Proof(keys, np.repeat(np.arange(len(keys)), lengths), numbers(_bytes(ids)), seconds)


def _lengths(table: pa.Table) -> Ints:
    lengths: Ints = np.asarray(table.column("ids").combine_chunks().value_lengths())
    return lengths.astype(np.int64)


def _flat(column: pa.ChunkedArray) -> pa.Array:
    return column.combine_chunks().flatten()


def _bytes(ids: pa.Array) -> bytes:
    data = ids.buffers()[1]
    return b"" if data is None else data.slice(ids.offset * 16, len(ids) * 16).to_pybytes()


def _distinct(proof: Proof, ordered: bool = False) -> Proof:
    """The same calls with only the keys they use, each once, and in order where asked."""
    met, which = used(proof.keys, proof.which)
    keys = sorted(set(met)) if ordered else list(dict.fromkeys(met))
    place = {key: i for i, key in enumerate(keys)}
    rank = np.array([place[key] for key in met] or [0], dtype=np.int64)
    return Proof(keys, rank[which.to_numpy()], proof.ids, proof.seconds)


def _take(proof: Proof, order: Ints) -> Proof:
    return Proof(proof.keys, proof.which[order], proof.ids[order], proof.seconds[order])


def _each_id_once(proof: Proof) -> Proof:
    """The calls in the order of their ids."""
    high, low = proof.ids[:, 0], proof.ids[:, 1]
    order = np.argsort(high)
    if not (high[order][1:] == high[order][:-1]).any():
        return _take(proof, order)
    proof = _distinct(proof, ordered=True)
    order = np.lexsort((proof.which, proof.seconds, low, high))
    return _take(proof, order[_changes(high[order], low[order])])


def _order(values: Ints) -> Ints:
    """A stable argsort: a sort, where a value and its place fit one number."""
    bits = len(values).bit_length()
    if not bits or int(np.ptp(values)) >> (63 - bits):
        return np.argsort(values, kind="stable")
    placed = np.sort((values - values.min()) << bits | np.arange(len(values)))
    return placed & ((1 << bits) - 1)


def _changes(*columns: npt.NDArray[Any]) -> npt.NDArray[np.bool_]:
    """True where a sorted row differs from the one before it."""
    new = np.zeros(len(columns[0]), dtype=bool)
    new[:1] = True
    for column in columns:
        new[1:] |= column[1:] != column[:-1]
    return new


def _rows(schema: pa.Schema, width: int, proof: Proof) -> pa.Table:
    """Calls as rows: evidence by second and id, rows by hour and then by their first evidence."""
    hours = proof.seconds // HOUR
    row = hours * len(proof.keys) + proof.which  # hours since 1970 fit beside 10^9 keys
    order = _order(row * HOUR + proof.seconds % HOUR)  # ids are in order
    starts = np.flatnonzero(_changes(row[order]))
    order, starts = _by_first(proof, order, starts)
    columns = [pa.array(hours[order[starts]].astype(np.int32))]
    columns += _values(list(schema)[1:width], proof.keys, proof.which[order[starts]])
    offsets = pa.array(np.append(starts, len(order)).astype(np.int32))
    ids = pa.py_buffer(raw(proof.ids[order]))
    binary = pa.Array.from_buffers(pa.binary(16), len(order), [None, ids])
    columns.append(pa.ListArray.from_arrays(offsets, binary))
    columns.append(pa.ListArray.from_arrays(offsets, pa.array(proof.seconds[order])))
    return pa.Table.from_arrays(columns, schema=schema)


def _values(fields: Sequence[pa.Field], keys: Sequence[Key], which: Ints) -> list[pa.Array]:
    if isinstance(keys, Keys):
        return keys.columns(which)
    place = pa.array(which)
    columns = list(zip(*keys, strict=True)) or [()] * len(fields)
    return [
        pa.array(column, field.type).take(place)
        for field, column in zip(fields, columns, strict=True)
    ]


def _by_first(proof: Proof, order: Ints, starts: Ints) -> tuple[Ints, Ints]:
    """Rows in the order of their first evidence: all carriers agree on it without comparing text.

    Facts of one call share their evidence: among them the order of keys decides, which is kept.
    """
    first = order[starts]
    rows = np.lexsort((proof.ids[first, 1], proof.ids[first, 0], proof.seconds[first]))
    lengths = np.diff(np.append(starts, len(order)))[rows]
    new = np.cumsum(lengths) - lengths
    place = np.arange(len(order)) - np.repeat(new, lengths) + np.repeat(starts[rows], lengths)
    return order[place], new
