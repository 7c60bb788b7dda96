"""Calls made by us, as the partials that ingest hands to a store."""

import threading
import uuid
from collections.abc import Iterable
from typing import Any

import pyarrow as pa

from offtrail.ingest.activity import FACT_KEY, KEY, PARTIAL, PARTIAL_FACTS, Partial

ACCOUNT = "111122223333"


def event_id(number: int) -> bytes:
    """An id that tells its number: 00000000-0000-4000-8000-000000000007."""
    return uuid.UUID(f"00000000-0000-4000-8000-{number:012d}").bytes


def call(number: int, time: int, **fields: Any) -> dict[str, Any]:
    """One call as a row; what is not said is an administrator listing users."""
    usual = dict.fromkeys(KEY.names, "") | {
        "hour": time // 3600,
        "account": ACCOUNT,
        "region": "us-east-1",
        "principal": f"arn:aws:iam::{ACCOUNT}:role/admin",
        "kind": "role",
        "principal_account": ACCOUNT,
        "credential": "key:ASIAADMIN0000000001",
        "api": "api:iam:ListUsers",
        "source": "ip:198.51.100.7",
        "agent": "aws-cli",
        "mfa": False,
    }
    denied = {"error_class": "denied"} if fields.get("code") else {}
    return usual | denied | fields | {"id": event_id(number), "second": time}


def fact(number: int, time: int, relation: str, subject: str, object: str) -> dict[str, Any]:
    """One fact as a row."""
    key = {"hour": time // 3600, "account": ACCOUNT, "relation": relation}
    return key | {"subject": subject, "object": object, "id": event_id(number), "second": time}


def partial(calls: Iterable[dict[str, Any]], facts: Iterable[dict[str, Any]] = ()) -> Partial:
    """The rows reduced, each key once."""
    return Partial(_table(calls, KEY, PARTIAL), _table(facts, FACT_KEY, PARTIAL_FACTS))


def _table(rows: Iterable[dict[str, Any]], key: pa.Schema, schema: pa.Schema) -> pa.Table:
    groups: dict[tuple[Any, ...], list[tuple[bytes, int]]] = {}
    for row in rows:
        name = tuple(row[field] for field in key.names)
        groups.setdefault(name, []).append((row["id"], row["second"]))
    full = [
        (*name, [id for id, _ in calls], [second for _, second in calls])
        for name, calls in groups.items()
    ]
    columns = list(zip(*full, strict=True)) or [()] * len(schema)
    arrays = [pa.array(c, f.type) for c, f in zip(columns, schema, strict=True)]
    return pa.Table.from_arrays(arrays, schema=schema)


def at_once(works) -> None:
    """Run works in threads of their own; what one raises is raised here."""
    raised: list[BaseException] = []

    def guarded(work) -> None:
        try:
            work()
        except BaseException as error:  # noqa: BLE001 - it is raised again below
            raised.append(error)

    threads = [threading.Thread(target=guarded, args=(work,)) for work in works]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if raised:
        raise raised[0]
