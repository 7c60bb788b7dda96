"""Splitting: values are cut where they end, whatever the pieces; a bad one costs only itself."""

import json

import msgspec
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from offtrail.ingest.cut import AT_ONCE
from offtrail.ingest.split import LONGEST, documents, resplit, split

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=6,
)
RECORDS = st.lists(
    st.dictionaries(st.text(min_size=1), VALUES, min_size=1, max_size=4), min_size=1, max_size=4
)


def cut(data: bytes, size: int) -> list[bytes]:
    return list(split(data[i : i + size] for i in range(0, len(data), size)))


@settings(max_examples=50)
@given(RECORDS, st.integers(40, 400), st.sampled_from([None, 1]), st.booleans())
def test_the_records_of_a_document_come_out_one_by_one(
    records: list[dict[str, object]], size: int, indent: int | None, ascii_: bool
) -> None:
    for document in ({"Records": records, "more": {"x": "]}"}}, records):
        data = json.dumps(document, indent=indent, ensure_ascii=ascii_).encode(errors="replace")
        assert [json.loads(value) for value in cut(data, size)] == json.loads(data, strict=False)[
            "Records" if isinstance(document, dict) else slice(None)
        ]


@settings(max_examples=50)
@given(RECORDS.filter(lambda records: len(records) > 1))
@example([{"a": None}, {"Records": []}])
def test_lines_come_out_as_lines(records: list[dict[str, object]]) -> None:
    records = [record for record in records if next(iter(record)) not in ("Records", "Events")]
    data = "\n".join(json.dumps(r) for r in [{"a": 1}, *records]).encode()
    assert [json.loads(value) for value in split([data])] == [{"a": 1}, *records]


def test_a_bad_line_costs_only_itself() -> None:
    lines = [b'{"a":1}', b'{"b": "never closed}', b"rubbish", b'{"c":3}']
    assert list(split([b"\n".join(lines)])) == lines


def test_documents_on_one_line_each_are_opened() -> None:
    assert list(split([b'{"Records":[{"a":1},{"a":2}]}\n{"Records":[{"a":3}]}\n'])) == [
        b'{"a":1}',
        b'{"a":2}',
        b'{"a":3}',
    ]


def test_what_a_truncation_left_of_a_record_comes_out_last() -> None:
    assert cut(b'{"Records":[{"a":1},{"b":"tru', 64) == [b'{"a":1}', b'{"b":"tru']


@given(st.binary(max_size=300), st.integers(1, 50))
def test_any_bytes_end_and_lose_nothing_but_what_stands_between_values(
    data: bytes, size: int
) -> None:
    kept = b"".join(cut(data, size))
    assert len(kept) <= len(data)
    assert kept.count(b"q") == data.count(b"q")


def test_a_record_that_swallowed_its_neighbours_is_cut_again() -> None:
    good = msgspec.json.encode({"eventVersion": "1.08", "requestParameters": '{"eventVersion"'})
    swallowed = b'{"eventVersion":"1.08","x":"broken' + b"," + good + b"," + good
    assert resplit(swallowed)[1:] == [good, good]


@pytest.mark.parametrize("size", [1 << 20, 1 << 24])
def test_a_value_without_end_is_given_up_where_the_next_record_begins(size: int) -> None:
    good = b'{"eventVersion":"1.08"}'
    data = b'{"Records":[{"eventVersion":"1.08","x":"' + b"y" * (LONGEST + size) + b"," + good
    values = cut(data + b"," + good + b"]}", size)
    assert values[-1] == good
    assert max(map(len, values)) <= LONGEST + 2 * size + 1000


def test_depth_is_no_limit() -> None:
    deep = b"[" * 100_000 + b"]" * 100_000
    assert cut(b'{"Records":[{"a":' + deep + b'},{"b":1}]}', 1 << 16)[1] == b'{"b":1}'


@pytest.mark.parametrize("between", ["", ',"more":{"x":[1]}', ',"y":"]","Records":[]'])
@pytest.mark.parametrize("size", [1, 2, 7, 1000])
def test_every_list_of_an_object_is_split_wherever_its_pieces_are_cut(
    between: str, size: int
) -> None:
    lists = '{"Records":[{"a":1},{"b":[2]}]', ',"Records":[{"c":"}"}]}\n{"d":3}'
    whole = between.join(lists).encode()
    pieces = [whole[at : at + size] for at in range(0, len(whole), size)]
    assert list(split(pieces)) == [b'{"a":1}', b'{"b":[2]}', b'{"c":"}"}', b'{"d":3}']


def test_values_of_one_long_line_come_together_no_more_than_are_decoded_at_once() -> None:
    values = [b'{"a":"%s"}' % (b"x" * 999) for _ in range(1000)]
    whole = b'{"Records":[%s]}' % b",".join(values)
    found = list(documents([whole[:70_000], whole[70_000:]]))
    assert [value for few in found for value in few] == values
    assert max(sum(map(len, few[:-1])) for few in found) < AT_ONCE
    assert 1 < len(found) < 20
