"""Error edges as findings show them: made from scored rows, merged over episodes, weighed."""

from collections.abc import Iterable, Sequence
from typing import Any

import msgspec

from offtrail.models.finding import ErrorEdge, Term
from offtrail.models.times import rfc3339

KEPT_EVENTS = 3

Record = dict[str, Any]
"""A row of ACTIVITY as a dict, as pyarrow gives it."""


def edge_of(records: Sequence[Record], terms: tuple[Term, ...], model: str) -> ErrorEdge:
    """The edge of failing activities of one (principal, API, code), with its top row's terms.

    ``model`` names what gave them.
    """
    first = min(records, key=lambda record: (record["first"], record["event_ids"]))
    proof = [record["event_ids"] for record in sorted(records, key=lambda record: record["first"])]
    return ErrorEdge(
        principal=first["principal"],
        api=first["api"],
        code=first["code"],
        error_class=first["error_class"],
        count=sum(record["count"] for record in records),
        first=rfc3339(first["first"]),
        last=rfc3339(max(record["last"] for record in records)),
        score=total(terms),
        terms=terms,
        event_ids=tuple(id for ids in proof for id in ids)[:KEPT_EVENTS],
        resource=_told(records, "resource"),
        reason=_told(records, "reason"),
        scored_by=model,
    )


def merged(edges: Iterable[ErrorEdge]) -> list[ErrorEdge]:
    """One edge a (principal, API, code), with the terms of its highest score, strongest first."""
    groups: dict[tuple[str, str, str], list[ErrorEdge]] = {}
    for edge in edges:
        groups.setdefault((edge.principal, edge.api, edge.code), []).append(edge)
    return ranked(_merge(group) for group in groups.values())


def with_evidence(edge: ErrorEdge, evidence: tuple[Term, ...]) -> ErrorEdge:
    """The edge with more terms; its score is still their sum."""
    terms = (*edge.terms, *evidence)
    return msgspec.structs.replace(edge, terms=terms, score=total(terms))


def ranked(edges: Iterable[ErrorEdge]) -> list[ErrorEdge]:
    """Strongest first; equal scores by time and name, so that the order is always the same."""
    return sorted(edges, key=lambda edge: (-edge.score, edge.first, edge.api, edge.code))


def total(terms: Iterable[Term]) -> float:
    """The sum of terms: exact, since each is a multiple of scorer.GRAIN."""
    return sum((term.value for term in terms), 0.0)


def _merge(group: list[ErrorEdge]) -> ErrorEdge:
    top = ranked(group)[0]
    in_time = sorted(group, key=lambda edge: edge.first)
    proof = tuple(id for edge in in_time for id in edge.event_ids)
    return msgspec.structs.replace(
        top,
        count=sum(edge.count for edge in group),
        first=in_time[0].first,
        last=max(edge.last for edge in group),
        event_ids=proof[:KEPT_EVENTS],
        resource=next((edge.resource for edge in in_time if edge.resource), ""),
        reason=next((edge.reason for edge in in_time if edge.reason), ""),
    )


def _told(records: Sequence[Record], field: str) -> str:
    """The earliest non-empty value of a field."""
    in_time = sorted(records, key=lambda record: (record["first"], record[field]))
    return next((str(record[field]) for record in in_time if record[field]), "")
