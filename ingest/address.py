"""Where a call came from: an address, an AWS service's host, or a VPC endpoint."""

import re

from offtrail.ingest.remember import remembered

_HOST = re.compile(r"(?:[\w-]+\.)+[A-Za-z]{2,}|AWS Internal", re.ASCII)
_PRIVATE = re.compile(r"(?:10|127|192\.168|172\.(?:1[6-9]|2\d|3[01])|169\.254)\.|f[cd]|fe80:")


@remembered(1 << 14)
def source(address: str, endpoint: str = "") -> str:
    """Node id of a source; an address is kept as written, malformed ones too.

    A private address names no machine outside its network: the VPC endpoint, if any, stands for it.
    """
    if endpoint and (not address or _PRIVATE.match(address)):
        return f"vpce:{endpoint}"
    if not address:
        return ""
    return f"service:{address}" if _HOST.fullmatch(address) else f"ip:{address}"
