"""What many records name: the one resource each lists, or its parameters' raw text."""

import re
from collections.abc import Sequence

import msgspec

from offtrail.ingest.learned import OVERHEAD
from offtrail.ingest.resource import listed

_BUCKET = re.compile(rb'(?=.*"type" ?: ?"AWS::S3::Bucket").*"ARN" ?: ?"arn:', re.DOTALL)


class _Placed(dict[str | bytes, int]):
    """Values by their places in a list that others share."""

    def __init__(self, each: list[str | bytes]) -> None:
        super().__init__()
        self.held = 0  # bytes remembered
        self._each = each

    def __missing__(self, value: str | bytes) -> int:
        number = self[value] = len(self._each)
        self._each.append(value)
        self.held += OVERHEAD + len(value)
        return number


class Names:
    """What resources and parameters name, by number: ``each[number]`` is a name, or parameters'
    raw text, which names one thing in one call and another in another."""

    def __init__(self) -> None:
        self.each: list[str | bytes] = [b""]
        self._learned = 0  # bytes
        self._listed: dict[bytes, int] = {}  # the number of what resources name, 0 for nothing
        self._buckets: dict[bytes, int] = {}  # the same by a bucket's entry
        self._names, self._asked = _Placed(self.each), _Placed(self.each)
        self._names[""] = 0

    @property
    def held(self) -> int:
        """Bytes remembered."""
        return self._learned + self._names.held + self._asked.held

    def numbers(
        self, resources: Sequence[msgspec.Raw], parameters: Sequence[msgspec.Raw]
    ) -> list[int]:
        """What each record's resources name; where they name nothing, its parameters' text."""
        texts = [*map(bytes, resources)]
        found = [*map(self._listed.get, texts)]
        for i in [i for i, name in enumerate(found) if name is None]:
            listing = texts[i]  # S3 names each object: remembered is the bucket's entry
            name = self._buckets.get(listing[listing.rfind(b"{") :])
            if name is None or b"\\" in listing or listing.count(b"S3::Bucket") != 1:
                name = self._learn(listing)
            found[i] = name
        asked = self._asked
        return [name or asked[bytes(more)] for name, more in zip(found, parameters, strict=True)]

    def _learn(self, resources: bytes) -> int:
        """Where one entry is a bucket's, it decides."""
        entry = resources[resources.rfind(b"{") :]
        one = resources.count(b"S3::Bucket") == 1 and b"\\" not in resources
        remembered, by = (
            (self._buckets, entry) if one and _BUCKET.match(entry) else (self._listed, resources)
        )
        if by not in remembered:
            remembered[by] = self._names[listed(b"[" + entry if by is entry else resources)]
            self._learned += OVERHEAD + len(by)
        return remembered[by]
