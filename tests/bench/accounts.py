"""The hours of a real account, as many accounts have them side by side.

What ``shape.py`` draws has an activity come to 3.45 hourly edges, for its principals do one thing
an hour. In real hours one principal does many, with one key and from one address.
"""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from offtrail.ingest.activity import Partial
from offtrail.ingest.partial import partial

ROWS = 2_900  # activities of an hour on average, as 2.1 million of a month have
OWN = ("account", "principal", "principal_account", "credential", "source", "instance", "resource")
OWN_FACTS = ("account", "subject", "object")
DAY = 24
HOUR = 3600


def days(file: Path, first: int, count: int) -> Iterator[Iterator[Partial]]:
    """The hours of the account in ``file``, of ROWS activities on average, ``count`` times.

    The first begins at hour ``first``, each other so many days later as the file is long. Each
    copy has names of its own, all but APIs, and each call an id of its own.
    """
    found = partial([str(file)])
    hours = sorted(set(found.activities["hour"].to_pylist()))
    copies = max(1, round(ROWS * len(hours) / found.activities.num_rows))
    long = ((hours[-1] - hours[0]) // DAY + 1) * DAY
    for day in range(count):
        later = first - hours[0] + day * long
        yield (_hour(found, hour, later, copies) for hour in hours)


def _hour(found: Partial, hour: int, later: int, copies: int) -> Partial:
    activities, facts = (table.filter(pc.field("hour") == hour) for table in found)
    chance = np.random.default_rng([hour, hour + later])
    masks = [np.frombuffer(chance.bytes(16), np.uint8) for _ in range(copies)]
    return Partial(
        *(
            pa.concat_tables(
                _moved(table, names, f"-{copy}", later, mask) for copy, mask in enumerate(masks)
            ).combine_chunks()
            for table, names in ((activities, OWN), (facts, OWN_FACTS))
        )
    )


def _moved(
    table: pa.Table, names: tuple[str, ...], end: str, later: int, mask: npt.NDArray[np.uint8]
) -> pa.Table:
    """The rows some hours later, under other names, of calls with other ids."""
    for name in names:
        own = pc.binary_join_element_wise(table[name], end, "")
        table = _set(table, name, pc.if_else(pc.equal(table[name], ""), "", own))
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
