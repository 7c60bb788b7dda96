"""A graph of the shape of a large organisation, by the hour: what both stores are measured on.

Pairs are drawn once: each principal has its addresses, keys, resources and APIs, the APIs with a
long tail, so that the most called have some thousands of callers. Then each hour wakes some
principals, who do some of what they do. The same arguments always make the same batches.
"""

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from offtrail.ingest.activity import KEY, PARTIAL, PARTIAL_FACTS, Partial

START = 1_767_225_600 // 3600  # 2026-01-01T00
HOURS = 30 * 24
ACCOUNT = "111122223333"
EDGES_A_ROW = 3.45  # hourly edges that an activity comes to in this shape
FAILING = 1 / 25
HUB = "api:sts:GetCallerIdentity"  # called by everybody, where asked for

Ints = npt.NDArray[np.int64]


class Shape(NamedTuple):
    """How large: about so many hourly edges in the month, and of so many principals and APIs."""

    edges: int
    principals: int
    apis: int = 4_000
    things: int = 1  # that a principal does in an hour in which it is awake, some of them again

    @property
    def rows(self) -> int:
        """Activities of an hour."""
        return round(self.edges / EDGES_A_ROW / HOURS)


FULL = Shape(5_000_000, 22_000)
SMALL = Shape(500_000, 22_000)


class Habits(NamedTuple):
    """What each principal does: columns of numbers, a row a habit, and where each one's begin."""

    api: Ints
    resource: Ints
    source: Ints
    begin: Ints  # [principals + 1]


def habits(shape: Shape) -> Habits:
    """Drawn once: some 9 habits a principal, few with many."""
    chance = np.random.default_rng(shape.principals)
    many = np.minimum(3 + chance.pareto(1.5, shape.principals) * 3, 300).astype(np.int64)
    begin = np.concatenate([[0], np.cumsum(many)])
    size = int(begin[-1])
    who = np.repeat(np.arange(shape.principals), many)
    weights = 1 / (np.arange(shape.apis) + 12.0)
    api = chance.choice(shape.apis, size, p=weights / weights.sum())
    own = who * 4 + chance.integers(0, 4, size)  # a resource of one's own
    shared = chance.integers(0, shape.principals // 10, size)
    resource = np.where(chance.random(size) < 0.15, shared, own)
    source = np.where(chance.random(size) < 0.8, who, chance.integers(0, 3_000, size))
    return Habits(api, resource, source, begin)


def batches(shape: Shape, first: int = 0, last: int = HOURS, hours: int = 4) -> Iterator[Partial]:
    """The month from hour ``first`` to ``last``, some hours a batch, each activity one call."""
    habit = habits(shape)
    for hour in range(first, last, hours):
        tables = [_hour(shape, habit, h) for h in range(hour, min(hour + hours, last))]
        yield Partial(pa.concat_tables(tables).combine_chunks(), PARTIAL_FACTS.empty_table())


def everybody(shape: Shape, first: int, last: int) -> Iterator[Partial]:
    """Calls to one API by everyone who is awake, in the hours from ``first`` to ``last``."""
    habit = habits(shape)
    for hour in range(first, last):
        chance = np.random.default_rng([hour, 7])
        who = np.unique(_awake(shape, np.random.default_rng([hour, shape.edges])))
        api = np.full(len(who), shape.apis)
        source = habit.source[habit.begin[who]]
        none = np.full(len(who), -1)
        table = _table(shape, hour, who, api, none, source, chance)
        yield Partial(table, PARTIAL_FACTS.empty_table())


def principal(number: int) -> str:
    """The id of a principal."""
    return f"arn:aws:iam::{ACCOUNT}:role/team-{number % 97}/role-{number:05d}"


def _awake(shape: Shape, chance: np.random.Generator) -> Ints:
    """Who acts in an hour, once an activity: a few are always at it."""
    who = (shape.principals * chance.random(shape.rows // shape.things) ** 1.6).astype(np.int64)
    return np.repeat(who, shape.things)


def _hour(shape: Shape, habit: Habits, hour: int) -> pa.Table:
    chance = np.random.default_rng([hour, shape.edges])
    who = _awake(shape, chance)
    width = habit.begin[who + 1] - habit.begin[who]
    place = habit.begin[who] + (width * chance.random(len(who)) ** 2).astype(np.int64)
    place, index = np.unique(place, return_index=True)
    who = who[index]
    resource = np.where(chance.random(len(who)) < 0.5, habit.resource[place], -1)
    return _table(shape, hour, who, habit.api[place], resource, habit.source[place], chance)


def _table(
    shape: Shape,
    hour: int,
    who: Ints,
    api: Ints,
    resource: Ints,
    source: Ints,
    chance: np.random.Generator,
) -> pa.Table:
    size = len(who)
    failed = pa.array(chance.random(size) < FAILING)
    address = [f"ip:10.{n >> 16}.{n >> 8 & 255}.{n & 255}" for n in source.tolist()]
    apis = [f"api:service{n % 180}:Operation{n}" for n in range(shape.apis)] + [HUB]
    names: dict[str, pa.Array] = {
        "principal": pa.array([principal(n) for n in who.tolist()]),
        "credential": pa.array([f"key:ASIAEXAMPLE{n:09d}" for n in who.tolist()]),
        "api": pa.array(apis).take(pa.array(api)),
        "source": pa.array(address),
        "resource": pa.array(
            [f"arn:aws:s3:::bucket-{n}" if n >= 0 else "" for n in resource.tolist()]
        ),
        "code": _where(failed, "AccessDenied"),
        "error_class": _where(failed, "denied"),
        "ids": _lists(pa.Array.from_buffers(pa.binary(16), size, [None, _random(chance, size)])),
        "seconds": _lists(pa.array((START + hour) * 3600 + chance.integers(0, 3600, size))),
    }
    same = {"hour": START + hour, "account": ACCOUNT, "region": "us-east-1", "kind": "role"}
    same |= {"principal_account": ACCOUNT, "agent": "boto3", "mfa": False}
    columns = [
        names[f.name]
        if f.name in names
        else pa.repeat(pa.scalar(same.get(f.name, ""), f.type), size)
        for f in PARTIAL
    ]
    return pa.Table.from_arrays(columns, schema=PARTIAL)


def _where(chosen: pa.Array, text: str) -> pa.Array:
    return pa.array([text if c else "" for c in chosen.to_pylist()], KEY.field("code").type)


def _random(chance: np.random.Generator, size: int) -> pa.Buffer:
    return pa.py_buffer(chance.bytes(16 * size))


def _lists(values: pa.Array) -> pa.ListArray:
    return pa.ListArray.from_arrays(pa.array(np.arange(len(values) + 1, dtype=np.int32)), values)
