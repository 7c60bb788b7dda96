"""The attack: calls of the shipped catalogue, denied, rewritten whole into a victim's identity."""

import copy
import random
import uuid
from collections.abc import Collection, Sequence

import orjson

from offtrail.models.calls import Call, catalogue
from tests.robustness.world import DAY, HOUR, Event, World, at, who

NEW_ACCOUNT = "777788889999"
NAMES = uuid.UUID("6ba7b810-9dad-11d1-80b4-00c04fd430c8")
TRIES, GAP = 3, 120
"""How often each call of an attack is tried, and the seconds between one and the next."""


def calls(count: int, without: Collection[str] = ()) -> list[Call]:
    """So many denied calls of attacks, the same on every machine; no API comes twice."""
    denied = {c.api: c for c in catalogue() if c.label == "attack" and c.error_class == "denied"}
    drawn = random.Random(7).sample(sorted(denied), len(denied))  # noqa: S311 a repeatable draw
    return [denied[api] for api in drawn if api not in without][:count]


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


def new_source(template: Event) -> Event:
    """The victim at an address that nobody had."""
    return template | {"sourceIPAddress": "203.0.113.254"}


def new_principal(template: Event) -> Event:
    """A role that nobody had, at the victim's address."""
    event = copy.deepcopy(template)
    identity, session = event["userIdentity"], "new"
    account = str(identity["accountId"])
    identity["arn"] = f"arn:aws:sts::{account}:assumed-role/made-today/{session}"
    identity["principalId"] = f"AROAEXAMPLEMADETODAY:{session}"
    identity["type"] = "AssumedRole"
    role = {"type": "Role", "accountId": account, "userName": "made-today"}
    role |= {"arn": f"arn:aws:iam::{account}:role/made-today", "principalId": "AROAEXAMPLE"}
    identity["sessionContext"] = {"sessionIssuer": role, "attributes": {}}
    return event


def new_account(template: Event) -> Event:
    """The victim's like in an account that was never seen."""
    old = str(template["userIdentity"]["accountId"])
    made: Event = orjson.loads(orjson.dumps(template).replace(old.encode(), NEW_ACCOUNT.encode()))
    return made


def new_in_all(template: Event) -> Event:
    """All of it at once."""
    return new_account(new_principal(new_source(template)))
