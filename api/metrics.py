"""``/metrics``: what a server counts itself, and what the store says, as Prometheus text."""

import os
from collections import Counter as Tally
from collections.abc import Iterable, Iterator, Sequence

from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.registry import Collector

from offtrail.api import lists, totals
from offtrail.graph.store import GraphStore
from offtrail.models.budget import kept
from offtrail.models.checkpoint import scored_until
from offtrail.models.drift import alert_rate
from offtrail.models.ledger import Ledger
from offtrail.models.registry import Registry
from offtrail.models.serving import card

REQUESTS = Counter("offtrail_http_requests", "Requests answered", ["method", "route", "status"])
SECONDS = Histogram("offtrail_http_request_seconds", "Time to answer", ["route"])


def text(store: GraphStore, models: Registry) -> bytes:
    """All figures: those of every worker, and those of the store at this moment."""
    registry = CollectorRegistry()
    if "PROMETHEUS_MULTIPROC_DIR" in os.environ:
        MultiProcessCollector(registry)  # type: ignore[no-untyped-call]
    else:
        registry.register(REQUESTS)
        registry.register(SECONDS)
    registry.register(_Store(store, models))
    return generate_latest(registry)


class _Store(Collector):
    """What the store says at this moment: the same whoever is asked, so of no process."""

    def __init__(self, store: GraphStore, models: Registry) -> None:
        self._store, self._models = store, models

    def collect(self) -> Iterator[GaugeMetricFamily]:
        """Every figure once."""
        yield from _records(self._store)
        yield from _findings(self._store)
        yield from _drift(self._store, self._models)


def _gauge(
    name: str, about: str, labels: tuple[str, ...], values: Iterable[tuple[Sequence[str], float]]
) -> GaugeMetricFamily:
    gauge = GaugeMetricFamily(f"offtrail_{name}", about, labels=labels)
    for given, value in values:
        gauge.add_metric(given, value)
    return gauge


def _records(store: GraphStore) -> Iterator[GaugeMetricFamily]:
    """Records of all ingest runs: nothing is dropped in silence."""
    told = totals.read(store)
    counts = {(outcome, ""): told[outcome] for outcome in ("read", "kept", "duplicate")}
    for outcome in ("skipped", "quarantined"):
        counts |= {(outcome, reason): count for reason, count in told[outcome].items()}
    yield _gauge("records", "Records of all ingest runs", ("outcome", "reason"), counts.items())
    files = {(outcome,): told[f"files_{outcome}"] for outcome in ("read", "failed")}
    yield _gauge("files", "Files of all ingest runs", ("outcome",), files.items())


def _findings(store: GraphStore) -> Iterator[GaugeMetricFamily]:
    known = lists.every(store)
    count = Tally(finding.status for finding in known)
    statuses = {(status,): count[status] for status in ("open", "closed")}
    yield _gauge("findings", "Findings", ("status",), statuses.items())
    share = sum(f.calibrated for f in known) / len(known) if known else 0.0
    yield _gauge("findings_calibrated_share", "Findings with a p-value", (), [((), share)])
    yield _gauge("store_revision", "Writes that kept a call", (), [((), store.revision())])


def _drift(store: GraphStore, models: Registry) -> Iterator[GaugeMetricFamily]:
    """Nominal against actual alert rate, and how new the days after the model's training were."""
    span = store.span()
    rate = alert_rate(Ledger.load(store), span.end if span else 0, kept(store).a_day)
    rates = {("nominal",): rate.nominal, ("actual",): rate.actual}
    yield _gauge("alerts_a_day", "Alerted principals", ("rate",), rates.items())
    if span:
        about = "The latest call that was read, in seconds since the epoch"
        yield _gauge("latest_call_timestamp_seconds", about, (), [((), span.end - 1)])
    scored = scored_until(store)
    if scored is not None:
        about = "The time before which every hour is scored, in seconds since the epoch"
        yield _gauge("scored_timestamp_seconds", about, (), [((), scored)])
    name, told = card(models)
    yield _gauge("model", "The model that serves", ("model",), [((name,), 1)])
    figures = {(figure,): value for figure, value in told.get("drift", {}).items()}
    about = "The days after training against those before"
    yield _gauge("model_drift", about, ("figure",), figures.items())
