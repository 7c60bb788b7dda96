"""The attack: calls of the shipped catalogue, denied, rewritten whole into a victim's identity."""

import copy
import random
import uuid
from collections.abc import Sequence

from offtrail.models.calls import Call, catalogue
from tests.robustness.world import DAY, HOUR, Event, World, at, who

NAMES = uuid.UUID("6ba7b810-9dad-11d1-80b4-00c04fd430c8")
APIS, TRIES, GAP = 8, 3, 120
"""Different calls of an attack, how often each is tried, seconds between one and the next."""


def calls(count: int = APIS) -> list[Call]:
    """So many denied calls of attacks, the same on every machine; no API comes twice."""
    denied = {c.api: c for c in catalogue() if c.label == "attack" and c.error_class == "denied"}
    return random.Random(7).sample([denied[api] for api in sorted(denied)], count)  # noqa: S311 a draw


def burst(world: World, wanted: Sequence[Call], second: int, tries: int = TRIES) -> list[Event]:
    """Each call some times, all within the hour after ``second``."""
    gap = min(GAP, 3000 // (len(wanted) * tries))
    return [
        failed(world.victim[-1], call, second + gap * n)
        for n, call in enumerate(call for call in wanted for _ in range(tries))
    ]


def slow(world: World, wanted: Sequence[Call]) -> list[Event]:
    """One call a day, the last on the day of the attack."""
    first = world.attacked - (len(wanted) - 1) * DAY
    return [failed(world.victim[-1], call, first + n * DAY) for n, call in enumerate(wanted)]


def warm(world: World, wanted: Sequence[Call], callers: Sequence[Event]) -> list[Event]:
    """Success at each call, by each caller, daily until the day before the attack."""
    return [
        success(caller, call, world.attacked - day * DAY + 60 * n - HOUR)
        for day in range(world.warm, 0, -1)
        for caller in callers
        for n, call in enumerate(wanted)
    ]


def failed(template: Event, call: Call, second: int) -> Event:
    """The call as it is recorded where it is refused."""
    event = success(template, call, second)
    caller, action = template["userIdentity"]["arn"], call.api.removeprefix("api:")
    return event | {
        "errorCode": call.code,
        "errorMessage": f"User: {caller} is not authorized to perform: {action}",
    }


def success(template: Event, call: Call, second: int) -> Event:
    """The call at a second, by the template's principal from its address."""
    service, _, name = call.api.removeprefix("api:").partition(":")
    event = at(template, second)
    for key in ("resources", "additionalEventData", "readOnly", "sharedEventID"):
        event.pop(key, None)
    said = f"{who(template)} {call.api} {call.code} {second}"
    return event | {
        "eventSource": f"{service}.amazonaws.com",
        "eventName": name,
        "requestParameters": None,
        "responseElements": None,
        "eventID": str(uuid.uuid5(NAMES, said)),
        "requestID": str(uuid.uuid5(NAMES, f"request {said}")),
    }


def agents(events: Sequence[Event]) -> list[Event]:
    """Each call with another user agent."""
    return [event | {"userAgent": f"tool-{n}/1.{n} custom"} for n, event in enumerate(events)]


def sessions(events: Sequence[Event]) -> list[Event]:
    """Each call in another session of the same role."""
    changed = copy.deepcopy(list(events))
    for n, event in enumerate(changed):
        identity = event["userIdentity"]
        if ":assumed-role/" in identity["arn"]:
            identity["arn"] = f"{who(event)}/session-{n}"
            identity["principalId"] = f"{identity['principalId'].partition(':')[0]}:session-{n}"
    return changed


def keys(events: Sequence[Event]) -> list[Event]:
    """Each call with another temporary key."""
    changed = copy.deepcopy(list(events))
    for n, event in enumerate(changed):
        event["userIdentity"]["accessKeyId"] = f"ASIAEXAMPLECHURN{n:04d}"
    return changed


def addresses(events: Sequence[Event]) -> list[Event]:
    """Each call from another address of another network."""
    return [event | {"sourceIPAddress": f"203.0.113.{n + 1}"} for n, event in enumerate(events)]


def at_once(events: Sequence[Event]) -> list[Event]:
    """All calls within the second of the first."""
    return [event | {"eventTime": events[0]["eventTime"]} for event in events]
