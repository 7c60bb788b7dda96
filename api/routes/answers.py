"""How a route's answer is written, and what it asks of the application."""

from typing import Any

from flask import Response, current_app, request
from werkzeug.exceptions import NotAcceptable

from offtrail.api.http_context import Context
from offtrail.api.objects import Subgraph, encoded

NODE_LINK = "application/vnd.networkx+json"


def context() -> Context:
    """The store and the registry of this application."""
    found: Context = current_app.extensions["offtrail"]
    return found


def json(answer: Any, status: int = 200) -> Response:
    """An object as JSON."""
    return Response(encoded(answer), status, mimetype="application/json")


def graph(answer: Subgraph) -> Response:
    """A subgraph as the client wants it: ours, or NetworkX node-link data."""
    wanted = request.accept_mimetypes
    best = wanted.best_match(["application/json", NODE_LINK]) if wanted else "application/json"
    if best is None:
        raise NotAcceptable(f"a subgraph is application/json or {NODE_LINK}")
    if best == NODE_LINK:
        from offtrail.api.nodelink import node_link

        return Response(node_link(answer), mimetype=NODE_LINK)
    return json(answer)
