"""The API a record is about: ``api:service:Operation``, one name whatever the API's version."""

import re

from offtrail.ingest.remember import remembered

_HOST = re.compile(r"\.amazonaws\.com(\.cn)?$")
_VERSION = re.compile(r"(?<=[a-z])_?20\d\d_?[01]\d_?[0-3]\d(v\d+)?$")
"""``ListFunctions20150331``, ``GetFunction20150331v2``, ``ListDistributions2016_01_28``."""


@remembered(1 << 14)
def api(event_source: str, event_name: str) -> str:
    """Node id of an API."""
    return f"api:{service(event_source)}:{_VERSION.sub('', event_name)}"


@remembered(1 << 12)
def service(event_source: str) -> str:
    """``iam`` of ``iam.amazonaws.com``."""
    return _HOST.sub("", event_source)
