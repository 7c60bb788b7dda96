"""``In short``: how bad a finding is, in one line made of the seven answers."""

from typing import Any

from offtrail.api import revoke
from offtrail.api.objects import Answer
from offtrail.api.questions import actor, addresses, exposure, scope
from offtrail.api.questions.case import listed, many, short

NOTHING = "nothing to revoke is known"
REMOVED = {
    "all": "its calls were removed by retention",
    "part": "part of its calls were removed by retention",
}
"""What is said of a finding whose calls are held no more."""


def headline(answers: tuple[Answer, ...], removed: str = "") -> str:
    """What was reached from where, what of it changed something, and what is exposed.

    ``removed`` is what retention took of the finding's calls: "all", "part", or "" for nothing.
    """
    exposed = _exposed(next(answer for answer in answers if answer.key == exposure.KEY))
    if removed == "all":
        return f"{REMOVED['all']}, so that what it reached cannot be told any more; {exposed}."
    by_key = {answer.key: answer.value for answer in answers}
    parts = [
        _reached(by_key[scope.KEY]),
        _launched(by_key[scope.KEY]["launched"]["count"]),
        _where(by_key[addresses.KEY], by_key[scope.KEY]["suspect"]["sources"]),
        _when(by_key[actor.KEY]["hour"]),
        REMOVED.get(removed, ""),
        exposed,
    ]
    return "; ".join(part for part in parts if part) + "."


def _reached(value: dict[str, Any]) -> str:
    """The calls from the suspect's addresses where these are known, else the principal's."""
    suspect = value["suspect"]
    own = suspect if suspect["sources"] else value
    lead = "within 24 hours of its strongest errors"
    if not own["calls"]:
        return f"{lead} nothing succeeded and {many(own['errors'], 'call')} failed"
    more = suspect["beyond_reading"]
    does = f"more than reads: {listed(map(short, more), 3)}" if more else "only reads"
    told = f" ({does})" if suspect["sources"] else ""
    return f"{lead} {many(own['calls'], 'call')} succeeded{told} and {own['errors']:,} failed"


def _launched(count: int) -> str:
    return f"{many(count, 'instance')} launched" if count else ""


def _where(value: dict[str, Any], suspects: list[str]) -> str:
    rows = [row for row in value["sources"] if row["source"] in suspects]
    new = [str(row["source"]).removeprefix("ip:") for row in rows if row["new"]]
    stolen = [row for row in rows if row["new_to"]]
    said = f"from {listed(new, 2)}, never used by it before" if new else ""
    return f"{said}: instance credentials may be stolen" if stolen else said


def _when(hour: dict[str, Any]) -> str:
    return "at an unusual hour" if hour["unusual"] else ""


def _exposed(answer: Answer) -> str:
    """The steps of the revoke set, without those that ask a person to look first."""
    steps = revoke.certain(revoke.of_finding("", answer))
    return f"{many(len(steps), 'step')} to revoke what is exposed" if steps else NOTHING
