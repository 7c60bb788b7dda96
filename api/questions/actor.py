"""Question 5: human or program, and is the hour normal?"""

from collections import Counter
from datetime import UTC, datetime
from typing import Any

import pyarrow as pa

from offtrail.api.objects import Answer, Confidence
from offtrail.api.questions.case import (
    Case,
    before,
    calls,
    listed,
    many,
    proof,
    since,
    values,
    where,
)
from offtrail.graph.schema import label
from offtrail.graph.window import DAY, HOUR
from offtrail.models.rows import errors
from offtrail.models.times import second_of

KEY, QUESTION = "actor", "Human or program? If human, is this hour normal for them?"
SIGNS: tuple[tuple[str, int, str], ...] = (
    ("console", 3, "it uses the console"),
    ("browser", 3, "it uses a browser"),
    ("aws-cli", 1, "it uses the AWS command line"),
    ("boto", -2, "it uses an SDK ({})"),
    ("sdk", -2, "it uses an SDK ({})"),
    ("terraform", -2, "it uses Terraform"),
    ("amazonaws.com", -2, "an AWS service calls for it ({})"),
)
"""What a part of a client's name says: above zero for a human, below for a program; a sign that
several clients give counts once."""
HANDS = ("aws-cli", "console", "browser")
"""Clients that people drive by hand; a program's principal that turns to one is in other hands."""
SURE = 2
"""Weight of signs from which an answer is more than a hint."""
NONE = (0, "")
DAYS_TO_TELL = 3
"""Earlier active days below which an hour is neither usual nor unusual."""
ROUND_THE_CLOCK = 20
"""Hours of the day with activity from which nobody is a single person."""


def answer(case: Case) -> Answer:
    """Signs for each, weighed, and how often the principal was active at this time of day."""
    unwonted = _unwonted(case)
    habits = [] if unwonted else [*_clock(case), *_identity(case)]
    signs = [*_clients(case), *unwonted, *habits]
    weight = sum(sign[0] for sign in signs)
    both = max(signs, default=NONE)[0] >= SURE and min(signs, default=NONE)[0] <= -SURE
    hour, sessions = _hour(case), _sessions(case)
    return Answer(
        key=KEY,
        question=QUESTION,
        answer=f"{_verdict(weight, both, signs)} {hour['says']}{_in(sessions)}",
        value={
            "sessions": sessions,
            "human": weight > 0,
            "both": both,
            "weight": weight,
            "signs": [why for _, why in signs],
            "hour": hour,
        },
        event_ids=proof(since(case.history, case.first)),
        confidence=_confidence(0 if both else abs(weight)),
        cannot_tell=case.unread()
        if weight or both
        else "its clients and hours fit a human as well as a program",
    )


def _confidence(weight: int) -> Confidence:
    if weight < SURE:
        return "low"
    return "medium" if weight == SURE else "high"


def _verdict(weight: int, both: bool, signs: list[tuple[int, str]]) -> str:
    if both:
        hands, program = (
            [why for sign, why in signs if (sign > 0) is human] for human in (True, False)
        )
        return f"Both: a human, since {_reasons(hands)}; a program, since {_reasons(program)}."
    word = "Human" if weight > 0 else "Program" if weight else "Human or program"
    return f"{word}: {_reasons([why for _, why in signs]) or 'its events carry no sign of either'}."


def _reasons(whys: list[str]) -> str:
    return listed(whys, 6)


def _clients(case: Case) -> list[tuple[int, str]]:
    """What the clients of the failed calls say."""
    found: dict[tuple[int, str], list[str]] = {}
    for agent in values(errors(since(case.history, case.first)), "agent"):
        for part, weight, why in SIGNS:
            if part in agent.lower():
                found.setdefault((weight, why), []).append(agent)
                break
    return [(weight, why.format(", ".join(agents))) for (weight, why), agents in found.items()]


