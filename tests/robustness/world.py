"""A benign life to be attacked in: whose it is, its records, when scoring and the attack begin."""

import copy
import gzip
import json
import tempfile
from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple

from offtrail.simulator import write

DAY, HOUR = 86_400, 3600
Event = dict[str, Any]


class Size(NamedTuple):
    """How long a made-up life is, how busy, and how long an attacker takes in it."""

    days: int
    events: int
    slow: int  # days of the slow probe
    warm: int  # days of the warming up


FULL, SMALL = Size(45, 5_000, 30, 14), Size(16, 2_000, 6, 4)


class World(NamedTuple):
    """Benign events in the order of time, and the calendar of what is done to them."""

    name: str
    events: Sequence[Event]
    start: int
    scored: int  # second from which edges are alerted
    attacked: int  # second of the attack, in an hour that its victim works in
    victim: Sequence[Event]  # successes of the attacked session's role, latest before the attack
    slow: int  # days of the slow probe, 0 where the life is too short
    warm: int  # days of the warming up, 0 where the life is too short
    apis: int = 8  # different calls of the attack

    @property
    def long(self) -> bool:
        """Whether it is played for the days that it has."""
        return self.slow >= FULL.slow

    @property
    def end(self) -> int:
        """The second after the last event, attack or not."""
        return max(second_of(self.events[-1]), self.attacked + 2 * HOUR) + 1


def simulated(size: Size) -> World:
    """The simulator's organisation; the attack that is added comes three days before the end."""
    with tempfile.TemporaryDirectory() as name:
        write(Path(name), days=size.days, events=size.events, attacks="none")
        files = sorted(Path(name).rglob("*.json.gz"))
        events = [e for f in files for e in json.loads(gzip.decompress(f.read_bytes()))["Records"]]
    start = second_of(min(events, key=second_of)) // DAY * DAY
    learned = min(8, size.days // 4) * DAY
    return _world(
        f"{size.days} days of a simulated life",
        events,
        start + learned,
        start + (size.days - 3) * DAY,
        size.slow,
        size.warm,
    )


def recorded(file: Path) -> World:
    """One recorded day; it is scored from its second quarter on, and attacked in its last."""
    events = [json.loads(line) for line in gzip.decompress(file.read_bytes()).splitlines()]
    start = second_of(min(events, key=second_of)) // DAY * DAY
    return _world(
        file.name.partition(".")[0], events, start + DAY // 4, start + 18 * HOUR, slow=0, warm=0
    )


def _world(
    name: str, events: list[Event], scored: int, earliest: int, slow: int, warm: int
) -> World:
    events.sort(key=lambda event: (event["eventTime"], event["eventID"]))
    victim, attacked = _victim(events, earliest)
    return World(name, events, second_of(events[0]), scored, attacked, victim, slow, warm)


def _victim(events: Sequence[Event], earliest: int) -> tuple[list[Event], int]:
    """The role session or user of the middle, by how much it works, of those that work then."""
    soon = [e for e in events if earliest <= second_of(e) < earliest + 5 * HOUR and _works(e)]
    names = {who(event) for event in soon}
    counted = Counter(who(event) for event in events if _works(event) and who(event) in names)
    roles = sorted((count, name) for name, count in counted.items() if ":assumed-role/" in name)
    ranked = roles or sorted((count, name) for name, count in counted.items())
    chosen = ranked[len(ranked) // 2][1]
    own = [event for event in soon if who(event) == chosen]
    attacked = second_of(own[0]) // HOUR * HOUR + 300
    before = [
        e for e in events if who(e) == chosen and _works(e) and second_of(e) < attacked + HOUR
    ]
    return before, attacked


def colleagues(world: World, count: int) -> list[Event]:
    """A success each of other people and roles, those that work the most."""
    counted = Counter(who(e) for e in world.events if _works(e))
    others = [name for name, _ in counted.most_common() if name != who(world.victim[-1])][:count]
    return [next(e for e in world.events if _works(e) and who(e) == name) for name in others]


def who(event: Event) -> str:
    """The ARN of a user, or that of a session without the session's name."""
    arn = str(event["userIdentity"].get("arn", ""))
    return arn.rpartition("/")[0] if ":assumed-role/" in arn else arn


def _works(event: Event) -> bool:
    identity = event["userIdentity"]
    person = identity.get("type") in ("IAMUser", "AssumedRole") and "invokedBy" not in identity
    address = event["sourceIPAddress"].replace(".", "").isdigit()
    return person and address and "AWSServiceRole" not in who(event) and "errorCode" not in event


def second_of(event: Event) -> int:
    """When an event happened."""
    return int(datetime.fromisoformat(event["eventTime"]).timestamp())


def at(event: Event, second: int) -> Event:
    """The event at another second."""
    moved = copy.deepcopy(event)
    moved["eventTime"] = datetime.fromtimestamp(second, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    return moved


def days(events: Sequence[Event]) -> Iterator[list[Event]]:
    """Events day by day."""
    by_day: dict[int, list[Event]] = {}
    for event in events:
        by_day.setdefault(second_of(event) // DAY, []).append(event)
    yield from (by_day[day] for day in sorted(by_day))
