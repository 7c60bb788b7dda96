"""The hours of a real account, copied under other names as if many accounts had them side by side.

What ``shape.py`` draws has an activity come to 3.45 hourly edges, for its principals do one thing
an hour. In real hours one principal does many, with few keys and from few addresses.
"""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from offtrail.graph.window import HOUR
from offtrail.ingest.activity import Partial
from offtrail.ingest.partial import partial

ROWS = 2_900  # activities of an hour on average, as 2.1 million of a month have
NEW = 8  # so that 7 to 8 of 100 arrow-hours begin an arrow, as 396 thousand of 5.17 million do
OWN = ("account", "principal", "principal_account", "credential", "source", "instance", "resource")
OWN_FACTS = ("account", "subject", "object")
DAY = 24


def days(file: Path, first: int, count: int) -> Iterator[Iterator[Partial]]:
    """The hours of the account in ``file``, of ROWS activities on average, ``count`` times.

    The first begins at hour ``first``, each other so many days later as the file is long. Each
    copy has names of its own, all but APIs, and each call an id of its own. Each time, one copy of
    NEW has other names than before: the arrows of an account that was not there.
    """
    found = partial([str(file)])
    hours = sorted(set(found.activities["hour"].to_pylist()))
    copies = max(1, round(ROWS * len(hours) / found.activities.num_rows))
    long = ((hours[-1] - hours[0]) // DAY + 1) * DAY
    for day in range(count):
        names = [f"-{copy}-{(day + copy) // NEW}" for copy in range(copies)]
        yield _day(found, hours, first - hours[0] + day * long, names)


def _day(found: Partial, hours: list[int], later: int, copies: list[str]) -> Iterator[Partial]:
    for hour in hours:
        chance = np.random.default_rng([hour, hour + later])
        masks = [np.frombuffer(chance.bytes(16), np.uint8) for _ in copies]
        of_hour = (table.filter(pc.field("hour") == hour) for table in found)
        moved = (
            [_moved(table, own, *copy, later) for copy in zip(copies, masks, strict=True)]
            for table, own in zip(of_hour, (OWN, OWN_FACTS), strict=True)
        )
        yield Partial(*(pa.concat_tables(tables).combine_chunks() for tables in moved))


def _moved(
    table: pa.Table, own: tuple[str, ...], end: str, mask: npt.NDArray[np.uint8], later: int
) -> pa.Table:
    """The rows some hours later, under other names, of calls with other ids."""
    for name in own:
        ended = pc.binary_join_element_wise(table[name], end, "")
        table = _set(table, name, pc.if_else(pc.equal(table[name], ""), "", ended))
    table = _set(table, "hour", pc.add(table["hour"], pa.scalar(later, pa.int32())))
    ids, seconds = (table[name].combine_chunks() for name in ("ids", "seconds"))
    raw = np.frombuffer(b"".join(ids.flatten().to_pylist()), np.uint8).reshape(-1, 16) ^ mask
    flat = pa.Array.from_buffers(pa.binary(16), len(raw), [None, pa.py_buffer(raw.tobytes())])
    table = _set(table, "ids", _lists(ids, flat))
    return _set(table, "seconds", _lists(seconds, pc.add(seconds.flatten(), later * HOUR)))


def _lists(like: pa.ListArray, values: pa.Array) -> pa.ListArray:
    ends = np.cumsum(like.value_lengths())
    return pa.ListArray.from_arrays(pa.array(np.append(0, ends).astype(np.int32)), values)


def _set(table: pa.Table, name: str, column: pa.Array) -> pa.Table:
    return table.set_column(table.column_names.index(name), table.schema.field(name), column)
