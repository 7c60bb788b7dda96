"""An activity: equal calls of one hour as one row. The Arrow forms that ingest hands to a store."""

from typing import NamedTuple

import pyarrow as pa

KEY = pa.schema(
    [
        ("hour", pa.int32()),  # hours since the epoch, UTC
        ("account", pa.string()),
        ("region", pa.string()),
        ("principal", pa.string()),
        ("kind", pa.string()),  # PrincipalKind
        ("principal_account", pa.string()),
        ("session", pa.string()),
        ("credential", pa.string()),
        ("api", pa.string()),
        ("code", pa.string()),
        ("error_class", pa.string()),
        ("reason", pa.string()),
        ("source", pa.string()),
        ("instance", pa.string()),
        ("resource", pa.string()),
        ("agent", pa.string()),
        ("via", pa.string()),
        ("mfa", pa.bool_()),
    ]
)
"""What makes two calls the same activity; every string is "" (never null) where there is none."""

FACT_KEY = pa.schema(
    [
        ("hour", pa.int32()),
        ("account", pa.string()),
        ("relation", pa.string()),  # FactRelation
        ("subject", pa.string()),
        ("object", pa.string()),
    ]
)

EVIDENCE = pa.schema(
    [
        ("ids", pa.list_(pa.binary(16))),  # Event.id of every call in the row, each once
        ("seconds", pa.list_(pa.int64())),  # Event.time, beside ``ids``
    ]
)

SUMMARY = pa.schema(
    [
        ("count", pa.int64()),
        ("first", pa.int64()),  # seconds since the epoch, UTC
        ("last", pa.int64()),
        ("event_ids", pa.list_(pa.string())),  # at most three, the earliest by (time, id)
    ]
)
"""What a store keeps and returns of EVIDENCE."""

PARTIAL = pa.schema([*KEY, *EVIDENCE])
PARTIAL_FACTS = pa.schema([*FACT_KEY, *EVIDENCE])
ACTIVITY = pa.schema([*KEY, *SUMMARY])
FACT = pa.schema([*FACT_KEY, *SUMMARY])


class Partial(NamedTuple):
    """What some records reduce to: rows of PARTIAL and of PARTIAL_FACTS, unique by their keys."""

    activities: pa.Table
    facts: pa.Table
