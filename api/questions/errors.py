"""Question 1: is this error new here, and does it follow a change in automation?"""

from typing import Any

import pyarrow.compute as pc

from offtrail.api.objects import Answer
from offtrail.api.questions.case import (
    FEW,
    READ,
    Case,
    before,
    calls,
    earliest,
    first,
    many,
    proof,
    short,
    since,
    values,
    where,
)
from offtrail.api.questions.namesakes import namesakes, said
from offtrail.graph.schema import label
from offtrail.graph.window import DAY, HOUR, Window
from offtrail.models.finding import ErrorEdge
from offtrail.models.operations import changes
from offtrail.models.rows import errors
from offtrail.models.times import rfc3339

KEY, QUESTION = "error-history", "When did this error first appear, and does it follow a change?"
RECENT = 7  # days of an agent's age up to which an error may be its work


def answer(case: Case) -> Answer:
    """First times of each code for the principal, the API and the account."""
    rows = [_row(case, edge) for edge in case.edges]
    change, granted, alike = _change(case), _granted(case), namesakes(case)
    days = case.span_days()
    sentences = [_said(rows), change["says"], *(_made(one) for one in granted[:3]), said(alike)]
    return Answer(
        key=KEY,
        question=QUESTION,
        answer=" ".join(filter(None, sentences)),
        value={
            "edges": rows,
            "change": change,
            "changes": granted,
            "namesakes": [one._asdict() for one in alike],
            "days_of_history": round(days, 1),
        },
        event_ids=tuple(edge.event_ids[0] for edge in case.edges if edge.event_ids),
        confidence="high" if days >= 14 else "medium" if days >= FEW else "low",
        cannot_tell=case.unread(),
    )


def _row(case: Case, edge: ErrorEdge) -> dict[str, Any]:
    failed, whole = case.failures
    at_api = where(case.failures_at(edge.api), code=edge.code)
    own = where(case.history, code=edge.code)
    pair = where(own, api=edge.api)
    begun = max(case.first, earliest(pair)) if pair.num_rows else case.first
    return {
        "api": edge.api,
        "code": edge.code,
        "at": edge.first,
        "first_for_principal": first(own),
        "first_for_pair": first(pair),
        "first_for_api": first(at_api),
        "first_in_account": first(where(failed, code=edge.code)) if whole else None,
        "earlier_by_principal": calls(before(own, case.first)),
        "earlier_at_api": calls(at_api.filter(pc.less(at_api.column("first"), begun))),
    }


def _said(rows: list[dict[str, Any]]) -> str:
    top = rows[0]
    new = sum(row["earlier_by_principal"] == 0 for row in rows)
    api_new = sum(row["earlier_at_api"] == 0 for row in rows)
    return (
        f"{top['code']} at {short(top['api'])}: {_first(top)}. Of the"
        f" {many(len(rows), 'strongest error')}, {_count(new)} a code that this principal had not"
        f" met before this finding, and {_count(api_new, 'is', 'are')} at an API where nobody in"
        " the account had met that code before it."
    )


def _first(row: dict[str, Any]) -> str:
    """Since when this principal meets the error there, and whether others did before."""
    own = f"this principal met it first on {row['first_for_pair']}"
    if row["earlier_at_api"]:
        return (
            f"{own}; in the account it came {many(row['earlier_at_api'], 'time')} before, first on"
            f" {row['first_for_api']}"
        )
    known = row["first_in_account"]
    elsewhere = "" if known in (None, row["first_for_api"]) else f" (at other APIs since {known})"
    return f"{own}, and nobody in the account before that{elsewhere}"


def _count(number: int, one: str = "carries", more: str = "carry") -> str:
    return f"{number} {one if number == 1 else more}"


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
    begun = earliest(case.history)
    new = age <= RECENT * DAY and start > begun + DAY
    return {
        "says": _followed(agent, start, age, new, start <= begun + DAY and age <= RECENT * DAY),
        "agent": agent,
        "first": rfc3339(start),
        "new": new,
        "event_ids": ids,
    }


def _granted(case: Case) -> list[dict[str, Any]]:
    """What was done to the principal itself in IAM in the days before its first error."""
    window = Window(max(0, case.first - RECENT * DAY), case.first + HOUR)
    table = case.store.activities(window, resource=case.finding.principal, limit=READ)
    return [
        {
            "api": row["api"],
            "by": row["principal"],
            "at": rfc3339(row["first"]),
            "event_ids": row["event_ids"],
        }
        for row in where(table, code="").to_pylist()
        if row["api"].startswith("api:iam:") and changes(row["api"])
    ]


def _made(one: dict[str, Any]) -> str:
    return f"{short(one['api'])} was done to it by {label(one['by'])} on {one['at']}."


def _followed(agent: str, start: int, age: int, new: bool, unknown: bool) -> str:
    since = rfc3339(start)
    if new:
        wait = f"{age // DAY} days" if age >= 2 * DAY else f"{max(1, age // 60):,} min"
        when = f"{wait} before its first error with it" if age else "and it failed at once"
        return f"It follows a change: this principal uses {agent} since {since}, {when}."
    if unknown:
        return (
            f"Whether it follows a change is not known: its client {agent} is seen since {since},"
            " when what is known of this principal begins."
        )
    return f"Its clients are not new: the latest, {agent}, is seen since {since}."
