"""Findings: the alerted episodes of a principal put together, weighed, said in a sentence."""

import hashlib
from collections.abc import Iterable, Sequence

import msgspec

from offtrail.graph.store import GraphStore
from offtrail.graph.window import DAY, HOUR, Window
from offtrail.models import edges, evidence
from offtrail.models.episodes import Episode, corroborated
from offtrail.models.feedback import Case
from offtrail.models.finding import ErrorEdge, Finding
from offtrail.models.times import second_of

KIND = "finding"
EDGES = 50  # strongest edges that a finding lists
BEAT_DAYS = 92  # days of errors in which a beat is looked for
AROUND_DAYS = 7  # days of alerted errors in which retries are looked for


def stored(store: GraphStore) -> dict[str, Finding]:
    """Every finding, by id."""
    found = (msgspec.convert(body, Finding) for body in store.documents(KIND))
    return {finding.id: finding for finding in found}


def name(principal: str, hour: int) -> str:
    """The id of a finding: its principal and the hour of its first alerted episode."""
    return "F-" + hashlib.blake2b(f"{principal} {hour}".encode(), digest_size=6).hexdigest()


def ranked(findings: Iterable[Finding]) -> list[Finding]:
    """Strongest first; equal scores by time and id, so that the order is always the same."""
    return sorted(findings, key=lambda finding: (-finding.score, finding.opened, finding.id))


def assembled(
    store: GraphStore,
    episodes: Sequence[Episode],
    before: Finding | None,
    cases: Sequence[Case],
    until: int,
) -> Finding:
    """The finding of these episodes (of one principal, earliest first), as known at ``until``."""
    top = edges.merged(edge for episode in episodes for edge in episode.edges)[:EDGES]
    facts = episodes[-1]
    others = [case for case in cases if case.finding != facts.finding]
    weighed = edges.ranked(
        edges.with_evidence(edge, evidence.weighed(_facts(store, facts, edge, others, until)))
        for edge in top
    )
    p_values = [episode.p_value for episode in episodes if episode.p_value is not None]
    finding = Finding(
        id=facts.finding,
        principal=facts.principal,
        status=before.status if before else "open",
        opened=min(edge.first for edge in weighed),
        closed=before.closed if before else None,
        score=corroborated([edge.score for edge in weighed]),
        calibrated=bool(p_values),
        summary="",
        edges=tuple(weighed),
        sources=_distinct(episode.source for episode in episodes),
        sessions=_distinct(name for episode in episodes for name in episode.sessions),
        credentials=_distinct(name for episode in episodes for name in episode.credentials),
        instances=_distinct(name for episode in episodes for name in episode.instances),
        account=facts.account,
        verdict=before.verdict if before else None,
        kind=facts.kind,
        p_value=min(p_values, default=None),
        scored_by=weighed[0].scored_by,
    )
    return msgspec.structs.replace(
        finding, summary=summary(finding, len({episode.hour for episode in episodes}))
    )


def summary(finding: Finding, hours: int) -> str:
    """One sentence: who, how much, from where, led by what, and how rare where that is known."""
    top = finding.edges[0]
    denied = sum(edge.error_class == "denied" for edge in finding.edges)
    one = len(finding.edges) == 1
    share = {
        0: "not denied" if one else "none of them denied",
        len(finding.edges): "denied" if one else "all of them denied",
    }
    rare = (
        f"; at most {finding.p_value:.2%} of benign error edges like it score as high"
        if finding.p_value is not None
        else ""
    )
    return (
        f"{finding.principal}: {_many(len(finding.edges), 'error edge')},"
        f" {share.get(denied, f'{denied} of them denied')},"
        f" in {_many(hours, 'hour')} from {_many(len(finding.sources), 'source')}; "
        f"led by {top.api.removeprefix('api:')} ({top.code}), {_why(top)}{rare}"
    )


def _why(edge: ErrorEdge) -> str:
    """The strongest reason beside the denial, which the code says already."""
    reasons = [term for term in edge.terms if term.name != "denied"] or list(edge.terms)
    return max(reasons, key=lambda term: term.value).because


def _many(count: int, word: str) -> str:
    return f"{count} {word}" + ("" if count == 1 else "s")


def _distinct(names: Iterable[str]) -> tuple[str, ...]:
    return tuple(sorted({name for name in names if name}))


def _facts(
    store: GraphStore, episode: Episode, edge: ErrorEdge, cases: Sequence[Case], until: int
) -> evidence.Facts:
    first, last = second_of(edge.first), second_of(edge.last)
    near = Window(max(first, last - AROUND_DAYS * DAY), max(last + 2 * HOUR, first))
    long = Window(max(0, until - BEAT_DAYS * DAY), until)
    return evidence.Facts(
        account=episode.account,
        principal=edge.principal,
        kind=episode.kind,
        api=edge.api,
        code=edge.code,
        error_class=edge.error_class,
        second=last,
        cases=cases,
        failed=store.activities(long, principal=edge.principal, api=edge.api, errors_only=True),
        around=store.activities(near, principal=edge.principal, api=edge.api)
        if edge.error_class == "denied"
        else None,
    )


def marked(store: GraphStore, known: Iterable[Finding], suspects: int) -> list[Finding]:
    """Show the open findings in the graph; every finding, strongest first."""
    ordered = ranked(known)
    open_ones = [finding for finding in ordered if finding.status == "open"]
    scores = {
        (edge.principal, edge.api, edge.code): edge.score
        for finding in reversed(open_ones)
        for edge in finding.edges
    }
    bands = {finding.principal: "Watch" for finding in open_ones[suspects:]}
    bands |= {finding.principal: "Suspect" for finding in open_ones[:suspects]}
    store.mark(scores, bands)
    return ordered
