"""Evidence beside the model's terms: retries, a beat, an analyst's word; one row a kind."""

from collections.abc import Callable, Sequence
from typing import NamedTuple

import pyarrow as pa
import pyarrow.compute as pc

from offtrail.models.cadence import keeps
from offtrail.models.feedback import Case
from offtrail.models.finding import Term

RETRY_WITHIN = 900  # seconds from an error to the success that explains it
RETRIED = -0.75
ON_BEAT = -0.25  # for each earlier occurrence on the beat, so that two weeks do not excuse much
BEATS_AT_MOST = 4
JUDGED_SAME = -3.0  # the same principal at the same API with the same class of error
JUDGED_LIKE = -0.5  # another principal of the same kind, in the same account
CONFIRMED = 1.0  # the same principal at the same API, in a true positive


class Facts(NamedTuple):
    """What evidence is drawn from: an edge, its pair's own activities, what analysts said."""

    account: str
    principal: str
    kind: str
    api: str
    code: str
    error_class: str
    second: int  # when it failed last
    cases: Sequence[Case]
    failed: pa.Table | None = None  # ACTIVITY of the pair's errors; None before a finding is made
    around: pa.Table | None = None  # ACTIVITY of the pair near its alerted errors


def retried(facts: Facts) -> Term | None:
    """A denial that the same call outlived at once: permissions that were not yet in force.

    Only where every denial of the pair was followed by a success on the same target: a caller
    that is denied, gains rights and goes on fails elsewhere too, and keeps those edges.
    """
    if facts.around is None or facts.error_class != "denied":
        return None
    failed, succeeded = _split(facts.around, facts.code)
    waits = [_wait(failure, succeeded) for failure in failed]
    if not waits or max(waits) > RETRY_WITHIN:
        return None
    because = (
        f"the same call succeeded within {max(1, -(-int(max(waits)) // 60))} min of every denial: "
        "rights that were not yet in force"
    )
    return Term("retry", RETRIED, because)


def on_beat(facts: Facts) -> Term | None:
    """An error that comes back daily, weekly or monthly at its hour: housekeeping."""
    if facts.failed is None:
        return None
    failing = facts.failed.filter(pc.equal(facts.failed.column("code"), facts.code))
    hours = sorted(set(failing.column("hour").to_pylist()))
    found = keeps(hours, hours[-1]) if hours else None
    if found is None:
        return None
    because = (
        f"the error keeps a {found.period} beat: it came at {found.met} of the {found.due} "
        "earlier times at which it was due"
    )
    return Term("beat", ON_BEAT * min(found.met, BEATS_AT_MOST), because)


def judged(facts: Facts) -> Term | None:
    """What analysts said of the same shape: the latest word on the principal itself, else the
    strongest."""
    holding = (case for case in facts.cases if case.holds_at(facts.second))
    said = [word for case in holding if (word := _said(case, facts)) is not None]
    ranked = max(said, key=lambda word: (word[0], abs(word[1].value)), default=None)
    return ranked[1] if ranked else None


def _said(case: Case, facts: Facts) -> tuple[str, Term] | None:
    """What a case says of an edge, after when it was said where it is of the very principal."""
    shapes = [
        shape
        for shape in case.shapes
        if shape.api == facts.api and shape.error_class == facts.error_class
    ]
    same = any(case.names(shape, facts.principal) for shape in shapes)
    like = any(
        shape.account == facts.account and shape.principal_kind == facts.kind for shape in shapes
    )
    last = case.entries[-1]
    told = f"finding {case.finding} was judged {case.word} by {last.who} on {last.when[:10]}"
    own = last.when if any(shape.principal == facts.principal for shape in shapes) else ""
    who = "the same principal" if own else "one of its name in another account"
    if case.harmless and same:
        return own, Term("verdict", JUDGED_SAME, f"{told}: {who}, the same API and kind of error")
    if case.harmless and like:
        return own, Term("verdict", JUDGED_LIKE, f"{told}: a like principal at the same API")
    if case.word == "true-positive" and same:
        return own, Term("verdict", CONFIRMED, f"{told}: {who} at the same API")
    return None


EVIDENCE: tuple[Callable[[Facts], Term | None], ...] = (retried, on_beat, judged)


def weighed(facts: Facts) -> tuple[Term, ...]:
    """The terms of evidence that apply to an edge."""
    return tuple(term for kind in EVIDENCE if (term := kind(facts)) is not None)


Failure = tuple[int, int, str]


def _split(pair: pa.Table, code: str) -> tuple[list[Failure], list[Failure]]:
    """(first, last, resource) of the failing activities with a code, and of the successes."""
    failed, succeeded = [], []
    columns = (pair.column(name).to_pylist() for name in ("first", "last", "resource", "code"))
    for first, last, resource, met in zip(*columns, strict=True):
        if met == code:
            failed.append((first, last, resource))
        elif met == "":
            succeeded.append((first, last, resource))
    return failed, succeeded


def _wait(failure: Failure, succeeded: list[Failure]) -> float:
    """Seconds from the last call of a failing activity to the success that outlived it."""
    _, last, resource = failure
    waits = [
        max(0, first - last)
        for first, until, target in succeeded
        if until > last and (target == resource or not (target and resource))
    ]
    return min(waits, default=float("inf"))
