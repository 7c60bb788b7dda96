"""What a denial's errorMessage tells: the action and resource denied, and which policy denied.

Forms: docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot_access-denied.html. An encoded
authorization message is never used: it is unbounded text that differs every time.
"""

import re
from typing import NamedTuple

from offtrail.ingest.event import DenyReason
from offtrail.ingest.remember import remembered

_ENCODED = "Encoded authorization failure message"
_DENIED = " is not authorized to perform"
_READ = 4096  # signs of a message; AWS writes a thousand at most
_FORM = re.compile(
    r"not authorized to perform:?\s+(?P<action>[A-Za-z0-9-]+:[A-Za-z0-9*]+)"
    r"(?:\s+on (?:the )?specified resources?|\s+on (?:the )?resources?:?\s+(?P<resource>.*?))?"
    r"\.?(?:\s+(?:because|with an explicit deny)|\s*$)",
    re.DOTALL,
)
_LIST = re.compile(r"[Nn]ot authorized for \w+: \[(?P<resource>[^\],]+)")
_REASONS: list[tuple[str, DenyReason]] = [  # the first that is found decides
    ("service control polic", "service-control-policy"),
    ("resource control polic", "resource-control-policy"),
    ("permissions boundary", "permissions-boundary"),
    ("session polic", "session-policy"),
    ("VPC endpoint polic", "endpoint-policy"),
    ("explicit deny in a resource-based polic", "resource-policy"),
    ("explicit deny", "explicit-deny"),
    ("resource-based policy allows", "resource-policy"),
    ("identity-based policy allows", "identity-policy"),
]


class Denial(NamedTuple):
    """What could be recovered; "" where the message does not say."""

    action: str = ""  # ``iam:PassRole``: not always the API that was called
    resource: str = ""  # as written: an ARN, ``group NAME``, a bare name, ``*``
    reason: DenyReason = ""


def denial(message: str) -> Denial:
    """Read a denial's message."""
    said = message[:_READ].partition(_ENCODED)[0].rstrip()
    who, denied, rest = said.partition(_DENIED)
    plain = denied and who.startswith("User: ") and " " not in who[6:]  # it tells nothing itself
    return _read(denied + rest if plain else said)


@remembered(1 << 12)
def _read(message: str) -> Denial:
    form = _FORM.search(message)
    listed = None if form else _LIST.search(message)
    found = (why for phrase, why in _REASONS if phrase in message)
    reason: DenyReason = next(found, "")
    if form:
        return Denial(form["action"], (form["resource"] or "").strip(), reason)
    return Denial("", listed["resource"].strip() if listed else "", reason)
