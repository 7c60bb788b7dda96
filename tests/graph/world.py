"""A small made-up world of calls and facts, what they come to, and all that a store answers."""

from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

from hypothesis import strategies as st

from offtrail.graph.schema import KINDS, RELATIONS, Relation
from offtrail.graph.store import File, GraphStore
from offtrail.graph.window import ALWAYS, HOUR, Window
from offtrail.ingest.activity import KEY, Partial
from tests.graph.made import ACCOUNT, call, fact, partial

START = 1_764_000_000 // 86_400 * 86_400 + 22 * HOUR  # two hours before midnight
HOURS = 30
ROLE = f"arn:aws:iam::{ACCOUNT}:role/"
PEOPLE = [f"{ROLE}admin", f"{ROLE}deploy", f"arn:aws:iam::{ACCOUNT}:user/ann"]
CODES = [("", ""), ("AccessDenied", "denied"), ("Throttling", "throttled"), ("Odd", "denied")]
CODES += [("Odd", "other")]
APIS = ["api:iam:ListUsers", "api:s3:GetObject", "api:sts:AssumeRole", "api:kms:Décrypt"]
KEYS = ["", "key:ASIAEXAMPLE0000000001", "key:AKIAEXAMPLE0000000002"]
RESOURCES = ["", *PEOPLE[:2], "arn:aws:s3:::logs", "arn:aws:s3:::50%_off"]
INSTANCES = ["", "instance:i-0a1b2c3d4e5f60718"]
ADDRESSES = ["ip:198.51.100.7", "ip:203.0.113.9", "service:lambda.amazonaws.com"]

Row = dict[str, Any]


@st.composite
def rows(draw: st.DrawFn, number: int) -> tuple[Row, Row | None]:
    """One call, and sometimes the fact that it proves."""
    hours = st.one_of(st.integers(0, 3), st.integers(0, HOURS - 1))
    time = START + draw(hours) * HOUR + draw(st.sampled_from([0, 1, 1800, 3599]))
    code, error_class = draw(st.sampled_from(CODES))
    row = call(
        number,
        time,
        principal=draw(st.sampled_from(PEOPLE)),
        api=draw(st.sampled_from(APIS)),
        credential=draw(st.sampled_from(KEYS)),
        resource=draw(st.sampled_from(RESOURCES)),
        source=draw(st.sampled_from(ADDRESSES)),
        instance=draw(st.sampled_from(INSTANCES)),
        mfa=draw(st.booleans()),
        code=code,
        error_class=error_class,
    )
    relation = draw(st.sampled_from(["", "", "ISSUED", "HELD", "RAN_AS", "LAUNCHED"]))
    ends = {
        "ISSUED": (KEYS[2], KEYS[1]),
        "HELD": (INSTANCES[1], row["source"]),
        "RAN_AS": (INSTANCES[1], row["principal"]),
        "LAUNCHED": (row["principal"], INSTANCES[1]),
    }
    return row, fact(number, time, relation, *ends[relation]) if relation else None


@st.composite
def worlds(draw: st.DrawFn, least: int = 1, most: int = 40) -> list[tuple[Row, Row | None]]:
    """Some calls, each with its own event."""
    size = draw(st.integers(least, most))
    return [draw(rows(number)) for number in range(size)]


def batch(world: Iterable[tuple[Row, Row | None]]) -> Partial:
    """The partial that ingest would hand over."""
    world = list(world)
    return partial((row for row, _ in world), (proved for _, proved in world if proved))


def ids(world: Iterable[tuple[Row, Row | None]]) -> list[str]:
    """Every node that the world names, and one that it does not."""
    return [*sorted({end for r in arrows(world) for end in (r.source, r.target)}), "ip:192.0.2.1"]


class Arrow(NamedTuple):
    """What one relation must come to in a window, told apart from the product's own projection."""

    source: str
    target: str
    type: str
    code: str
    error_class: str
    count: int
    first: int
    last: int
    events: tuple[str, ...]
    hour: int  # the latest


def arrows(world: Iterable[tuple[Row, Row | None]], window: Window = ALWAYS) -> list[Arrow]:
    """All relations of the calls in a window, row by row."""
    found: dict[tuple[str, ...], list[tuple[int, str, str]]] = {}
    start, end = window.hours
    for row, proved in world:
        for relation in RELATIONS:
            of = proved if relation.fact else row
            if of and start <= of["hour"] <= end and _proves(relation, of):
                code, least = (of["code"], of["error_class"]) if relation.coded else ("", "")
                key = (of[relation.source], of[relation.target], relation.name, code)
                found.setdefault(key, []).append((of["second"], _text(of["id"]), least))
    return [_arrow(key, sorted(calls)) for key, calls in found.items()]


