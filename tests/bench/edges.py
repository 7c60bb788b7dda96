"""Hourly edges of a busy organisation, as many as wanted, an hour at a time: a load, no trail.

Principals and APIs are drawn with the long tail that real accounts have (some call everything,
most call little); one call in thirty fails. The same hour of the same total is always the same.
"""

from collections.abc import Iterator

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from offtrail.ingest.activity import PARTIAL, PARTIAL_FACTS, Partial

START = 1_767_225_600 // 3600  # 2026-01-01T00
HOURS = 30 * 24
PRINCIPALS, APIS, SOURCES = 2_000, 400, 600
ACCOUNT = "111122223333"
ERRORS = (("AccessDenied", "denied"), ("NoSuchEntity", "not-found"), ("Throttling", "throttled"))
FAILING = 1 / 30


def hours(total: int, first: int = 0, last: int = HOURS) -> Iterator[Partial]:
    """The edges of each hour from ``first`` to ``last``; all hours together have ``total``."""
    for hour in range(first, last):
        yield Partial(hourly(hour, total // HOURS), PARTIAL_FACTS.empty_table())


def hourly(hour: int, edges: int) -> pa.Table:
    """About so many activities of one hour, each with one call, unique by their keys."""
    chance = np.random.default_rng([hour, edges])
    principal = tail(chance, PRINCIPALS, edges)
    api = (tail(chance, APIS, edges) + principal * 7) % APIS  # each has habits of its own
    failed = np.where(chance.random(edges) < FAILING, chance.integers(1, 4, edges), 0)
    unique = np.unique(np.stack([principal, api, failed]), axis=1)
    return _table(hour, *unique, chance=chance)


def tail(chance: np.random.Generator, kinds: int, draws: int) -> NDArray[np.int64]:
    """Draws of 0 to ``kinds`` - 1 of which the low ones are far more common."""
    return (kinds * chance.random(draws) ** 2.5).astype(np.int64)


def _table(
    hour: int,
    principal: NDArray[np.int64],
    api: NDArray[np.int64],
    failed: NDArray[np.int64],
    chance: np.random.Generator,
) -> pa.Table:
    size = len(principal)
    names = {
        "principal": named("arn:aws:iam::111122223333:role/role-{}", PRINCIPALS, principal),
        "credential": named("key:ASIAEXAMPLE{:09d}", PRINCIPALS, principal),
        "session": named("arn:aws:sts::111122223333:assumed-role/role-{}/s", PRINCIPALS, principal),
        "api": named("api:service{}:DescribeThings", APIS, api),
        "source": named("ip:198.51.100.{}", SOURCES, principal % SOURCES % 250),
        "resource": named("arn:aws:s3:::bucket-{}", APIS, api),
        "code": pa.array(["", *(code for code, _ in ERRORS)]).take(pa.array(failed)),
        "error_class": pa.array(["", *(name for _, name in ERRORS)]).take(pa.array(failed)),
    }
    same = {"hour": START + hour, "account": ACCOUNT, "region": "us-east-1", "kind": "role"}
    same |= {"principal_account": ACCOUNT, "agent": "boto3", "mfa": False}
    ids = pa.FixedSizeBinaryArray.from_buffers(
        pa.binary(16), size, [None, pa.py_buffer(chance.bytes(16 * size))]
    )
    seconds = (START + hour) * 3600 + chance.integers(0, 3600, size)
    one_each = pa.array(np.arange(size + 1, dtype=np.int32))
    names["ids"] = pa.ListArray.from_arrays(one_each, ids)
    names["seconds"] = pa.ListArray.from_arrays(one_each, pa.array(seconds))
    columns = [
        names[field.name]
        if field.name in names
        else pa.repeat(pa.scalar(same.get(field.name, ""), field.type), size)
        for field in PARTIAL
    ]
    return pa.Table.from_arrays(columns, schema=PARTIAL)


def named(pattern: str, kinds: int, which: NDArray[np.int64]) -> pa.Array:
    """The names that a pattern gives to numbers."""
    return pa.array([pattern.format(number) for number in range(kinds)]).take(pa.array(which))
