"""H and its opponents: each number is a count that its sentence names."""

import pytest

from offtrail.models.asof import features
from offtrail.models.catalogue import CATALOGUE
from offtrail.models.rows import Row

START = 490_000 * 3600
DENIED, MISSING = ("AccessDenied", "denied"), ("NoSuchKey", "not-found")


def call(second: int, who: str, api: str, end=("", "")) -> Row:
    source = "ip:198.51.100.7"
    return Row(START + second, "111122223333", who, "user", f"api:{api}", *end, source)


HISTORY = [
    call(0, "ana", "s3:GetObject"),
    call(1, "bo", "s3:GetObject"),
    call(2, "chi", "s3:GetObject", MISSING),
    call(3, "dag", "ec2:RunInstances"),
]


SCORERS = {entry.scorer.name: entry.scorer for entry in CATALOGUE}


def scored(name: str, *asked: Row):
    known = features(HISTORY, asked)
    return SCORERS[name].fit(known, None).score(known)


def test_a_denial_of_what_nobody_called_scores_three_and_a_half():
    scores = scored("H", call(60, "ana", "iam:CreateUser", DENIED))
    assert scores.values.tolist() == [3.5]
    denied, rare, never = (term.because for term in scores.explain(0))
    assert "AccessDenied, a denial" in denied
    assert "0 of the 4 principals" in rare
    assert never == "this principal never called it before"


def test_with_nobody_else_in_the_account_rarity_says_that_nothing_is_compared():
    for history in ([], [call(0, "ana", "s3:GetObject")]):
        known = features(history, [call(60, "ana", "iam:CreateUser", DENIED)])
        rare = SCORERS["H"].fit(known, None).score(known).explain(0)[1].because
        assert "nobody to compare with" in rare
        assert "of the" not in rare


def test_with_one_other_principal_the_comparison_is_told():
    known = features([call(0, "bo", "s3:GetObject")], [call(60, "ana", "iam:CreateUser", DENIED)])
    rare = SCORERS["H"].fit(known, None).score(known).explain(0)[1].because
    assert rare == "0 of the 1 principal seen in the account called iam:CreateUser before"


def test_an_error_on_what_most_call_scores_the_share_that_does_not():
    scores = scored("H", call(60, "ana", "s3:GetObject", MISSING))
    assert scores.values.tolist() == [0.25]
    _, rare, called = (term.because for term in scores.explain(0))
    assert "3 of the 4 principals" in rare
    assert "2 with success" in rare
    assert "in 1 hour, with success" in called


def test_a_failed_call_makes_an_api_called_but_not_with_success():
    scores = scored("H", call(60, "chi", "s3:GetObject", MISSING))
    assert scores.values.tolist() == [0.25]
    assert "never with success" in scores.explain(0)[2].because


def test_a_principal_born_now_is_scored_by_its_api_and_code():
    scores = scored("H", call(60, "new", "s3:GetObject", DENIED))
    assert scores.values.tolist() == [2.75]


def test_the_sum_of_two_scorers_adds_their_terms():
    asked = call(60, "ana", "iam:CreateUser", DENIED)
    both, base, added = (scored(name, asked).values[0] for name in ("H+B3", "H", "B3"))
    assert both == pytest.approx(base + 0.1 * added, abs=1e-5)


def test_surprise_falls_with_every_hour_in_which_the_principal_calls_the_api():
    new, seen = call(7300, "ana", "iam:CreateUser"), call(7300, "ana", "s3:GetObject")
    values = scored("B3", new, seen).values
    assert values[0] > values[1] > 0


def test_the_random_draw_is_one_an_error_edge():
    asked = [call(60, "ana", "iam:CreateUser", DENIED), call(90, "ana", "iam:CreateUser", DENIED)]
    first, second = scored("random", *asked).values
    assert first == second
    other = scored("random", call(60, "bo", "iam:CreateUser", DENIED)).values[0]
    assert first != other
