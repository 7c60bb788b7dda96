"""Partials are a commutative, idempotent monoid: any carrier may merge them in any order."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from offtrail.ingest.activity import FACT_KEY, KEY, PARTIAL, PARTIAL_FACTS, Partial
from offtrail.ingest.evidence import (
    EMPTY,
    Proof,
    activities,
    facts,
    merge,
    numbers,
)
from offtrail.ingest.keys import LONGEST, Key, Numbered

CALL_KEYS: list[Key] = [
    (*(f"{name}{i}" for name in KEY.names[1:-1]), bool(i % 2)) for i in range(4)
]
FACT_KEYS: list[Key] = [tuple(f"{name}{i}" for name in FACT_KEY.names[1:]) for i in range(3)]

CALLS = st.lists(
    st.tuples(st.integers(0, 3), st.integers(0, 7), st.integers(0, 4).map(lambda n: n * 1800)),
    max_size=12,
)


def proof(keys: list[Key], calls: list[tuple[int, int, int]]) -> Proof:
    ids = b"".join(bytes([id % 2] * 8 + [id] * 8) for _, id, _ in calls)
    which = np.array([key % len(keys) for key, _, _ in calls], dtype=np.int64)
    return Proof(keys, which, numbers(ids), np.array([s for _, _, s in calls], dtype=np.int64))


def reduced(calls: list[tuple[int, int, int]]) -> Partial:
    return Partial(activities(proof(CALL_KEYS, calls)), facts(proof(FACT_KEYS, calls)))


PARTIALS = CALLS.map(reduced)


@settings(max_examples=60, deadline=None)
@given(PARTIALS, PARTIALS, PARTIALS)
def test_merge_is_associative(a: Partial, b: Partial, c: Partial) -> None:
    assert merge(merge(a, b), c) == merge(a, merge(b, c))


@settings(max_examples=60, deadline=None)
@given(PARTIALS, PARTIALS)
def test_merge_is_commutative(a: Partial, b: Partial) -> None:
    assert merge(a, b) == merge(b, a)


@settings(max_examples=60, deadline=None)
@given(PARTIALS)
def test_merging_a_partial_with_itself_or_with_nothing_changes_nothing(a: Partial) -> None:
    assert merge(a, a) == a
    assert merge(a, EMPTY) == merge(EMPTY, a) == a


@settings(max_examples=60, deadline=None)
@given(CALLS, CALLS)
def test_merging_is_the_same_as_reducing_together(
    a: list[tuple[int, int, int]], b: list[tuple[int, int, int]]
) -> None:
    assert merge(reduced(a), reduced(b)) == reduced(a + b)


@given(CALLS)
def test_each_id_is_counted_once_and_rows_are_unique_by_their_key(
    calls: list[tuple[int, int, int]],
) -> None:
    result = reduced(calls)
    ids = [id for row in result.activities.column("ids").to_pylist() for id in row]
    assert len(ids) == len(set(ids)) == len({id for _, id, _ in calls})
    for table, width in ((result.activities, len(KEY)), (result.facts, len(FACT_KEY))):
        keys = list(zip(*(table.column(i).to_pylist() for i in range(width)), strict=True))
        assert len(keys) == len(set(keys))
    assert (result.activities.schema, result.facts.schema) == (PARTIAL, PARTIAL_FACTS)


@given(CALLS)
def test_each_call_stands_in_the_row_of_its_own_hour(calls: list[tuple[int, int, int]]) -> None:
    for row in reduced(calls).activities.to_pylist():
        assert {second // 3600 for second in row["seconds"]} == {row["hour"]}
        assert row["seconds"] == sorted(row["seconds"])


def test_where_records_disagree_about_an_id_the_earliest_stands() -> None:
    (row,) = reduced([(2, 5, 1800), (1, 5, 3600), (3, 5, 1800)]).activities.to_pylist()
    assert (row["principal"], row["seconds"]) == ("principal2", [1800])


def test_texts_too_long_to_index_keep_their_beginning_and_stay_apart() -> None:
    long = [name + "é" * 10_000 + end for name in ("role/a", "role/b") for end in ("x", "y")]
    keys = Numbered[Key]()
    calls = [(keys[(name, *CALL_KEYS[0][1:])], i, 0) for i, name in enumerate(long)]
    table = activities(proof(keys.each, calls))
    kept = table[KEY.names[1]].to_pylist()
    assert len(set(kept)) == 4
    assert all(len(text.encode()) <= LONGEST for text in kept)
    assert sorted(text[:7] for text in kept) == ["role/aé"] * 2 + ["role/bé"] * 2
    once = Partial(table, PARTIAL_FACTS.empty_table())
    assert merge(once, EMPTY) == once
