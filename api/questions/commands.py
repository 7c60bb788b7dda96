"""Question 2: does this principal use this command, how often, and on what beat?"""

from typing import Any

from offtrail.api.objects import Answer
from offtrail.api.questions.case import (
    FEW,
    Case,
    before,
    calls,
    first,
    listed,
    many,
    proof,
    short,
    where,
)
from offtrail.models.cadence import keeps
from offtrail.models.finding import ErrorEdge
from offtrail.models.times import second_of

KEY, QUESTION = "command-history", "Has this principal used these commands before, and on a beat?"


def answer(case: Case) -> Answer:
    """First use, count and beat of each API of the strongest edges."""
    rows = [_row(case, edge) for edge in case.edges]
    apis = {row["api"]: row for row in rows}
    new = [row for row in apis.values() if not row["earlier_calls"]]
    beats = [row for row in apis.values() if row["beat"]]
    top, days = rows[0], case.span_days()
    return Answer(
        key=KEY,
        question=QUESTION,
        answer=" ".join(
            [
                f"{short(top['api'])}: {_used(top)}.",
                f"Of the {many(len(apis), 'command')} of the strongest errors,"
                f" {many(len(new), 'was', 'were')} new to this principal.",
                _beats(beats),
            ]
        ),
        value={"commands": rows},
        event_ids=proof(where(case.history, api=top["api"])),
        confidence="high" if days >= 7 else "medium" if days >= FEW else "low",
        cannot_tell=case.unread(),
    )


def _row(case: Case, edge: ErrorEdge) -> dict[str, Any]:
    own = where(case.history, api=edge.api)
    begun = second_of(edge.first)
    earlier = before(own, begun)
    hours = sorted(set(own.column("hour").to_pylist()))
    beat = keeps(hours, hours[-1]) if hours else None
    return {
        "api": edge.api,
        "first": first(own),
        "calls": calls(own),
        "earlier_calls": calls(earlier),
        "earlier_successes": calls(where(earlier, code="")),
        "earlier_days": len({hour // 24 for hour in earlier.column("hour").to_pylist()}),
        "beat": f"{beat.period} beat: {beat.met} of {beat.due} earlier turns kept" if beat else "",
    }


def _used(row: dict[str, Any]) -> str:
    if not row["earlier_calls"]:
        return f"never called before the hour of the error (first on {row['first']})"
    return (
        f"called {many(row['earlier_calls'], 'time')} on {many(row['earlier_days'], 'day')} before,"
        f" {row['earlier_successes']:,} with success, first on {row['first']}"
    )


def _beats(rows: list[dict[str, Any]]) -> str:
    if not rows:
        return "None keeps a daily, weekly or monthly beat."
    by_beat: dict[str, list[str]] = {}
    for row in rows:
        by_beat.setdefault(row["beat"], []).append(short(row["api"]))
    return (
        "; ".join(
            f"{listed(apis)} {'keeps' if len(apis) == 1 else 'keep'} a {beat}"
            for beat, apis in by_beat.items()
        )
        + "."
    )
