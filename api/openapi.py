"""The OpenAPI document: every answer's schema from the objects, every problem from the rows."""

import re
from collections.abc import Mapping
from typing import Any

import msgspec

from offtrail.api.face import Route
from offtrail.api.problem import Problem
from offtrail.api.problems import MEDIA
from offtrail.api.routes.answers import NODE_LINK

PARAMETER = re.compile(r"<(?:\w+:)?(\w+)>")
TITLES = {
    400: "The request cannot be read",
    401: "No token, or none that is valid",
    403: "The token's scope does not reach",
    404: "There is no such thing",
    405: "The route has no such method",
    406: "The answer has no such form",
    409: "It cannot be done in the present state, or more than one thing is meant",
    413: "The body is too large",
    415: "The body is of a kind that is not read",
    422: "The input is not valid",
    503: "A part that the answer needs is down",
}

NODE_LINK_DATA = {
    "type": "object",
    "description": 'NetworkX node-link data: networkx.node_link_graph(..., edges="edges")',
    "properties": {
        "directed": {"const": True},
        "multigraph": {"const": True},
        "graph": {"type": "object", "description": "The seed, the window, whether it is cut"},
        "nodes": {"type": "array", "items": {"type": "object", "required": ["id"]}},
        "edges": {
            "type": "array",
            "items": {"type": "object", "required": ["source", "target", "key"]},
        },
    },
    "required": ["directed", "multigraph", "graph", "nodes", "edges"],
}
OTHER = {NODE_LINK: NODE_LINK_DATA, "text/html": {"type": "string"}}
"""The schemas of the forms of an answer that are not its object as JSON."""


def finished(spec: dict[str, Any], rows: Mapping[str, Route]) -> dict[str, Any]:
    """The generated document with the answers, problems and security of each row."""
    answers = [answer for row in rows.values() for answer in row.answers]
    schemas, components = msgspec.json.schema_components(
        [*dict.fromkeys(answers), Problem], ref_template="#/components/schemas/{name}"
    )
    by_class = dict(zip([*dict.fromkeys(answers), Problem], schemas, strict=True))
    parts = spec.setdefault("components", {})
    parts.setdefault("schemas", {}).update(components)
    parts["securitySchemes"] = {"token": {"type": "http", "scheme": "bearer"}}
    for row in rows.values():
        path = PARAMETER.sub(r"{\1}", row.rule)
        _finish(spec["paths"][path][row.method.lower()], row, by_class)
    return spec


def _finish(operation: dict[str, Any], row: Route, schemas: Mapping[Any, Any]) -> None:
    schema = _any([schemas[answer] for answer in row.answers])
    forms = {media: {"schema": OTHER.get(media, schema)} for media in row.media}
    answer = {"description": row.summary, "content": forms}
    problem = {MEDIA: {"schema": schemas[Problem]}}
    operation["responses"] = {str(row.status): answer} | {
        str(status): {"description": TITLES[status], "content": problem} for status in row.statuses
    }
    if row.scope:
        operation["security"] = [{"token": []}]
        operation["description"] = f"Scope: {row.scope}."
    if row.raw_body:
        content = {"schema": {"type": "string", "format": "binary"}}
        operation["requestBody"] = {
            "required": True,
            "description": row.raw_body,
            "content": {"application/json": {"schema": {}}, "application/gzip": content},
        }


def _any(schemas: list[dict[str, Any]]) -> dict[str, Any]:
    """The schema of a body: text where there is none, one of them where there are several."""
    if not schemas:
        return {"type": "string"}
    return {"anyOf": schemas} if len(schemas) > 1 else schemas[0]


def page(spec: dict[str, Any]) -> str:
    """The same for people: one page, nothing fetched from elsewhere."""
    from markupsafe import escape

    rows = []
    for path, operations in sorted(spec["paths"].items()):
        for method, operation in operations.items():
            asked = ", ".join(
                f"{p['name']}{'*' if p.get('required') else ''}"
                for p in operation.get("parameters", [])
            )
            codes = ", ".join(sorted(operation["responses"]))
            cells = (
                f"{method.upper()} {path}",
                operation["summary"] + _also(operation["responses"]),
                asked,
                operation.get("description", "No token."),
                codes,
            )
            rows.append("<tr>" + "".join(f"<td>{escape(cell)}</td>" for cell in cells) + "</tr>")
    heads = "".join(
        f"<th>{h}</th>" for h in ("Route", "Answer", "Parameters (* needed)", "Scope", "Statuses")
    )
    return DOCUMENT.format(title=escape(spec["info"]["title"]), heads=heads, rows="\n".join(rows))


def _also(responses: Mapping[str, Any]) -> str:
    """The other forms that an answer has, for people."""
    forms = next(list(r["content"]) for status, r in responses.items() if status.startswith("2"))
    return f" (also {', '.join(forms[1:])}, by Accept)" if forms[1:] else ""


DOCUMENT = """<!doctype html>
<html lang="en"><meta charset="utf-8"><title>{title}</title>
<style>
body {{ font: 15px/1.5 system-ui, sans-serif; margin: 2rem; color: #1d2733 }}
table {{ border-collapse: collapse; width: 100% }}
td, th {{ border-bottom: 1px solid #d5dbe1; padding: .4rem .6rem; text-align: left;
  vertical-align: top }}
td:first-child {{ font-family: ui-monospace, monospace; white-space: nowrap }}
</style>
<h1>{title}</h1>
<p>The machine-readable form is <a href="/openapi.json">/openapi.json</a> (OpenAPI 3.1). Send
<code>Authorization: Bearer TOKEN</code>; <code>offtrail token create --scope read</code> makes one.
Times are RFC 3339 with an offset. Ids in paths are percent-encoded. Errors are
<code>application/problem+json</code> (RFC 9457).</p>
<table><thead><tr>{heads}</tr></thead><tbody>
{rows}
</tbody></table></html>
"""
