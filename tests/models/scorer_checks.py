"""What every scorer promises; tests/models/test_catalogue.py runs it over the whole catalogue."""

import math
from collections.abc import Callable

import numpy as np
import pyarrow as pa

from offtrail.models.asof import features
from offtrail.models.features import Features
from offtrail.models.rows import Row, errors, rows
from offtrail.models.scorer import GRAIN, Scorer, Scores

Reduce = Callable[[list[Row]], pa.Table]
Check = Callable[[Scorer, Reduce], None]
DAY = 86_400
START = 20_000 * DAY
ACCOUNT = "111122223333"


def trail(account: str = ACCOUNT) -> list[Row]:
    """Four days of two users, a role and a newcomer whose first call is denied."""
    ana, bo, new = (f"arn:aws:iam::{account}:user/{name}" for name in ("ana", "bo", "new"))
    ci = f"arn:aws:iam::{account}:role/ci"
    made: list[Row] = []

    def call(second: int, who: str, api: str, code: str = "", kind: str = "user") -> None:
        error_class = {"": "", "AccessDenied": "denied"}.get(code, "not-found")
        source = f"ip:198.51.100.{len(who) % 7}"
        made.append(
            Row(START + second, account, who, kind, f"api:{api}", code, error_class, source)
        )

    for day in range(4):
        for hour in range(8, 18):
            at = day * DAY + hour * 3600
            call(at + 5, ana, "s3:GetObject")
            call(at + 5, bo, "s3:ListBuckets")
            call(at + 9, ci, "ec2:RunInstances", kind="role")
            call(at + 60, ana, "s3:GetObject", "NoSuchKey")
        call(day * DAY + 36_100, bo, "iam:ListUsers", "AccessDenied")
        call(day * DAY + 36_200, ci, "s3:GetObject", "NoSuchKey", kind="role")
    for at, api in enumerate(("iam:ListRoles", "iam:GetUser", "kms:Decrypt")):
        call(3 * DAY + 50_000 + at // 2, new, api, "AccessDenied")
    return made


def _fitted(scorer: Scorer, reduced: Reduce, calls: list[Row]) -> tuple[Features, Scores]:
    """Rows of the last day, scored by what was fitted on the days before."""
    history = reduced(calls)
    known = features(history, rows(errors(history)))
    seconds = np.array([row.second for row in known.rows])
    past, last = (
        np.flatnonzero(at) for at in (seconds < START + 3 * DAY, seconds >= START + 3 * DAY)
    )
    scored = known.take(last)
    return scored, scorer.fit(known.take(past), history).score(scored)


def terms_sum_exactly_to_the_score(scorer: Scorer, reduced: Reduce) -> None:
    rows_scored, scores = _fitted(scorer, reduced, trail())
    for row, value in enumerate(scores.values.tolist()):
        terms = [term.value for term in scores.explain(row)]
        assert sum(terms) == math.fsum(terms) == sum(reversed(terms)) == value
        assert all(term % GRAIN == 0 for term in terms)
        assert all(term.because for term in scores.explain(row))
    assert len(scores.values) == len(rows_scored.rows)
    assert np.isfinite(scores.values).all()


def the_order_of_rows_changes_no_score(scorer: Scorer, reduced: Reduce) -> None:
    history = reduced(trail())
    known = features(history, rows(errors(history)))
    fitted = scorer.fit(known, history)
    order = np.random.default_rng(3).permutation(len(known.rows))
    assert np.array_equal(fitted.score(known).terms[order], fitted.score(known.take(order)).terms)
    alone = [fitted.score(known.take([at])).terms[0] for at in range(len(known.rows))]
    assert np.array_equal(fitted.score(known).terms, alone)


def the_same_history_gives_the_same_scores(scorer: Scorer, reduced: Reduce) -> None:
    first, again = (_fitted(scorer, reduced, trail())[1] for _ in range(2))
    assert np.array_equal(first.terms, again.terms)
    assert first.names == again.names


def asking_changes_nothing(scorer: Scorer, reduced: Reduce) -> None:
    history = reduced(trail())
    known = features(history, rows(errors(history)))
    kept = known.matrix.copy(), list(known.rows), history.slice(0)
    fitted = scorer.fit(known, history)
    first = fitted.score(known).terms
    fitted.score(known.take([0]))
    assert np.array_equal(fitted.score(known).terms, first)
    assert np.array_equal(known.matrix, kept[0])
    assert list(known.rows) == kept[1]
    assert history.equals(kept[2])


def renaming_every_account_changes_no_score(scorer: Scorer, reduced: Reduce) -> None:
    ours, theirs = (_fitted(scorer, reduced, trail(name))[1] for name in (ACCOUNT, "444455556666"))
    assert np.array_equal(np.sort(ours.values), np.sort(theirs.values))


def a_principal_never_seen_gets_a_score(scorer: Scorer, reduced: Reduce) -> None:
    rows_scored, scores = _fitted(scorer, reduced, trail())
    new = [at for at, row in enumerate(rows_scored.rows) if row.principal.endswith("/new")]
    assert len(new) == 3
    assert np.isfinite(scores.values[new]).all()


def nothing_to_score_gives_no_scores(scorer: Scorer, reduced: Reduce) -> None:
    history = reduced(trail())
    none = features(history, [])
    assert len(scorer.fit(none, history).score(none).values) == 0


CHECKS: tuple[Check, ...] = (
    terms_sum_exactly_to_the_score,
    the_order_of_rows_changes_no_score,
    the_same_history_gives_the_same_scores,
    asking_changes_nothing,
    renaming_every_account_changes_no_score,
    a_principal_never_seen_gets_a_score,
    nothing_to_score_gives_no_scores,
)
