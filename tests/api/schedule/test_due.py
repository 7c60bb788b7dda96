"""When a retraining is due."""

from hypothesis import given
from hypothesis import strategies as st

from offtrail.api.schedule.due import DAY, Past, Rules, due

NOW = 1_800_000_000


def test_a_small_account_is_served_by_the_shipped_weights():
    assert due(Past(9_999, 9_999, None, None), NOW).kind == ""
    assert due(Past(10_000, 0, None, None), NOW).kind == "full"


def test_a_full_training_is_due_after_a_week():
    assert due(Past(50_000, 0, NOW - 7 * DAY, NOW - DAY), NOW).kind == "full"
    assert due(Past(50_000, 0, NOW - 7 * DAY + 1, NOW - DAY), NOW).kind == ""


def test_a_night_is_trained_only_where_more_than_two_thousand_tuples_are_new():
    assert due(Past(50_000, 2_001, NOW - 2 * DAY, NOW - DAY), NOW).kind == "fine-tune"
    assert due(Past(50_000, 2_000, NOW - 2 * DAY, NOW - DAY), NOW).kind == ""
    assert due(Past(50_000, 9_000, NOW - 2 * DAY, NOW - DAY + 1), NOW).kind == ""


def test_a_failed_run_is_tried_again_an_hour_later():
    assert due(Past(50_000, 0, None, None, failed=NOW - 3_599), NOW).kind == ""
    assert due(Past(50_000, 0, None, None, failed=NOW - 3_600), NOW).kind == "full"


@given(nights=st.integers(1, 400))
def test_missed_runs_coalesce_into_one(nights: int):
    past = Past(50_000, 5_000, NOW - nights * 7 * DAY, NOW - nights * DAY)
    first = due(past, NOW)
    assert first.kind == "full"
    assert due(Past(50_000, 0, NOW, NOW), NOW + 60, Rules()).kind == ""
