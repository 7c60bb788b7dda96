"""Drift: what the days after a training have that the model never saw."""

from offtrail.models.drift import alert_rate, drift
from offtrail.models.episodes import Episode
from offtrail.models.rows import Row


def row(second: int, principal: str, api: str, code: str = "") -> Row:
    return Row(second, "111122223333", principal, "user", api, code, "", "ip:198.51.100.7")


def test_new_apis_and_principals_are_shares_of_the_later_days():
    history = [row(0, "a", "api:iam:ListUsers"), row(10, "a", "api:ec2:RunInstances", "Denied")]
    later = [row(20, "b", "api:iam:ListUsers"), row(21, "a", "api:kms:Decrypt", "Denied")]
    found = drift([*history, *later], 20)
    assert found.new_apis == 0.5
    assert found.new_principals == 0.5
    assert found.error_share == found.error_share_before == 0.5


def test_the_alert_rate_counts_principals_a_day_against_the_budget():
    day = 24 * 20_000
    hours = [day, day + 1, day + 24, day + 24 * 30]
    alerted = [Episode(h, "p", "s", "1", "user", 2.0, None, ()) for h in hours]
    assert alert_rate(alerted, (day + 25) * 3600).actual == 2 / 7
    assert alert_rate([], 0).actual == 0
