"""Records over HTTP: read like a file, once each."""

import zlib
from typing import Any

from flask import request
from werkzeug.exceptions import ClientDisconnected, RequestEntityTooLarge

from offtrail.api import pipeline
from offtrail.api.errors import BadInput, Field, TooLarge
from offtrail.api.face import Face, Route
from offtrail.api.received import UNPACKED
from offtrail.api.routes.answers import context, json
from offtrail.ingest.report import IngestReport

FACE = Face("events")
READ_OUT = 100
"""MB of a body that is too large that are read, so that its sender hears why."""


@FACE.route(
    Route(
        "/v1/events",
        "POST",
        "Read CloudTrail records; the same report as ingest",
        IngestReport,
        scope="write",
        problems=(422,),
        raw_body="CloudTrail records in any form that ingest reads, at most 10 MB, gzip or not. "
        "Where nothing in it can be read, the answer is 422 with the reason; else the report says "
        "what became of every record, with those that are none under records.quarantined",
    )
)
def post_events() -> Any:
    """Read like a file, once each."""
    body = _whole()
    if not body:
        raise BadInput("the body is empty", Field("", "must hold CloudTrail records"))
    if request.headers.get("Content-Encoding") == "gzip" or body[:2] == b"\x1f\x8b":
        body = _unpacked(body)
    report = pipeline.receive(context().store, body, context().quarantine)
    if report.failures and not report.records.read:
        reason = report.failures[0]["reason"]
        raise BadInput(f"nothing in the body can be read: {reason}", Field("", reason))
    return json(report)


def _whole() -> bytes:
    """The body, all of it: Werkzeug cuts one without a length at the limit, in silence.

    What is too large is read out before it is refused: many clients write all before they read.
    """
    rest = request.environ["wsgi.input"]
    try:
        body = request.get_data()
        if request.content_length is None and rest.read(1):
            raise RequestEntityTooLarge
    except RequestEntityTooLarge:
        for _ in range(READ_OUT):
            if not rest.read(1 << 20):
                break
        raise
    if len(body) < (request.content_length or 0):
        raise ClientDisconnected
    return body


def _unpacked(body: bytes) -> bytes:
    out, rest = [], body
    size = 0
    while rest:
        unpacker = zlib.decompressobj(wbits=31)
        try:
            out.append(unpacker.decompress(rest, UNPACKED - size + 1))
        except zlib.error as error:
            raise BadInput(f"the body is not whole gzip: {error}") from error
        size += len(out[-1])
        if size > UNPACKED:
            raise TooLarge(f"the body unpacks to more than {UNPACKED >> 20} MB")
        if not unpacker.eof:
            raise BadInput("the body is not whole gzip: it ends too early")
        rest = unpacker.unused_data
    return b"".join(out)
