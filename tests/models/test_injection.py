"""Injection: whole in the victim's identity and place, and close together in time."""

import random

from offtrail.models.calls import catalogue
from offtrail.models.injection import place
from offtrail.models.rows import Row

SECOND = 1_767_225_600
VICTIM = Row(
    SECOND,
    "111122223333",
    "arn:aws:iam::111122223333:user/ana",
    "user",
    "api:s3:GetObject",
    "",
    "",
    "ip:198.51.100.7",
)


def seconds(end: int) -> list[int]:
    placed = place(catalogue()[:100], VICTIM, 0, SECOND, end, random.Random(3))  # noqa: S311 - a test
    return [item.row.second for item in placed]


def test_an_injection_s_calls_are_spread_over_half_an_hour() -> None:
    found = seconds(SECOND + 86_400)
    assert SECOND <= min(found) < SECOND + 300
    assert SECOND + 1500 <= max(found) < SECOND + 1800


def test_an_injection_ends_before_the_history_does() -> None:
    assert max(seconds(SECOND + 60)) < SECOND + 60
    assert set(seconds(SECOND)) == {SECOND}


def test_all_but_the_call_and_its_time_is_the_victim_s() -> None:
    call = catalogue()[0]
    (item,) = place([call], VICTIM, 5, SECOND, SECOND + 1, random.Random(3))  # noqa: S311 - a test
    assert (item.label, item.template) == (call.label, 5)
    assert item.row == VICTIM._replace(
        api=call.api, code=call.code, error_class=call.error_class, calls=1
    )
