"""What is remembered has a bound in bytes, whatever a trail holds."""

import tracemalloc

import msgspec
import pytest

from offtrail.ingest.event import Event
from offtrail.ingest.parse import parse_event
from offtrail.ingest.remember import remembered
from offtrail.ingest.shapes import unwrap
from offtrail.ingest.wire import Wire
from tests.ingest.trail import event

LONG = (
    "userAgent",
    "sourceIPAddress",
    "vpcEndpointId",
    "eventSource",
    "eventName",
    "errorCode",
    "awsRegion",
)


def test_an_answer_is_worked_out_once_and_one_to_a_long_text_each_time() -> None:
    asked: list[str] = []

    @remembered(8)
    def shout(text: str, place: str = "") -> str:
        asked.append(text)
        return text.upper()

    long = "x" * 5000
    assert [shout("a"), shout("a"), shout("a", "b")] == ["A", "A", "A"]
    assert asked == ["a", "a"]
    assert [shout(long), shout(long)] == [long.upper()] * 2
    assert [shout("a", long), shout("a", long)] == ["A", "A"]
    assert asked == ["a", "a", long, long, "a", "a"]


@pytest.mark.parametrize("field", LONG)
def test_records_with_long_texts_do_not_fill_the_memory(field: str) -> None:
    tracemalloc.start()
    try:
        for number in range(20):
            record = event(number, **{field: f"{number}{'x' * 500_000}"})
            (wire,) = unwrap(msgspec.json.encode(record))
            assert isinstance(wire, Wire)
            assert isinstance(parse_event(wire), Event)
        del record, wire
        assert tracemalloc.get_traced_memory()[0] < 5_000_000
    finally:
        tracemalloc.stop()
