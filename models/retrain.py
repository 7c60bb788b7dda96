"""Retraining: history out of a store, a candidate from all but its last days, judged on those."""

import hashlib
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import NamedTuple

import msgspec

from offtrail.graph.store import GraphStore
from offtrail.graph.window import HOUR, Window
from offtrail.models import feedback, gate
from offtrail.models.artefact import load, save
from offtrail.models.calls import Call, catalogue
from offtrail.models.config import Config
from offtrail.models.drift import drift
from offtrail.models.examples import Judged
from offtrail.models.feedback import Case, Shape
from offtrail.models.fusion import fit
from offtrail.models.ledger import Ledger
from offtrail.models.quarantine import held, learnable
from offtrail.models.registry import Entry, Registry
from offtrail.models.rows import Row, rows
from offtrail.models.serving import serving

HELD_BACK = 5  # the last 1/HELD_BACK of the history is what the gate judges on
CATALOGUE = "the shipped catalogue of calls"


class Task(NamedTuple):
    """What is learned from, and from where on the gate judges."""

    history: list[Row]
    judged: list[Judged]
    cut: int  # seconds since the epoch
    until: int


def task(store: GraphStore, until: int, days: int) -> Task:
    """The last ``days`` before ``until``: what may be learned, with analysts' words."""
    span = store.span()
    start = max(0, until - days * 24 * HOUR)
    cases = {case.finding: case for case in feedback.cases(store)}
    ledger = Ledger.load(store)
    texts: dict[str, str] = {}
    by_day = Window(start, until).days()
    seen = [row for day in by_day for row in rows(store.activities(day), texts)]
    history = learnable(seen, held(ledger, cases))
    begin = max(start, span.start if span else start)
    cut = until - (until - begin) // HELD_BACK
    return Task(history, _judged(seen, cases.values(), cut), cut, until)


def _judged(seen: Sequence[Row], cases: Iterable[Case], cut: int) -> list[Judged]:
    """Errors before the cut of which a word speaks.

    A principal's own word goes before one said of all accounts, a later before an earlier one.
    """
    of: dict[tuple[str, str], list[tuple[Case, Shape]]] = defaultdict(list)
    for case in (case for case in cases if case.word is not None):
        for shape in case.shapes:
            of[shape.api, shape.error_class].append((case, shape))

    @cache
    def words(principal: str, api: str, error_class: str) -> list[Case]:
        spoken = [
            (shape.principal == principal, case.entries[-1].when, case)
            for case, shape in of.get((api, error_class), ())
            if case.names(shape, principal)
        ]
        return [case for *_, case in sorted(spoken, key=lambda one: one[:2], reverse=True)]

    found = []
    for row in (row for row in seen if row.code and row.second < cut):
        spoken = words(row.principal, row.api, row.error_class)
        word = next((case for case in spoken if case.holds_at(row.second)), None)
        if word is not None:
            found.append(Judged(row, not word.harmless))
    return found


class Learned(NamedTuple):
    """A registered candidate and what the gate said of it."""

    entry: Entry
    verdict: gate.Verdict


def retrain(
    asked: Task,
    registry: Registry,
    config: Config,
    *,
    kind: str = "full",
    calls: Sequence[Call] | None = None,
    at_gate: Callable[[str], None] = lambda model: None,
) -> Learned:
    """Fit a candidate, register it, judge it against the model that serves; promote or refuse.

    ``at_gate`` is told the candidate's id before and after judging; it may raise, to stop.
    """
    known = list(calls) if calls is not None else catalogue()
    past = [row for row in asked.history if row.second < asked.cut]
    model = fit(past, known, config, judged=asked.judged)
    digest = _digest(asked.history)
    id = _id(asked, config, digest)

    def build(folder: Path) -> None:
        save(model, folder)
        (folder / "card.json").write_bytes(_card(asked, config, known, digest, kind=kind, id=id))

    registry.add(id, build, note=kind)
    at_gate(id)
    _, before = serving(registry)
    champion = load(before) if before is not None else None
    verdict = gate.judge(asked.history, asked.cut, catalogue(), model, champion, config.seed)
    at_gate(id)  # may still say no: another trainer has taken over
    return Learned(_settle(registry, id, verdict), verdict)


def _settle(registry: Registry, id: str, verdict: gate.Verdict) -> Entry:
    figures = msgspec.to_builtins(verdict)
    if verdict.holds:
        return registry.promote(id, figures)
    failed = "; ".join(f"{d.demand}: {d.value:.3f}" for d in verdict.demands if not d.holds)
    return registry.refuse(id, figures, failed)


def _id(asked: Task, config: Config, digest: str) -> str:
    told = msgspec.msgpack.encode([asked.cut, asked.until, config, digest])
    when = datetime.fromtimestamp(asked.until, UTC).strftime("%Y%m%dT%H%M%SZ")
    return f"m-{when}-{hashlib.sha256(told).hexdigest()[:8]}"


def _digest(history: Sequence[Row]) -> str:
    told, encoder = hashlib.sha256(), msgspec.msgpack.Encoder()
    for row in sorted(history):
        told.update(encoder.encode(row))
    return told.hexdigest()


def _card(
    asked: Task, config: Config, known: Sequence[Call], digest: str, *, kind: str, id: str
) -> bytes:
    """The model card: what it was made of, so that it can be made again."""
    card = {
        "id": id,
        "kind": kind,
        "created": datetime.now(UTC).isoformat(timespec="seconds"),
        "history": {
            "activities": len(asked.history),
            "until": asked.until,
            "gate_from": asked.cut,
            "sha256": digest,
        },
        "analysts_words": len(asked.judged),
        "drift": msgspec.to_builtins(drift(asked.history, asked.cut)),
        "catalogue": {
            "name": CATALOGUE,
            "calls": len(known),
            "sha256": hashlib.sha256(msgspec.msgpack.encode(sorted(known))).hexdigest(),
        },
        "config": msgspec.to_builtins(config),
    }
    return msgspec.json.format(msgspec.json.encode(card))
