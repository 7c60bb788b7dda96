"""What many records name: the one resource each lists, or its parameters' raw text."""

import re
from collections.abc import Sequence

import msgspec

from offtrail.ingest.learned import OVERHEAD
from offtrail.ingest.resource import listed

_BUCKET = re.compile(rb'(?=.*"type" ?: ?"AWS::S3::Bucket").*"ARN" ?: ?"arn:', re.DOTALL)


class Names:
    """Remembers what resources name, by their raw text."""

    def __init__(self) -> None:
        self.held = 0  # bytes remembered
        self._name_of: dict[bytes, str] = {}
        self._bucket_of: dict[bytes, str] = {}

    def of(
        self, resources: Sequence[msgspec.Raw], parameters: Sequence[msgspec.Raw]
    ) -> list[str | bytes]:
        """What each record's resources name; where they name nothing, its parameters' raw text."""
        texts = [*map(bytes, resources)]
        names = [*map(self._name_of.get, texts)]
        bucket_of = self._bucket_of
        for i in [i for i, name in enumerate(names) if name is None]:
            listing = texts[i]  # S3 names each object: remembered is the bucket's entry
            name = bucket_of.get(listing[listing.rfind(b"{") :])
            if name is None or b"\\" in listing or listing.count(b"S3::Bucket") != 1:
                name = self._listed(listing)
            names[i] = name
        return [name or bytes(more) for name, more in zip(names, parameters, strict=True)]

    def _listed(self, resources: bytes) -> str:
        """Where one entry is a bucket's, it decides."""
        entry = resources[resources.rfind(b"{") :]
        one = resources.count(b"S3::Bucket") == 1 and b"\\" not in resources
        remembered, by = (
            (self._bucket_of, entry) if one and _BUCKET.match(entry) else (self._name_of, resources)
        )
        if by not in remembered:
            remembered[by] = listed(b"[" + entry if by is entry else resources)
            self.held += OVERHEAD + len(by)
        return remembered[by]
