"""Alive, ready, and the figures of a server."""

from typing import Any

from flask import Response

from offtrail.api import metrics
from offtrail.api.errors import KNOWN
from offtrail.api.face import Face, Route
from offtrail.api.objects import Health
from offtrail.api.routes.answers import context, json

FACE = Face("health")


@FACE.route(Route("/healthz", "GET", "The process is alive", Health, scope=None))
def healthz() -> Any:
    """Alive."""
    return json(Health("ok"))


@FACE.route(Route("/readyz", "GET", "The store and the models are reachable", Health, scope=None))
def readyz() -> Any:
    """Ready to answer."""
    parts = {"store": _state(lambda: context().store.revision())}
    parts["models"] = _state(lambda: context().registry.champion())
    ready = all(state == "ok" for state in parts.values())
    return json(Health("ok" if ready else "unavailable", parts), 200 if ready else 503)


def _state(ask: Any) -> str:
    try:
        ask()
    except KNOWN as error:
        return str(error)
    return "ok"


@FACE.route(Route("/metrics", "GET", "Figures as Prometheus text", None, media=("text/plain",)))
def figures() -> Any:
    """Of every worker, and of the store."""
    return Response(metrics.text(context().store, context().registry), mimetype="text/plain")
