"""Begun ahead, taken in turn."""

from hypothesis import given
from hypothesis import strategies as st

from offtrail.ingest.ahead import ahead


@given(st.lists(st.integers()), st.integers(1, 5))
def test_all_come_in_order_and_no_more_are_begun_than_allowed(items: list[int], many: int) -> None:
    begun: list[int] = []

    def begin(item: int) -> int:
        begun.append(item)
        return item

    taken = []
    for item in ahead(begin, items, many):
        taken.append(item)
        assert len(begun) - len(taken) < many
    assert taken == begun == items
