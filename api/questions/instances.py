"""Question 4: is the instance's activity normal for its role, and is anything else wrong on it?"""

from typing import Any

from offtrail.api.around import DAYS
from offtrail.api.launched import launched_by
from offtrail.api.objects import Answer
from offtrail.api.questions.case import (
    Case,
    before,
    busy,
    calls,
    listed,
    many,
    proof,
    short,
    since,
    values,
    where,
)
from offtrail.graph.schema import label
from offtrail.models.times import rfc3339

KEY = "instance"
QUESTION = "If it is our instance: is this normal for its role, and are there other findings on it?"


def answer(case: Case) -> Answer:
    """What the instances did for the first time, beside all that their role did before."""
    if not case.instances:
        return Answer(
            KEY,
            QUESTION,
            "",
            {"instances": []},
            confidence="none",
            cannot_tell="no event ties the finding to an instance of ours",
        )
    rows = [_row(case, instance) for instance in case.instances]
    return Answer(
        key=KEY,
        question=QUESTION,
        answer=" ".join(_said(row) for row in rows[:3]),
        value={"instances": rows},
        event_ids=proof(*(where(case.history, instance=name) for name in case.instances)),
        confidence="high" if case.span_days() >= 7 else "medium",
        cannot_tell=_unknown(case, min(row["days_read"] for row in rows)),
    )


def _row(case: Case, instance: str) -> dict[str, Any]:
    table, days = case.read(instance=instance)
    now = since(table, case.first)
    roles = values(table, "principal")
    own = [case.read(principal=role) for role in roles]
    known = {api for done, _ in own for api in values(before(done, case.first), "api")}
    launched = launched_by(case.store, instance)
    new = [api for api in values(now, "api") if api not in known]
    return {
        "instance": instance,
        "roles": roles,
        "calls": calls(now),
        "apis": len(values(now, "api")),
        "new_to_role": new,
        "sources": values(now, "source"),
        "launched": {"by": launched.source, "at": rfc3339(launched.first)} if launched else None,
        "other_findings": [f.id for f in case.others if instance in f.instances],
        "days_read": min([days, *(read for _, read in own)]),
    }


def _unknown(case: Case, days: int) -> str:
    """What is to be said where little history of a role is there, or could be read."""
    if days < DAYS:
        return busy(days)
    return "" if case.span_days() >= 1 else "there is no earlier history of the role"


def _said(row: dict[str, Any]) -> str:
    name = row["instance"].removeprefix("instance:")
    others = row["other_findings"]
    normal = (
        f"{len(row['new_to_role'])} of its {many(row['apis'], 'API')} are new to its role:"
        f" {listed(short(api) for api in row['new_to_role'])}"
        if row["new_to_role"]
        else f"all its {many(row['apis'], 'API')} were used by its role before"
    )
    by = row["launched"]
    told = f", launched by {label(by['by'])} on {by['at']}" if by else ""
    return (
        f"{name}{told}: {many(row['calls'], 'call')} from the hour of the first error to the last"
        f" error; {normal};"
        f" {'other findings on it: ' + listed(others) if others else 'no other finding on it'}."
    )
