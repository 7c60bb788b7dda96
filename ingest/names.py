"""What many records name: the one resource each lists, or its parameters' raw text."""

import re
from collections.abc import Sequence

import msgspec

from offtrail.ingest.learned import OVERHEAD
from offtrail.ingest.resource import listed

_BUCKET = re.compile(rb'(?=.*"type" ?: ?"AWS::S3::Bucket").*"ARN" ?: ?"arn:', re.DOTALL)


class Names:
    """What resources and parameters name, by number: ``each[number]`` is a name, or parameters'
    raw text, which names one thing in one call and another in another."""

    def __init__(self) -> None:
        self.held = 0  # bytes remembered
        self.each: list[str | bytes] = [b""]
        self._listed: dict[bytes, int] = {}  # the number of what resources name, 0 for nothing
        self._buckets: dict[bytes, int] = {}  # the same by a bucket's entry
        self._names: dict[str, int] = {"": 0}
        self._asked = _Asked(self)

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
            remembered[by] = self._number(listed(b"[" + entry if by is entry else resources))
            self.held += OVERHEAD + len(by)
        return remembered[by]

    def _number(self, name: str) -> int:
        if name not in self._names:
            self._names[name] = self.new(name)
        return self._names[name]

    def new(self, name: str | bytes) -> int:
        """Remember a name or parameters."""
        self.each.append(name)
        self.held += OVERHEAD + len(name)
        return len(self.each) - 1


class _Asked(dict[bytes, int]):
    """Parameters by number."""

    def __init__(self, names: Names) -> None:
        super().__init__()
        self._names = names

    def __missing__(self, parameters: bytes) -> int:
        number = self[parameters] = self._names.new(parameters)
        return number
