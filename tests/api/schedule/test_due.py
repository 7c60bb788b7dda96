"""When a retraining is due, and how much history there is to train on."""

from typing import NamedTuple

from hypothesis import given
from hypothesis import strategies as st

from offtrail.api.schedule.counted import Counted
from offtrail.api.schedule.due import Past, Rules, due
from offtrail.graph.store import GraphStore
from offtrail.graph.window import DAY
from tests.graph.made import call, partial

NOW = 1_800_000_000


class Has(NamedTuple):
    """So many calls, and so many kinds of them that are new."""

    many: int
    new: int

    def calls(self, enough: int) -> int:
        return min(self.many, enough)

    def kinds(self, since: int) -> int:
        return self.new


class Uncounted:
    """Nothing is to be counted here."""

    def calls(self, enough: int) -> int:
        raise AssertionError("calls were counted")

    def kinds(self, since: int) -> int:
        raise AssertionError("kinds of call were counted")


def test_a_small_account_is_served_by_the_shipped_weights():
    assert due(Past(None, None), Has(9_999, 9_999), NOW).kind == ""
    assert due(Past(None, None), Has(10_000, 0), NOW).kind == "full"


def test_a_full_training_is_due_after_a_week():
    assert due(Past(NOW - 7 * DAY, NOW - DAY), Has(50_000, 0), NOW).kind == "full"
    assert due(Past(NOW - 7 * DAY + 1, NOW - DAY), Has(50_000, 0), NOW).kind == ""


def test_a_night_is_trained_only_where_more_than_two_thousand_tuples_are_new():
    nights = Past(NOW - 2 * DAY, NOW - DAY)
    assert due(nights, Has(50_000, 2_001), NOW).kind == "fine-tune"
    assert due(nights, Has(50_000, 2_000), NOW).kind == ""


def test_what_the_clock_alone_decides_is_decided_without_counting():
    assert due(Past(NOW - 2 * DAY, NOW - DAY + 1), Uncounted(), NOW).kind == ""
    assert due(Past(None, None, failed=NOW - 3_599), Uncounted(), NOW).kind == ""


def test_a_failed_run_is_tried_again_an_hour_later():
    assert due(Past(None, None, failed=NOW - 3_599), Has(50_000, 0), NOW).kind == ""
    assert due(Past(None, None, failed=NOW - 3_600), Has(50_000, 0), NOW).kind == "full"


@given(nights=st.integers(1, 400))
def test_missed_runs_coalesce_into_one(nights: int):
    past = Past(NOW - nights * 7 * DAY, NOW - nights * DAY)
    assert due(past, Has(50_000, 5_000), NOW).kind == "full"
    assert due(Past(NOW, NOW), Has(50_000, 0), NOW + 60, Rules()).kind == ""


def test_calls_are_counted_from_the_last_day_back_until_there_are_enough(store: GraphStore):
    last = NOW - 9 * DAY  # a trail that ended before today
    calls = [call(n, last - n * DAY // 2) for n in range(80)]
    store.write(partial(calls))
    held = Counted(store, NOW, 30 * DAY)
    assert held.calls(1_000_000) == 61  # windows are exact to the hour
    assert 20 <= held.calls(20) < 61
    assert Counted(store, last - 10 * DAY, 30 * DAY).calls(1_000_000) == 59


def test_kinds_of_call_are_counted_once_however_often_they_came(store: GraphStore):
    calls = [call(n, NOW - n * DAY, api=f"api:s3:Op{n % 3}") for n in range(10)]
    store.write(partial(calls))
    held = Counted(store, NOW + 1, 30 * DAY)
    assert (held.kinds(0), held.kinds(NOW - DAY), held.kinds(NOW + 1)) == (3, 2, 0)


def test_an_empty_store_has_nothing_to_train_on(store: GraphStore):
    held = Counted(store, NOW, 30 * DAY)
    assert (held.calls(10), held.kinds(0)) == (0, 0)
