"""Times of every form mean the same second."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from offtrail.ingest.timestamp import seconds, written


@given(st.integers(0, 4_000_000_000))
def test_what_is_written_is_read(second: int) -> None:
    assert seconds(written(second)) == second
    moment = datetime.fromtimestamp(second, UTC)
    for form in ("%Y%m%dT%H%M%SZ", "%Y-%m-%d %H:%M:%S.123456789", "%Y-%m-%dT%H:%M:%S+00:00"):
        assert seconds(moment.strftime(form)) == second


@pytest.mark.parametrize(
    "text",
    ["", "yesterday", "2026-13-01T00:00:00Z", "1969-01-01T00:00:00Z", "9999-12-31T23:59:59-01:00"],
)
def test_what_is_no_time_is_none(text: str) -> None:
    assert seconds(text) is None
    assert seconds(text + " " * 100_000) is None


@given(st.text())
def test_every_text_has_an_answer(text: str) -> None:
    assert seconds(text) is None or isinstance(seconds(text), int)
