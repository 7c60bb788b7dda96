"""The HTTP face: routes over the pipeline, tokens at the door, problems for errors."""

import logging
import time
from pathlib import Path
from typing import Any

from apiflask import APIFlask, HTTPError
from flask import Request, Response, g, redirect, request
from werkzeug.exceptions import HTTPException

from offtrail.api import problems
from offtrail.api.errors import KNOWN
from offtrail.api.http_context import Context
from offtrail.api.openapi import finished, page
from offtrail.api.routes import FACES
from offtrail.api.tokens import bearer
from offtrail.api.visible import visible

LOG = logging.getLogger("offtrail.http")
BODY = 10 << 20
"""Bytes of a request's body at most."""


class _Request(Request):
    """No body is an empty one: to ask for a training nobody has to write ``{}``."""

    def on_json_loading_failed(self, e: ValueError | None) -> Any:
        return super().on_json_loading_failed(e) if self.get_data() else None


def create_app(
    url: str, models: Path, *, no_auth: bool = False, quarantine: Path = Path("quarantine")
) -> APIFlask:
    """The application over a store and a folder of models."""
    app = APIFlask(__name__, title="offtrail", version="1", docs_path=None, json_errors=False)
    app.request_class = _Request
    app.url_map.merge_slashes = False
    app.config.update(MAX_CONTENT_LENGTH=BODY, OPENAPI_VERSION="3.1.0", AUTO_TAGS=False)
    app.config.update(AUTO_VALIDATION_ERROR_RESPONSE=False, LOCAL_SPEC_JSON_INDENT=2)
    app.extensions["offtrail"] = Context(url, models, quarantine)
    rows = {name: row for face in FACES for name, row in face.rows.items()}
    for face in FACES:
        app.register_blueprint(face.blueprint)
    app.spec_processor(lambda spec: finished(dict(spec), rows))  # type: ignore[arg-type]
    app.get("/docs")(_docs(app))
    app.get("/")(_home())

    @app.before_request
    def _at_the_door() -> None:
        g.started = time.perf_counter()
        g.who = "anonymous"
        row = rows.get(request.endpoint or "")
        if row is not None and row.scope and not no_auth:
            store = app.extensions["offtrail"].store
            header = request.headers.get("Authorization")
            g.who = "token " + bearer(store, header, row.scope, int(time.time()))

    _say_errors(app)
    _count(app)
    return app


def _docs(app: APIFlask) -> Any:
    def docs() -> Response:
        return Response(page(app.spec), mimetype="text/html")  # type: ignore[arg-type]

    docs._spec = {"hide": True}  # type: ignore[attr-defined]
    return docs


def _home() -> Any:
    def home() -> Any:
        return redirect("/docs")

    home._spec = {"hide": True}  # type: ignore[attr-defined]
    return home


def _say_errors(app: APIFlask) -> None:
    for error in KNOWN:
        app.register_error_handler(error, problems.of_ours)
    app.error_processor(problems.of_input)
    app.register_error_handler(HTTPError, problems.of_input)
    app.register_error_handler(HTTPException, problems.of_http)  # the processor takes these too

    @app.errorhandler(Exception)
    def _defect(error: Exception) -> Response:
        LOG.error("%s %s", request.method, visible(request.path), exc_info=error)
        return problems.of_defect()


def _count(app: APIFlask) -> None:
    from offtrail.api.metrics import REQUESTS, SECONDS

    @app.after_request
    def _counted(answer: Response) -> Response:
        route = request.url_rule.rule if request.url_rule else "none"
        REQUESTS.labels(request.method, route, answer.status_code).inc()
        if "started" in g:
            SECONDS.labels(route).observe(time.perf_counter() - g.started)
        return answer
