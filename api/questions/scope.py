"""Question 6: what did the account's suspect reach in the last 24 hours?"""

from typing import Any

import pyarrow as pa

from offtrail.api.objects import Answer
from offtrail.api.questions.case import (
    DAY,
    READ,
    Case,
    calls,
    errors,
    listed,
    many,
    proof,
    values,
    where,
)
from offtrail.graph.window import Window

KEY = "scope"
QUESTION = "Which servers, services and data did it reach in the 24 hours up to the last error?"
LISTED = 50


def answer(case: Case) -> Answer:
    """Services, resources and instances reached with success, and those refused."""
    window = Window(max(0, case.last + 1 - DAY), case.last + 1)
    table = case.store.activities(window, principal=case.finding.principal, limit=READ)
    done, failed = where(table, code=""), errors(table)
    value = _value(case, done, failed)
    return Answer(
        key=KEY,
        question=QUESTION,
        answer=_said(value, done, failed),
        value=value,
        event_ids=proof(done, failed),
        confidence="high" if table.num_rows < READ else "medium",
        cannot_tell="" if table.num_rows < READ else f"only the first {READ:,} rows were read",
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
        "instances": [name for name in values(done, "resource") if ":instance/" in name],
    }
    return {
        "calls": calls(done),
        "errors": calls(failed),
        "totals": {name: len(names) for name, names in lists.items()},
        **{name: names[:LISTED] for name, names in lists.items()},
        "next": f"offtrail blast-radius {case.finding.principal}",
    }


def service(api: str) -> str:
    """The service of ``api:service:Operation``."""
    return api.split(":")[1] if api.count(":") > 1 else api


def _said(value: dict[str, Any], done: pa.Table, failed: pa.Table) -> str:
    totals = value["totals"]
    if not calls(done):
        return (
            f"Nothing succeeded: {many(value['errors'], 'call')} to"
            f" {many(totals['refused_apis'], 'API')} failed, about"
            f" {many(totals['refused_resources'], 'resource')}."
        )
    return (
        f"{many(value['calls'], 'call')} succeeded, to {many(totals['apis'], 'API')} of"
        f" {many(totals['services'], 'service')} ({listed(value['services'])}), about"
        f" {many(totals['resources'], 'resource')}"
        + (f": {listed(value['resources'], 3)}" if value["resources"] else "")
        + f". {many(value['errors'], 'call')} failed;"
        f" {many(totals['refused_resources'], 'resource')} were tried without success."
    )
