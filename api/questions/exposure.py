"""Question 7: which credentials could the attacker have, and what is to be done with each?"""

from typing import Any

from offtrail.api.descent import issued, issuers, kind_of, users_of
from offtrail.api.launched import INSTANCE, ROLE, exposed
from offtrail.api.objects import Answer
from offtrail.api.questions.case import READ, Case, listed, many, values, where
from offtrail.api.walk import SHARED
from offtrail.graph.schema import label

KEY = "exposure"
QUESTION = "Which keys, sessions and passwords could the attacker have, and what is to be revoked?"
SIGN_IN = "api:signin:ConsoleLogin"
SESSIONS = "revoke the role's older sessions (deny where aws:TokenIssueTime is earlier than now)"
STEPS = {
    "user key": "deactivate, then delete, this key of {who}",
    "masked key": "the trail masks this id: find out which key of {who} it is, and revoke that",
    "session": "temporary, of {who}: " + SESSIONS,
    "user session": "temporary, of {who}: deny the user calls of sessions older than now"
    " (aws:TokenIssueTime), and end its console sessions",
    "same address": "used from the same addresses by others: find out whether these are in other"
    " hands too; if so, revoke them",
    "assumed role": "role assumed in the hours of the finding: " + SESSIONS,
    "instance": "isolate the instance, take its profile away, and revoke the role's sessions",
    "password": "take the console password of {who} away and end its console sessions",
    INSTANCE: "launched by {who}: find out what runs there; isolate, then terminate, what is not"
    " yours",
    ROLE: "what such an instance ran with: where one is not yours, " + SESSIONS,
}
"""What is exposed, by what is to be done."""


def answer(case: Case) -> Answer:
    """The finding's keys, those issued from them, roles assumed, instances, passwords."""
    direct = [name for name in case.finding.credentials if name]
    known = [name for name in direct if kind_of(name, []) != "masked key"]
    below, cut = issued(case.store, known)
    above = issuers(case.store, known)
    keys = list(dict.fromkeys([*direct, *above, *(step.far for step in below)]))
    users = users_of(case.store, keys)
    near = _neighbours(case, keys)
    items = [
        *sorted((_key(case, *one, direct, above) for one in users.items()), key=_long_lived_first),
        *_roles(case),
        *_others(case),
        *near,
    ]
    holders = _holders(case, items)
    items += _launched(case, holders, items)
    cut = cut or any(case.launches(who).cuts for who in holders)
    return Answer(
        key=KEY,
        question=QUESTION,
        answer=_said(direct, keys, near, items),
        value={"exposed": items, "keys": keys, "truncated": cut},
        event_ids=tuple(dict.fromkeys(i for step in below[:3] for i in step.arrow.event_ids)),
        confidence="medium",
        cannot_tell="copies of keys made outside of AWS, and keys created in a trail that was not"
        " read, are not seen here",
    )


def _why(key: str, direct: list[str], above: dict[str, str]) -> str:
    if key in direct:
        return "the finding's calls were signed with it"
    if key in above:
        return f"it issued {above[key]}, and can issue more"
    return "it was issued from such a key"


def _key(
    case: Case, key: str, users: list[str], direct: list[str], above: dict[str, str]
) -> dict[str, Any]:
    if key in direct and (not users or kind_of(key, users) == "masked key"):
        users = [case.finding.principal]  # who signed with it, also where retention took the calls
    who = listed(label(user) for user in users) or "a principal not seen"
    return _item(kind_of(key, users), key, who, _why(key, direct, above), users)


def _item(kind: str, id: str, who: str, why: str, principals: list[str]) -> dict[str, Any]:
    do = STEPS[kind].format(who=who)
    return {"kind": kind, "id": id, "do": do, "because": why, "principals": principals}


def _long_lived_first(item: dict[str, Any]) -> tuple[bool, str]:
    return item["kind"] != "user key", item["id"]


def _neighbours(case: Case, keys: list[str]) -> list[dict[str, Any]]:
    """Other keys used from the finding's addresses in its hours, unless many share the address.

    What the principal itself signed with there is exposed like the keys of its errors.
    """
    items, own, met = [], case.finding.principal, set(keys)
    for source in (name for name in case.finding.sources if name.startswith("ip:")):
        table = case.store.activities(case.during, source=source, limit=READ)
        principals = values(table, "principal")
        if len(principals) <= SHARED:
            for key in [key for key in values(table, "credential") if key not in met]:
                met.add(key)
                users = values(where(table, credential=key), "principal")
                who = listed(label(user) for user in users)
                kind = kind_of(key, users) if users == [own] else "same address"
                items.append(_item(kind, key, who, f"used from {source} too", users))
    return items


def _roles(case: Case) -> list[dict[str, Any]]:
    arrows, _ = case.store.relationships(case.during, case.finding.principal, types=("ASSUMED",))
    roles = {a.target: a.count for a in arrows if a.source == case.finding.principal}
    return [
        _item("assumed role", role, label(role), f"assumed {many(count, 'time')}", [role])
        for role, count in sorted(roles.items())
    ]


def _others(case: Case) -> list[dict[str, Any]]:
    finding, who, own = case.finding, label(case.finding.principal), [case.finding.principal]
    items = [
        _item("instance", name, who, "the calls were made with its credentials", own)
        for name in finding.instances
    ]
    if finding.kind == "root" or (finding.kind == "user" and _signs_in(case)):
        why = "the user signs in at the console"
        items.append(_item("password", finding.principal, who, why, [finding.principal]))
    return items


def _signs_in(case: Case) -> bool:
    """Whether it has a password: it was seen at the console, or signed in there by a browser."""
    console = any("console" in agent for agent in values(case.history, "agent"))
    return console or where(case.history, api=SIGN_IN, code="").num_rows > 0


def _holders(case: Case, items: list[dict[str, Any]]) -> list[str]:
    """The principal, and the roles that it assumed."""
    roles = [item["id"] for item in items if item["kind"] == "assumed role"]
    return list(dict.fromkeys((case.finding.principal, *roles)))


def _launched(case: Case, holders: list[str], items: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Instances that were launched, and the roles that they ran with: not those in ``items``."""
    known = {p for i in items if i["kind"] in ("session", "assumed role") for p in i["principals"]}
    found = [one for who in holders for one in case.launched(who)]
    why = "launched within a day of the strongest errors"
    return [
        item | {"do": STEPS[item["kind"]].format(who=label(item["principals"][0]))}
        for item in exposed(case.store, found, why, known)
    ]


def _said(
    direct: list[str], keys: list[str], near: list[dict[str, Any]], items: list[dict[str, Any]]
) -> str:
    if not items:
        return "No key, session or password is named by the finding's events."
    steps = " ".join(f"{_names(ids)}: {do}." for do, ids in _by_step(items).items())
    others = len(keys) - len(direct)
    was = "was" if others == 1 else "were"
    more = f"; {many(others, 'other key')} issued such a key or {was} issued by one" * bool(others)
    own = sum(item["kind"] != "same address" for item in near)
    was = "was" if own == 1 else "were"
    more += f"; {own:,} more of its own {was} used from the same addresses" * bool(own)
    return f"{many(len(direct), 'key')} signed the failed calls{more}. {steps}"


def _by_step(items: list[dict[str, Any]]) -> dict[str, list[str]]:
    """What is exposed, grouped by what is to be done."""
    steps: dict[str, list[str]] = {}
    for item in items:
        steps.setdefault(item["do"], []).append(item["id"])
    return steps


def _names(ids: list[str]) -> str:
    return listed((id.removeprefix("key:") for id in ids), 4)
