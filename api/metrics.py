"""``/metrics``: what a server counts itself, and what the store says, as Prometheus text."""

import os

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.multiprocess import MultiProcessCollector

from offtrail.api import lists, totals
from offtrail.graph.store import GraphStore
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
    _records(registry, store)
    _findings(registry, store)
    _drift(registry, store, models)
    return generate_latest(registry)


def _records(registry: CollectorRegistry, store: GraphStore) -> None:
    """Records of all ingest runs: nothing is dropped in silence."""
    told = totals.read(store)
    records = Gauge(
        "offtrail_records",
        "Records of all ingest runs",
        ["outcome", "reason"],
        registry=registry,
    )
    for outcome in ("read", "kept", "duplicate"):
        records.labels(outcome, "").set(told[outcome])
    for outcome in ("skipped", "quarantined"):
        for reason, count in told[outcome].items():
            records.labels(outcome, reason).set(count)
    files = Gauge("offtrail_files", "Files of all ingest runs", ["outcome"], registry=registry)
    files.labels("read").set(told["files_read"])
    files.labels("failed").set(told["files_failed"])


def _findings(registry: CollectorRegistry, store: GraphStore) -> None:
    findings = Gauge("offtrail_findings", "Findings", ["status"], registry=registry)
    for status in ("open", "closed"):
        findings.labels(status).set(0)
    for finding in lists.every(store):
        findings.labels(finding.status).inc()
    revision = Gauge("offtrail_store_revision", "Writes that kept a call", registry=registry)
    revision.set(store.revision())


def _drift(registry: CollectorRegistry, store: GraphStore, models: Registry) -> None:
    """Nominal against actual alert rate, and how new the days after the model's training were."""
    span = store.span()
    rate = alert_rate(Ledger.load(store), span.end if span else 0)
    alerts = Gauge("offtrail_alerts_a_day", "Alerted principals", ["rate"], registry=registry)
    alerts.labels("nominal").set(rate.nominal)
    alerts.labels("actual").set(rate.actual)
    known = lists.every(store)
    calibrated = Gauge(
        "offtrail_findings_calibrated_share", "Findings with a p-value", registry=registry
    )
    calibrated.set(sum(f.calibrated for f in known) / len(known) if known else 0.0)
    name, told = card(models)
    model = Gauge("offtrail_model", "The model that serves", ["model"], registry=registry)
    model.labels(name).set(1)
    drift = Gauge(
        "offtrail_model_drift",
        "The days after training against those before",
        ["figure"],
        registry=registry,
    )
    for figure, value in told.get("drift", {}).items():
        drift.labels(figure).set(value)
