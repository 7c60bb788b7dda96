"""The second pass: what an episode's other errors add to an edge."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from offtrail.models.company import heard
from offtrail.models.rows import Row
from offtrail.models.scorer import GRAIN, Scores, grained

Error = tuple[str, str, int, float]  # principal, API, second, learned odds


def scored(errors: list[Error], names: tuple[str, ...] = ("denied", "tree", "network")) -> Scores:
    rows = _rows(errors)
    odds = np.array([error[3] for error in errors])
    columns = [np.full(len(rows), 2.0), odds / 2, odds / 2][: len(names)]
    return heard(rows, Scores(grained(columns), names, lambda at: ("said",) * len(names)))


def _rows(errors: list[Error]) -> list[Row]:
    return [
        Row(
            second,
            "111122223333",
            who,
            "user",
            f"api:iam:{api}",
            "AccessDenied",
            "denied",
            "ip:198.51.100.7",
        )
        for who, api, second, _ in errors
    ]


def test_a_weak_error_beside_strong_ones_rises_and_says_by_whom() -> None:
    found = scored([("ann", "GetUser", 10, 0.0), ("ann", "PutUserPolicy", 20, 0.9)])
    assert found.terms[0, -1] == pytest.approx(0.45, abs=GRAIN)
    assert found.terms[1, -1] == 0
    weak, strong = (found.explain(at) for at in (0, 1))
    assert weak[-1].because == (
        "1 other error in the episode: tree and network give iam:PutUserPolicy (+0.90), "
        "and this one +0.00"
    )
    assert [term.name for term in strong] == ["denied", "tree", "network"]


def test_harmless_errors_do_not_lift_one_another() -> None:
    found = scored([("ann", "GetUser", 10, -0.9), ("ann", "ListUsers", 20, -0.1)])
    assert not found.terms[:, -1].any()


def test_only_the_same_principal_source_and_hour_is_heard() -> None:
    found = scored(
        [
            ("ann", "GetUser", 10, 0.0),
            ("bob", "PutUserPolicy", 20, 0.9),
            ("ann", "CreateUser", 3700, 0.9),
        ]
    )
    assert not found.terms[:, -1].any()


def test_a_repeated_error_is_no_company_for_itself() -> None:
    found = scored([("ann", "GetUser", 10, 0.0), ("ann", "GetUser", 20, 0.9)])
    assert not found.terms[:, -1].any()


def test_scores_without_learned_terms_come_back_as_they_are() -> None:
    errors = [("ann", "GetUser", 10, 0.0), ("ann", "PutUserPolicy", 20, 0.9)]
    assert scored(errors, ("denied",)).names == ("denied",)


_odds = st.floats(-1.8, 1.8)


@given(st.lists(_odds, min_size=1, max_size=8), _odds)
def test_a_further_error_never_lowers_one(odds: list[float], more: float) -> None:
    errors = [("ann", f"Api{at}", at, value) for at, value in enumerate(odds)]
    before = scored(errors).values
    after = scored([*errors, ("ann", "Other", 99, more)]).values
    assert (after[: len(odds)] >= before).all()


@given(st.lists(_odds, min_size=2, max_size=8))
def test_a_lift_never_passes_the_strongest_one(odds: list[float]) -> None:
    found = scored([("ann", f"Api{at}", at, value) for at, value in enumerate(odds)])
    first_pass = found.terms[:, :-1].sum(axis=1)
    assert (found.values >= first_pass).all()
    assert found.values.max() <= first_pass.max() + GRAIN
