"""Question 3: is the address one of our instances, now and at that time, and who else uses it?"""

from collections.abc import Iterable
from typing import Any

from offtrail.api.objects import Answer
from offtrail.api.questions.case import (
    Case,
    Row,
    before,
    calls,
    earliest,
    first,
    listed,
    many,
    named,
    where,
)
from offtrail.graph.window import DAY, HOUR, Window
from offtrail.models.times import rfc3339

KEY, QUESTION = "address", "Is the source address one of our instances, now and at that time?"
NEAR = 24
"""Hours between two sightings of an instance at an address that count as one interval."""
USERS = 50
"""Principals at an address that are counted; beyond it, "at least" is said."""

GIVING = ("api:ec2:RunInstances", "api:ec2:AssociateAddress")
"""Calls that give an instance an address."""


def answer(case: Case) -> Answer:
    """Who held each address, from first to last sighting, and who holds it now."""
    rows = [_row(case, source) for source in case.finding.sources]
    unknown = [row for row in rows if row["kind"] == "address" and not row["intervals"]]
    facts = [row for source in case.finding.sources for row in case.held(source)]
    return Answer(
        key=KEY,
        question=QUESTION,
        answer=" ".join(_said(row, case.finding.account) for row in rows[:5]),
        value={"sources": rows},
        event_ids=tuple(dict.fromkeys(i for row in facts[:3] for i in row["event_ids"]))[:6],
        confidence="medium" if unknown or any(row["new_to"] for row in rows) else "high",
        cannot_tell=""
        if not unknown
        else "an instance that never called with its own credentials, and whose launch was not"
        " recorded here, is not known by its address",
    )


def intervals(rows: Iterable[Row], end: str = "subject") -> list[dict[str, Any]]:
    """Sightings of instances at addresses, joined where they lie near; earliest first."""
    open_: dict[str, dict[str, Any]] = {}
    done: list[dict[str, Any]] = []
    for row in rows:
        last = open_.get(row[end])
        if last and row["hour"] - last["hour"] <= NEAR:
            last.update(to=rfc3339(row["last"]), hour=row["hour"])
        else:
            times = {"from": rfc3339(row["first"]), "to": rfc3339(row["last"]), "hour": row["hour"]}
            open_[row[end]] = {"instance": row["subject"], "address": row["object"], **times}
            done.append(open_[row[end]])
    return [{name: one[name] for name in ("instance", "address", "from", "to")} for one in done]


def _row(case: Case, source: str) -> dict[str, Any]:
    held = case.held(source) if source.startswith("ip:") else []
    found = intervals(held)
    first, last = rfc3339(case.first - NEAR * HOUR), rfc3339(case.last + NEAR * HOUR)
    then = sorted({one["instance"] for one in found if one["from"] <= last and one["to"] >= first})
    return {
        "source": source,
        "kind": "address" if source.startswith("ip:") else "service",
        "intervals": found,
        "then": then,
        "new_to": [one for name in then for one in _elsewhere(case, name, source, found)],
        "holds_now": max(found, key=lambda one: str(one["to"]))["instance"] if found else None,
        **_use(case, source),
    }


def _use(case: Case, source: str) -> dict[str, Any]:
    """Since when the principal calls from there, and who else does."""
    own = where(case.history, source=source)
    arrows, cuts = case.store.relationships(case.past, source, types=("FROM",), limit=USERS)
    others = [arrow.source for arrow in arrows if arrow.source != case.finding.principal]
    start = earliest(own) if own.num_rows else None
    return {
        "first_for_principal": first(own),
        "earlier_calls": calls(before(own, case.first)),
        "new": start is not None
        and start >= case.first - DAY
        and earliest(case.history) < start - DAY,
        "others": others,
        "others_cut": bool(cuts),
    }


def _elsewhere(
    case: Case, instance: str, source: str, found: list[dict[str, Any]]
) -> list[dict[str, Any]]:
    """Where an instance had called from, if it came to this address later and by its calls alone.

    Whoever holds an instance's credentials can call in its name from anywhere: a later address
    counts as its own only where AWS gave it, or where the address before was not seen again.
    """
    held = case.held(instance)
    if any(row["object"] == source and _given(case, row) for row in held):
        return []
    came = min(one["from"] for one in found if one["instance"] == instance)
    before = [one for one in intervals(held, "object") if one["address"] != source]
    return [one for one in before if one["from"] < came <= one["to"]][-1:] or [
        one for one in before if one["from"] < came and came >= rfc3339(case.first - HOUR)
    ][-1:]


def _given(case: Case, held: Row) -> bool:
    """Whether the fact was proved by a call that gives an address, not by the instance's own."""
    hour = Window(held["hour"] * HOUR, (held["hour"] + 1) * HOUR)
    proofs = (
        id
        for api in GIVING
        for ids in case.store.activities(hour, api=api).column("event_ids").to_pylist()
        for id in ids
    )
    return not set(proofs).isdisjoint(held["event_ids"])


def _said(row: dict[str, Any], home: str) -> str:
    return f"{_whose(row)} {_used(row, home)}".strip()


def _used(row: dict[str, Any], home: str) -> str:
    """``New to this principal: first on ...; no other principal was seen there.``"""
    if row["kind"] != "address" or not row["first_for_principal"]:
        return ""
    count = many(len(row["others"]), "other principal") + (" at least" if row["others_cut"] else "")
    names = (named(other, home) for other in row["others"])
    others = (
        f"{count} called from there too ({listed(names, 3)})"
        if row["others"]
        else "no other principal called from there"
    )
    old = f"This principal calls from it since {row['first_for_principal']}"
    new = f"It is new to this principal, first on {row['first_for_principal']}"
    return f"{new if row['new'] else old}; {others}."


def _whose(row: dict[str, Any]) -> str:
    name = row["source"].removeprefix("ip:")
    if row["kind"] == "service":
        return f"{name} is an AWS service or endpoint, not an address."
    if not row["intervals"]:
        return f"{name} was never seen at one of our instances."
    if row["new_to"]:
        one = row["new_to"][0]
        return (
            f"No sign that {name} is ours: the credentials of {_bare(one['instance'])} came to be"
            f" used from it later, while the instance called from"
            f" {one['address'].removeprefix('ip:')} (seen {one['from']} to {one['to']}):"
            " its credentials may be stolen."
        )
    now = _bare(row["holds_now"])
    if not row["then"]:
        return f"{name} was not at one of ours then; the last seen at it is {now}."
    return (
        f"{name} was at our {listed(map(_bare, row['then']))} then; the last seen at it is {now}."
    )


def _bare(instance: str) -> str:
    return instance.removeprefix("instance:")
