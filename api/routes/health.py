"""Alive, ready, and the figures of a server."""

import logging
from typing import Any

from flask import Response

from offtrail.api import metrics
from offtrail.api.errors import KNOWN, row_of
from offtrail.api.face import Face, Route
from offtrail.api.objects import Health
from offtrail.api.problem import Problem
from offtrail.api.problems import response
from offtrail.api.routes.answers import context, json

LOG = logging.getLogger("offtrail.health")
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
    down = [f"{name}: {state}" for name, state in parts.items() if state != "ok"]
    if down:
        return response(Problem("Not ready", 503, "; ".join(down)))
    return json(Health("ok", parts))


def _state(ask: Any) -> str:
    try:
        ask()
    except KNOWN as error:
        LOG.warning("not ready: %s", error)
        return row_of(error).title  # the rest is for those who may read the log
    return "ok"


@FACE.route(Route("/metrics", "GET", "Figures as Prometheus text", None, media=("text/plain",)))
def figures() -> Any:
    """Of every worker, and of the store."""
    return Response(metrics.text(context().store, context().registry), mimetype="text/plain")
