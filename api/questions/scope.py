"""Question 6: what did the suspect reach around its strongest errors, by its own hands?"""

from collections import Counter
from collections.abc import Iterable
from typing import Any

import pyarrow as pa

from offtrail.api.launched import MOST, ran_as
from offtrail.api.objects import Answer
from offtrail.api.questions.case import (
    READ,
    Case,
    among,
    calls,
    listed,
    many,
    proof,
    short,
    values,
    where,
)
from offtrail.api.shell import command
from offtrail.graph.schema import label
from offtrail.models.operations import changes
from offtrail.models.rows import errors
from offtrail.models.times import rfc3339

KEY = "scope"
QUESTION = "Which servers, services and data did it reach within 24 hours of its strongest errors?"
LISTED = 50


def answer(case: Case) -> Answer:
    """What succeeded and failed from the addresses of the strongest errors, then in all."""
    window = case.around
    table = case.store.activities(window, principal=case.finding.principal, limit=READ)
    own = among(table, "source", case.suspects)
    done, failed = where(own, code=""), errors(own)
    value = _value(case, where(table, code=""), errors(table))
    read = window.whole
    value["window"] = {"from": rfc3339(read.start), "to": rfc3339(read.end)}
    value["suspect"] = {"sources": list(case.suspects), **_reached(done, failed)}
    value["launched"] = _launched(case)
    unread = [
        *[f"only the first {READ:,} rows since {rfc3339(window.start)} were read"]
        * (table.num_rows == READ),
        *[f"only the latest {MOST} launched instances were read"] * value["launched"]["at_least"],
    ]
    return Answer(
        key=KEY,
        question=QUESTION,
        answer=_said(value, calls(own) == calls(table)),
        value=value,
        event_ids=proof(done, failed),
        confidence="high" if not unread else "medium",
        cannot_tell="; ".join(unread),
    )


def _value(case: Case, done: pa.Table, failed: pa.Table) -> dict[str, Any]:
    lists = {
        "services": sorted({service(api) for api in values(done, "api")}),
        "apis": values(done, "api"),
        "resources": values(done, "resource"),
        "refused_resources": sorted({*values(failed, "resource")} - {*values(done, "resource")}),
        "refused_apis": sorted({*values(failed, "api")} - {*values(done, "api")}),
        "accounts": values(done, "account"),
        "regions": values(done, "region"),
        "instances": [name for name in values(done, "resource") if name.startswith("instance:")],
    }
    return {
        "calls": calls(done),
        "errors": calls(failed),
        "totals": {name: len(names) for name, names in lists.items()},
        **{name: names[:LISTED] for name, names in lists.items()},
        "next": command("blast-radius", case.finding.principal),
    }


def _launched(case: Case) -> dict[str, Any]:
    """Instances that the suspect launched, and what these did with the credentials of their role;
    ``of_principal`` counts those that the principal launched from elsewhere too."""
    every, own = case.launches(case.finding.principal), case.launched(case.finding.principal)
    ran = ran_as(case.store, own)
    rows = [
        {
            "instance": one.instance,
            "region": one.region,
            "first": rfc3339(one.arrow.first),
            "roles": sorted(ran[one.instance]),
            "calls": sum(ran[one.instance].values()),
            "event_ids": one.arrow.event_ids,
        }
        for one in own
    ]
    return {
        "count": len(own),
        "instances": rows[:LISTED],
        "roles": sorted({role for roles in ran.values() for role in roles}),
        "calls": sum(row["calls"] for row in rows),
        "of_principal": len(every.found),
        "at_least": bool(every.cuts),
    }


def _reached(done: pa.Table, failed: pa.Table) -> dict[str, Any]:
    """What some addresses reached: calls by API, those that do more than read, resources."""
    apis = _counts(done)
    return {
        "calls": calls(done),
        "errors": calls(failed),
        "apis": apis,
        "beyond_reading": {api: count for api, count in apis.items() if changes(api)},
        "resources": _in_turn(values(done, "resource"))[:LISTED],
        "resources_by_kind": dict(Counter(kind_of(name) for name in values(done, "resource"))),
        "refused_resources": len({*values(failed, "resource")} - {*values(done, "resource")}),
    }


