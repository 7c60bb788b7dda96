"""How a route's answer is written, and what it asks of the application."""

from collections.abc import Sequence
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


def chosen(forms: Sequence[str], what: str) -> str:
    """The form that the client would rather have; the first where it does not say.

    Raises:
        NotAcceptable: it wants none of them.
    """
    wanted = request.accept_mimetypes
    best = wanted.best_match(forms) if wanted else forms[0]
    if best is None:
        raise NotAcceptable(f"{what} is {' or '.join(forms)}")
    return best


def graph(answer: Subgraph) -> Response:
    """A subgraph as the client wants it: ours, or NetworkX node-link data."""
    if chosen(("application/json", NODE_LINK), "a subgraph") == NODE_LINK:
        from offtrail.api.nodelink import node_link

        return Response(node_link(answer), mimetype=NODE_LINK)
    return json(answer)
