"""Calls of alice, made by us, and a finding about her: what tests of the questions ask about."""

from typing import Any

from offtrail.api.investigate import investigate
from offtrail.api.objects import Answer, Investigation
from offtrail.graph.store import GraphStore
from offtrail.models.finding import ErrorEdge, Finding, Term
from offtrail.models.times import rfc3339
from tests.graph.made import ACCOUNT, call, partial

USER = f"arn:aws:iam::{ACCOUNT}:user/alice"
KEY = "key:AKIAALICE00000000001"
MONDAY = 1_767_571_200  # 2026-01-05T00:00:00Z
DAY, HOUR = 86_400, 3_600
ERRED = MONDAY + 9 * DAY + 22 * HOUR  # a Wednesday, 22:00
USUAL, STRANGE = "ip:198.51.100.7", "ip:203.0.113.9"


class Trail:
    """Calls of alice, numbered, in the order they are added."""

    def __init__(self) -> None:
        self.calls: list[dict[str, Any]] = []

    def add(self, time: int, api: str, **fields: Any) -> None:
        usual = {"principal": USER, "kind": "user", "credential": KEY, "source": USUAL}
        self.calls.append(call(len(self.calls), time, api=f"api:{api}", **(usual | fields)))

    def week(self, *, agent: str = "boto3") -> None:
        """Nine days of reading one bucket at ten in the morning."""
        for day in range(9):
            self.add(
                MONDAY + day * DAY + 10 * HOUR,
                "s3:GetObject",
                resource="arn:aws:s3:::acme-orders",
                agent=agent,
            )

    def erring(self, time: int = ERRED, **fields: Any) -> None:
        strange = {"source": STRANGE, "code": "AccessDenied", "agent": "boto3"}
        self.add(time, "iam:ListUsers", **(strange | fields))


def finding(**fields: Any) -> Finding:
    edge = ErrorEdge(
        principal=USER,
        api="api:iam:ListUsers",
        code="AccessDenied",
        error_class="denied",
        count=1,
        first=rfc3339(ERRED),
        last=rfc3339(ERRED + 60),
        score=3.0,
        terms=(Term("denied", 3.0, "a denial"),),
        event_ids=(),
    )
    usual: dict[str, Any] = {
        "id": "F-1",
        "principal": USER,
        "status": "open",
        "opened": rfc3339(ERRED),
        "closed": None,
        "score": 3.0,
        "calibrated": False,
        "summary": "",
        "edges": (edge,),
        "sources": (STRANGE,),
        "sessions": (),
        "credentials": (KEY,),
        "account": ACCOUNT,
        "kind": "user",
    }
    return Finding(**(usual | fields))


def asked(store: GraphStore, trail: Trail, **fields: Any) -> Investigation:
    store.write(partial(trail.calls))
    return investigate(store, finding(**fields))


def told(answered: Investigation, key: str) -> Answer:
    return next(one for one in answered.answers if one.key == key)