def _in_turn(names: Iterable[str]) -> list[str]:
    """One of each kind, then the second of each: a few of them show servers beside buckets."""
    met: Counter[str] = Counter()
    placed = []
    for name in names:
        met[kind_of(name)] += 1
        placed.append((met[kind_of(name)], name))
    many = {kind: -count for kind, count in met.items()}
    return [name for _, name in sorted(placed, key=lambda one: (one[0], many[kind_of(one[1])]))]


def _counts(table: pa.Table) -> dict[str, int]:
    """Calls by API, most first."""
    counts: Counter[str] = Counter()
    columns = (table.column(name).to_pylist() for name in ("api", "count"))
    for api, count in zip(*columns, strict=True):
        counts[api] += count
    return dict(sorted(counts.items(), key=lambda pair: (-pair[1], pair[0])))


def service(api: str) -> str:
    """The service of ``api:service:Operation``."""
    return api.split(":")[1] if api.count(":") > 1 else api


def kind_of(resource: str) -> str:
    """``s3`` of a bucket's ARN, ``instance`` of an instance's id."""
    return resource.split(":")[2 if resource.startswith("arn:") else 0]


def _said(value: dict[str, Any], alone: bool) -> str:
    suspect, totals = value["suspect"], value["totals"]
    if not suspect["sources"]:
        return _in_all(value, totals, "") + _launches(value["launched"])
    names = listed((name.removeprefix("ip:") for name in suspect["sources"]), 3)
    said = f"From {names}, where the strongest errors came from: {_outcome(suspect)}"
    said += _launches(value["launched"])
    rest = " It came from nowhere else." if alone else f" {_in_all(value, totals, 'In all, ')}"
    return said + rest


def _outcome(reached: dict[str, Any]) -> str:
    failed = f"{many(reached['errors'], 'call')} failed{_tried(reached['refused_resources'])}."
    if not reached["calls"]:
        return f"nothing succeeded; {failed}"
    more = reached["beyond_reading"]
    does = many(sum(more.values()), "does", "do").replace("0 do", "none does")
    return (
        f"{many(reached['calls'], 'call')} succeeded ({_counted(reached['apis'])}){_about(reached)}"
        f"; {does} more than read" + (f" ({_counted(more, 12)})" if more else "") + f". {failed}"
    )


def _launches(launched: dict[str, Any]) -> str:
    """`` It launched 2 instances (i-0a, i-0b), which made 12 calls as web.``"""
    if not launched["count"]:
        return ""
    names = [row["instance"].removeprefix("instance:") for row in launched["instances"]]
    made = f"made {many(launched['calls'], 'call')} as {listed(map(label, launched['roles']), 3)}"
    return (
        f" It launched {many(launched['count'], 'instance')}"
        f" ({_first(names, launched['count'])}), which"
        f" {made if launched['calls'] else 'made no call of their own that was read'}."
    )


def _counted(apis: dict[str, int], most: int = 6) -> str:
    return listed((short(api) + (f" {n:,}x" if n > 1 else "") for api, n in apis.items()), most)


def _about(reached: dict[str, Any]) -> str:
    total = sum(reached["resources_by_kind"].values())
    if not total:
        return ""
    kinds = sorted(reached["resources_by_kind"].items(), key=lambda pair: (-pair[1], pair[0]))
    told = listed([f"{count:,} {kind}" for kind, count in kinds])
    return f", about {many(total, 'resource')} ({told}): {_first(reached['resources'], total, 3)}"


def _tried(count: int) -> str:
    return f", about {many(count, 'resource')} that it did not reach" if count else ""


def _in_all(value: dict[str, Any], totals: dict[str, int], lead: str) -> str:
    failed = f"{many(value['errors'], 'call')} failed"
    if not value["calls"]:
        apis = many(totals["refused_apis"], "API")
        return f"{lead}nothing succeeded: {failed}, to {apis}{_tried(totals['refused_resources'])}."
    total = totals["resources"]
    return (
        f"{lead}{many(value['calls'], 'call')} of the principal succeeded, to"
        f" {many(totals['apis'], 'API')} of {many(totals['services'], 'service')}"
        f" ({_first(value['services'], totals['services'])}), about {many(total, 'resource')}"
        + (f": {_first(value['resources'], total, 3)}" if total and not lead else "")
        + f"; {failed}."
    )


def _first(names: Iterable[str], total: int, most: int = 5) -> str:
    """Some of the names, and how many more there are of ``total``."""
    shown = list(names)[:most]
    return ", ".join(shown) + (f" and {total - len(shown):,} more" if total > len(shown) else "")
