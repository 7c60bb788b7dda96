"""What many records name: the one resource each lists, or its parameters' raw text."""

import re
from collections.abc import Sequence
from operator import attrgetter

from offtrail.ingest.resource import listed
from offtrail.ingest.wire import Wire

OVERHEAD = 1 << 10  # bytes that remembering a text takes beside it
_LISTED, _ASKED = attrgetter("resources"), attrgetter("request_parameters")
_BUCKET = re.compile(rb'(?=.*"type" ?: ?"AWS::S3::Bucket").*"ARN" ?: ?"arn:', re.DOTALL)


class Names:
    """Remembers what resources name, by their raw text."""

    def __init__(self) -> None:
        self.held = 0  # bytes remembered
        self._name_of: dict[bytes, str] = {}
        self._bucket_of: dict[bytes, str] = {}

    def of(self, records: Sequence[Wire]) -> list[str | bytes]:
        """What each record's resources name; where they name nothing, its parameters' raw text."""
        texts = [*map(bytes, map(_LISTED, records))]
        names = [*map(self._name_of.get, texts)]
        for i in [i for i, name in enumerate(names) if name is None]:
            names[i] = self._listed(texts[i])
        asked = map(bytes, map(_ASKED, records))
        return [name or more for name, more in zip(names, asked, strict=True)]

    def _listed(self, resources: bytes) -> str:
        """S3 names each object: remembered is the bucket's entry, which decides."""
        entry = resources[resources.rfind(b"{") :]
        if resources.count(b"S3::Bucket") == 1 and b"\\" not in resources:
            name = self._bucket_of.get(entry)
            if name is None and _BUCKET.match(entry):
                name = self._bucket_of[entry] = listed(b"[" + entry)
                self.held += OVERHEAD + len(entry)
            if name is not None:
                return name
        name = self._name_of[resources] = listed(resources)
        self.held += OVERHEAD + len(resources)
        return name