def _unwonted(case: Case) -> list[tuple[int, str]]:
    """Clients for people's hands that the principal had not used before it erred."""
    earlier = values(before(case.history, case.first), "agent")
    now = values(errors(since(case.history, case.first)), "agent")
    new = [agent for agent in now if agent in HANDS and agent not in earlier]
    return [(3, f"the principal had not used {agent} before") for agent in new if earlier]


def _clock(case: Case) -> list[tuple[int, str]]:
    hours = set(before(case.history, case.first).column("hour").to_pylist())
    of_day = {hour % 24 for hour in hours}
    weekend = sum((hour // 24 + 3) % 7 >= 5 for hour in hours)
    if len(of_day) >= ROUND_THE_CLOCK:
        return [(-2, f"it was active before in {len(of_day)} of the 24 hours of the day")]
    if len(hours) >= 10 and not weekend:
        return [(1, f"it was active only on working days in {len(hours)} earlier hours")]
    return []


def _identity(case: Case) -> list[tuple[int, str]]:
    now = since(case.history, case.first)
    signs: list[tuple[int, str]] = []
    if any(now.column("mfa").to_pylist()):
        signs.append((2, "its sessions were opened with MFA"))
    if case.finding.instances:
        signs.append((-3, "its credentials are an instance's"))
    if any("@" in session for session in case.finding.sessions):
        signs.append((2, "its sessions carry an e-mail address"))
    return signs


def _sessions(case: Case) -> list[str]:
    """The sessions in which the strongest error came: a role may be many people's. Those of an
    instance bear its name, which question 4 tells."""
    top, instances = case.edges[0], {label(name) for name in case.finding.instances}
    failed = where(errors(since(case.history, case.first)), api=top.api, code=top.code)
    return [name for name in values(failed, "session") if label(name) not in instances]


def _in(sessions: list[str]) -> str:
    if not sessions:
        return ""
    count = "the session" if len(sessions) == 1 else f"{len(sessions):,} sessions:"
    return f" It came in {count} {listed(map(label, sessions))}."


def _hour(case: Case) -> dict[str, Any]:
    """Whether the principal was active at the strongest error's time of day on earlier days."""
    now = second_of(case.edges[0].first) // HOUR
    at = datetime.fromtimestamp(now * HOUR, UTC)
    earlier = before(case.history, now // 24 * DAY)
    days = _days(earlier)
    near = sum(any((hour - now) % 24 in (0, 1, 23) for hour in hours) for hours in days.values())
    weekday = sum((day - now // 24) % 7 == 0 for day in days)
    constant = len({hour % 24 for hours in days.values() for hour in hours}) >= ROUND_THE_CLOCK
    normal = bool(days) and near >= max(2, len(days) // 10)
    moment = f"The strongest error came on {at:%A} at {at:%H}:00 UTC"
    told = len(days) >= DAYS_TO_TELL
    if not days:
        says = f"{moment}; no call of it on an earlier day is known."
    elif constant:
        says = f"{moment}; it is active at all hours, so that the hour says nothing."
    else:
        usual = "a usual" if normal else "an unusual"
        says = (
            f"{moment}{f', {usual} hour for it' if told or normal else ''}: it was active within"
            f" an hour of that time on {near} of its {many(len(days), 'earlier active day')},"
            f" {many(weekday, f'of them a {at:%A}', f'of them {at:%A}s')}."
        )
    return {
        "says": says,
        "hour": at.strftime("%Y-%m-%dT%H:00:00Z"),
        "active_days": len(days),
        "days_near": near,
        "round_the_clock": constant,
        "normal": normal,
        "unusual": told and not normal and not constant,
        "earlier_calls": calls(earlier),
    }


def _days(table: pa.Table) -> dict[int, list[int]]:
    days: dict[int, list[int]] = {}
    for hour in Counter(table.column("hour").to_pylist()):
        days.setdefault(hour // 24, []).append(hour)
    return days
