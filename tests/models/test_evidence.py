"""Evidence: retries, beats and words, each with its counts, none where it does not apply."""

from offtrail.models.evidence import Facts, on_beat, retried
from offtrail.models.rows import Row

START = 490_000 * 3600
ROLE = "arn:aws:iam::111122223333:role/ci"
BASE = Row(START, "111122223333", ROLE, "role", "api:sts:AssumeRole", "", "", "ip:198.51.100.7")
DENIED = BASE._replace(code="AccessDenied", error_class="denied")


def facts(pair, around=None):
    return Facts(
        "111122223333",
        ROLE,
        "role",
        "api:sts:AssumeRole",
        "AccessDenied",
        "denied",
        START,
        (),
        pair,
        around,
    )


def test_denials_that_a_success_follows_at_once_are_a_retry(reduced):
    tries = [DENIED._replace(second=START + n) for n in range(0, 60, 12)]
    around = reduced([*tries, BASE._replace(second=START + 300)])
    term = retried(facts(None, around))
    assert term is not None
    assert term.value < 0
    assert "within 5 min" in term.because


def test_a_success_an_hour_later_is_no_retry(reduced):
    around = reduced([DENIED, BASE._replace(second=START + 3900)])
    assert retried(facts(None, around)) is None


def test_a_success_before_the_denial_is_no_retry(reduced):
    around = reduced([BASE, DENIED._replace(second=START + 60)])
    assert retried(facts(None, around)) is None


def test_one_denial_that_nothing_followed_keeps_the_score(reduced):
    followed = [DENIED, BASE._replace(second=START + 60)]
    around = reduced([*followed, DENIED._replace(second=START + 86_400)])
    assert retried(facts(None, around)) is None


def test_a_weekly_error_is_told_with_its_period_and_counts(reduced):
    week = 7 * 86_400
    failed = reduced([DENIED._replace(second=START + n * week) for n in range(4)])
    term = on_beat(facts(failed))
    assert term is not None
    assert term.value == -0.75
    assert "weekly" in term.because
    assert "3 of the 3" in term.because


def test_a_beat_lowers_the_score_by_no_more_than_one(reduced):
    failed = reduced([DENIED._replace(second=START + n * 86_400) for n in range(40)])
    term = on_beat(facts(failed))
    assert term is not None
    assert term.value == -1.0


def test_a_first_error_has_no_beat(reduced):
    assert on_beat(facts(reduced([DENIED]))) is None
