"""A beat is kept where chance is ruled out, and only there."""

import random
from datetime import UTC, datetime

import pytest

from offtrail.models.cadence import beat, keeps

NOW = 490_000  # hours since the epoch


@pytest.mark.parametrize(("period", "step"), [("daily", 24), ("weekly", 168)])
def test_an_error_that_comes_back_at_its_hour_keeps_a_beat(period, step):
    found = keeps([NOW - step * n for n in (4, 3, 2, 1)], NOW)
    assert found is not None
    assert (found.period, found.met, found.due) == (period, 4, 4)


def test_a_month_is_a_calendar_month_whatever_its_length():
    days = [datetime(2026, month, 31 if month in (1, 3) else 28, 4, tzinfo=UTC) for month in (1, 2)]
    hours = [int(day.timestamp()) // 3600 for day in days]
    now = int(datetime(2026, 3, 31, 4, tzinfo=UTC).timestamp()) // 3600
    found = keeps(hours, now)
    assert found is not None
    assert (found.period, found.met) == ("monthly", 2)


def test_a_beat_forgives_a_missed_turn_and_an_hour_of_drift():
    found = keeps([NOW - 168 * 5, NOW - 168 * 4 + 1, NOW - 168 * 2, NOW - 168 - 1], NOW)
    assert found is not None
    assert (found.period, found.met, found.due) == ("weekly", 4, 5)


def test_the_first_turn_may_have_drifted_too():
    for drift in (-1, 1):
        found = keeps([NOW - 168 * 4 + drift, *(NOW - 168 * n for n in (3, 2, 1))], NOW)
        assert found is not None
        assert (found.period, found.met, found.due) == ("weekly", 4, 4)


def test_two_errors_a_day_apart_are_no_beat():
    assert keeps([NOW - 24], NOW) is None


def test_hours_filled_throughout_keep_no_beat():
    assert keeps(range(NOW - 400, NOW), NOW) is None


def test_errors_at_random_hours_seldom_keep_a_beat():
    draw = random.Random(5)  # noqa: S311 - a test
    kept = 0
    for _ in range(400):
        hours = sorted(draw.sample(range(NOW - 30 * 24, NOW), 12))
        kept += keeps(hours, NOW) is not None
    assert kept <= 40


def test_no_earlier_hour_means_no_evidence():
    assert beat([], NOW) == 0.0
    assert beat([NOW], NOW) == 0.0


def test_more_turns_kept_are_more_evidence():
    few, many = ([NOW - 168 * n for n in range(count, 0, -1)] for count in (2, 6))
    assert 0 < beat(few, NOW) < beat(many, NOW)


def test_a_long_history_and_a_clock_that_was_wrong_leave_a_beat_as_it_is():
    a_year = 24 * 365
    year = [NOW - 24 * turn for turn in range(365, 0, -1)]
    decade = [NOW - 24 * turn for turn in range(3650, 0, -1)]
    assert beat(year, NOW) <= beat(decade, NOW)
    assert beat([NOW - 50 * a_year, *year], NOW) > 0
    assert beat([NOW - 50 * a_year, NOW - 20 * a_year], NOW) == 0.0