def _arrow(key: Sequence[str], calls: list[tuple[int, str, str]]) -> Arrow:
    source, target, type, code = key
    least = min(error_class for _, _, error_class in calls)
    events = tuple(id for _, id, _ in calls[:3])
    first, last = calls[0][0], calls[-1][0]
    return Arrow(source, target, type, code, least, len(calls), first, last, events, last // HOUR)


def _proves(relation: Relation, row: Row) -> bool:
    if not (row[relation.source] and row[relation.target]):
        return False
    if relation.fact:
        return bool(row["relation"] == relation.name)
    outcome = {
        "any": True,
        "succeeded": not row["code"],
        "failed": bool(row["code"]),
        "denied": row["error_class"] == "denied",
    }[relation.outcome]
    return outcome and (not relation.apis or row["api"] in relation.apis)


def _text(id: bytes) -> str:
    h = id.hex()
    return f"{h[:8]}-{h[8:12]}-{h[12:16]}-{h[16:20]}-{h[20:]}"


def activities(world: Iterable[tuple[Row, Row | None]], window: Window = ALWAYS) -> list[Row]:
    """The rows of ACTIVITY that a window must hold, in order."""
    groups: dict[tuple[Any, ...], list[tuple[int, str]]] = {}
    start, end = window.hours
    for row, _ in world:
        if start <= row["hour"] <= end:
            key = tuple(row[name] for name in KEY.names)
            groups.setdefault(key, []).append((row["second"], _text(row["id"])))
    found = []
    for key, calls in groups.items():
        calls.sort()
        summed = {"count": len(calls), "first": calls[0][0], "last": calls[-1][0]}
        kept = {"event_ids": [id for _, id in calls[:3]]}
        found.append(dict(zip(KEY.names, key, strict=True)) | summed | kept)
    return sorted(found, key=lambda r: (r["first"], *(r[name] for name in KEY.names)))


WINDOWS = (
    ALWAYS,
    Window(START, START + HOUR),
    Window(START + HOUR // 2, START + HOUR + 1),
    Window(START + 2 * HOUR, START + 26 * HOUR),
    Window(START - 50 * HOUR, START),
)


def answers(store: GraphStore, names: Iterable[str], windows: Sequence[Window] = WINDOWS) -> Any:
    """All that a store answers about some nodes, but for revisions, which count writes."""
    told: dict[Any, Any] = {"span": store.span(), "files": store.files(f.uri for f in LEDGER)}
    check = store.check()
    told["check"] = (check.digest, check.counts, check.problems)
    names = list(names)
    told["nodes"] = store.nodes(names)
    for text in ("role", "ROLE/A", "é", "%", "_", "s3", "logs", "5", "i-0a1b", '"', "*", "\\"):
        told["search", text] = store.search(text)
        told["search in kind", text] = [store.search(text, kind=k, limit=2) for k in KINDS]
    for window in windows:
        told["activities", window] = store.activities(window).to_pylist()
        told["errors", window] = store.activities(window, errors_only=True).to_pylist()
        told["some", window] = store.activities(window, limit=3).to_pylist()
        told["facts", window] = store.facts(window).to_pylist()
        for name in names:
            told["of", name, window] = _about(store, name, window)
    return told


def _about(store: GraphStore, name: str, window: Window) -> list[Any]:
    columns = ("principal", "api", "source", "credential", "instance", "resource")
    return [
        store.relationships(window, name),
        store.relationships(window, name, limit=2),
        store.relationships(window, name, types=["FAILED", "USED"], limit=1),
        store.ego(name, window),
        store.ego(name, window, hops=2, cap=2),
        store.ego(name, window, hops=3, cap=3, limit=4),
        store.ego(name, window, hops=0),
        store.facts(window, node=name).to_pylist(),
        store.facts(window, node=name, relation="HELD").to_pylist(),
        *(store.activities(window, **{column: name}).to_pylist() for column in columns),
        store.activities(window, principal=PEOPLE[0], resource=name, limit=1).to_pylist(),
    ]


LEDGER = (File("s3://bucket/a.json.gz", "12-abc", 3),)
