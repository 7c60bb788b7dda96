"""Elastic-like jobs: presence in buckets, never frequency; new partitions flag nothing."""

import pytest

from offtrail.models.asof import features
from offtrail.models.elastic import JOBS, record_score
from offtrail.models.rows import Row

START = 490_000 * 3600
CODES, BY_USER, BY_CITY, _, MESSAGES = JOBS


def call(hour: float, api="s3:GetObject", code="NoSuchKey", who="ana", ip="198.51.100.7") -> Row:
    second = START + int(hour * 3600)
    error_class = {"": "", "AccessDenied": "denied"}.get(code, "not-found")
    return Row(second, "111122223333", who, "user", f"api:{api}", code, error_class, f"ip:{ip}")


def scores(job, reduced, calls, asked):
    history = reduced(calls)
    return job.fit(features(history, []), history).score(features(history, asked)).values


def test_the_record_score_follows_the_stated_pieces():
    assert record_score(0.06) == 0.0
    assert record_score(0.05) == pytest.approx(0.0)
    assert record_score(1e-4) == pytest.approx(1.0)
    assert record_score(1e-50) == pytest.approx(50.0)
    assert record_score(1e-5) > record_score(1e-4)


def test_a_code_in_one_of_many_buckets_is_rare_however_often_it_came(reduced):
    usual = [call(hour) for hour in range(400)]
    once = [call(400 + n / 1000, code="AccessDenied") for n in range(300)]
    rare, common = scores(CODES, reduced, usual + once, [once[0], usual[-1]])
    assert rare > 0.0
    assert common == 0.0


def test_a_common_code_is_never_rare_for_anyone(reduced):
    usual = [call(hour, code="AccessDenied") for hour in range(400)]
    newcomer = call(399.5, code="AccessDenied", who="new", api="iam:CreateUser")
    assert scores(CODES, reduced, [*usual, newcomer], [newcomer]) == [0.0]


def test_a_new_partition_flags_nothing(reduced):
    usual = [call(hour) for hour in range(400)]
    newcomer = call(399.5, who="new", api="iam:CreateUser", ip="203.0.113.9")
    for job in (BY_USER, BY_CITY):
        assert scores(job, reduced, [*usual, newcomer], [newcomer]) == [0.0]


def test_a_method_that_a_user_never_called_is_rare_for_the_user(reduced):
    usual = [call(hour, code="") for hour in range(400)]
    odd = call(399.5, api="iam:CreateUser")
    assert scores(BY_USER, reduced, [*usual, odd], [odd])[0] > 0.0


def test_many_distinct_errors_in_a_quarter_of_an_hour_stand_out(reduced):
    usual = [call(hour) for hour in range(100)]
    burst = [call(100 + n / 1000, api=f"iam:Get{n}") for n in range(40)]
    high, low = scores(MESSAGES, reduced, usual + burst, [burst[0], usual[50]])
    assert high > 10 > low
