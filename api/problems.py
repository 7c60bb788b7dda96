"""Errors over HTTP: RFC 9457 problem documents, never a stack trace."""

import http
from typing import Any

from apiflask import HTTPError
from flask import Response
from werkzeug.exceptions import HTTPException

from offtrail.api.objects import encoded
from offtrail.api.problem import DEFECT, INVALID, Fault, Problem, problem_of

MEDIA = "application/problem+json"
WORDS = {
    400: "the request cannot be read; where a route takes a body, it is JSON",
    404: "no such route: /docs lists those there are",
    413: "the body is larger than is taken: send it in smaller pieces",
}
"""What is said where Werkzeug's own words speak of a browser."""
LOCATIONS = ("json", "query", "querystring", "path", "headers")


def response(problem: Problem, headers: dict[str, str] | None = None) -> Response:
    """A problem as a response."""
    answer = Response(encoded(problem), problem.status, headers, mimetype=MEDIA)
    if problem.status == http.HTTPStatus.UNAUTHORIZED:
        answer.headers["WWW-Authenticate"] = "Bearer"
    return answer


def of_ours(error: Exception) -> Response:
    """An error of the product's, as its table says."""
    return response(problem_of(error))


def of_input(error: HTTPError) -> Response:
    """What the input models refused, a pointer a field; other errors as they are."""
    title = INVALID if error.status_code == 422 else error.message or "Error"
    faults = tuple(_faults(error.detail))
    told = (f"{fault.pointer.removeprefix('/') or 'body'}: {fault.detail}" for fault in faults)
    detail = "; ".join(told) or error.message or ""
    return response(Problem(title, error.status_code, detail, errors=faults))


def _faults(detail: Any) -> list[Fault]:
    faults = []
    for location, fields in (detail or {}).items():
        if location in LOCATIONS and isinstance(fields, dict):
            for name, messages in fields.items():
                pointer = "" if name == "_schema" else "/" + name.replace(".", "/")
                faults += [
                    Fault(pointer, str(message).removeprefix("Value error, "))
                    for message in messages
                ]
    return faults


def of_http(error: HTTPException) -> Response:
    """Werkzeug's own errors: no such route, wrong method, body too large."""
    status = error.code or 500
    headers = {}
    if error.get_response().headers.get("Allow"):
        headers["Allow"] = error.get_response().headers["Allow"]
    detail = WORDS.get(status) or error.description or error.name
    return response(Problem(error.name, status, detail), headers)


def of_defect() -> Response:
    """An error that nobody foresaw: logged with its trace, told without."""
    return response(DEFECT)
