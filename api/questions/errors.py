"""Question 1: is this error new here, and does it follow a change in automation?"""

from typing import Any

import pyarrow as pa

from offtrail.api.objects import Answer
from offtrail.api.questions.case import (
    DAY,
    READ,
    Case,
    before,
    calls,
    earliest,
    errors,
    first,
    proof,
    short,
    since,
    values,
    where,
)
from offtrail.models.finding import ErrorEdge
from offtrail.models.times import rfc3339, second_of

KEY, QUESTION = "error-history", "When did this error first appear, and does it follow a change?"
RECENT = 7  # days of an agent's age up to which an error may be its work


def answer(case: Case) -> Answer:
    """First times of each code for the principal, the API and the account."""
    everyone = case.store.activities(case.past, errors_only=True, limit=READ)
    account = case.finding.account
    own_account = where(everyone, account=account) if account else everyone
    rows = [_row(case, edge, own_account) for edge in case.edges]
    change = _change(case)
    days = case.span_days()
    return Answer(
        key=KEY,
        question=QUESTION,
        answer=f"{_said(rows)} {change['says']}",
        value={"edges": rows, "change": change, "days_of_history": round(days, 1)},
        event_ids=tuple(edge.event_ids[0] for edge in case.edges if edge.event_ids),
        confidence="high" if days >= 14 else "medium" if days >= 2 else "low",
        cannot_tell="" if days >= 2 else f"only {days:.1f} days lie before the finding",
    )


def _row(case: Case, edge: ErrorEdge, everyone: pa.Table) -> dict[str, Any]:
    begun = second_of(edge.first)
    coded = where(everyone, code=edge.code)
    own = where(case.history, code=edge.code)
    return {
        "api": edge.api,
        "code": edge.code,
        "at": edge.first,
        "first_for_principal": first(own),
        "first_for_pair": first(where(own, api=edge.api)),
        "first_for_api": first(where(coded, api=edge.api)),
        "first_in_account": first(coded),
        "earlier_by_principal": calls(before(own, begun)),
        "earlier_at_api": calls(before(where(coded, api=edge.api), begun)),
    }


def _said(rows: list[dict[str, Any]]) -> str:
    top = rows[0]
    new = sum(row["earlier_by_principal"] == 0 for row in rows)
    api_new = sum(row["earlier_at_api"] == 0 for row in rows)
    return (
        f"{top['code']} at {short(top['api'])}: first for this principal at this API on"
        f" {top['first_for_pair']}, first for anyone at this API on {top['first_for_api']}, first"
        f" of that code in the account on {top['first_in_account']}. Of the {len(rows)} strongest"
        f" edges {new} carry a code that the principal had not met before the hour they began, and"
        f" {api_new} fail where nobody had failed so."
    )


def _change(case: Case) -> dict[str, Any]:
    """The newest client that the principal's errors carry, and how new it was at their time."""
    failed = errors(since(case.history, case.first))
    found = []
    for agent in values(failed, "agent"):
        seen = where(case.history, agent=agent)
        start, erred = earliest(seen), earliest(where(failed, agent=agent))
        found.append((erred - start, agent, start, proof(seen, most=1)))
    if not found:
        return {"says": "No client is known of these errors.", "agent": None}
    age, agent, start, ids = min(found)
    new = age <= RECENT * DAY and start > earliest(case.history) + DAY
    says = (
        f"The client {agent} was first seen with this principal on {rfc3339(start)}:"
        f" {'a change, just before its errors' if new else 'no recent change'}."
    )
    return {"says": says, "agent": agent, "first": rfc3339(start), "new": new, "event_ids": ids}
