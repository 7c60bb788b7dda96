"""A time is RFC 3339 with an offset, in any form of it; anything else is refused."""

import pytest

from offtrail.api.times import parsed

NINE = 1_767_603_600


@pytest.mark.parametrize(
    ("text", "second"),
    [
        ("2026-01-05T09:00:00Z", NINE),
        ("2026-01-05t09:00:00z", NINE),
        ("2026-01-05T09:00:00.999999999999Z", NINE),
        ("2026-01-05T14:30:00+05:30", NINE),
        ("2026-01-05T09:00:00-00:00", NINE),
        ("2016-12-31T23:59:60Z", 1_483_228_800),
        ("1990-12-31T15:59:60-08:00", 662_688_000),
        ("0001-01-01T00:00:00+05:00", 0),
        ("9999-12-31T23:59:59-05:00", 253_402_318_799),
    ],
)
def test_every_form_of_rfc_3339_is_taken(text: str, second: int):
    assert parsed(text) == second


@pytest.mark.parametrize(
    "text",
    [
        *("", "now", "1767603600", "2026-01-05", "2026-01-05T09:00Z", "2026-01-05T09:00:00"),
        *("2026-01-05 09:00:00Z", "2026-01-05T09:00:00+0530", "2026-01-05T09:00:00+24:00"),
        *("2026-01-05T09:00:60Z", "2026-01-05T24:00:00Z", "2023-02-29T00:00:00Z"),
        *("2026-01-05T09:00:00.Z", "2026-01-05T09:00:00Z\n", "\uff12026-01-05T09:00:00Z"),
    ],
)
def test_anything_else_is_refused(text: str):
    assert parsed(text) is None
