"""Where a call is counted: one 63-bit key a table, made from names by hashing."""

import hashlib
from functools import lru_cache
from typing import NamedTuple

from offtrail.models.rows import Row
from offtrail.models.tallies import network_of, service_of

MASK = (1 << 63) - 1
ODD = 0x1E3779B97F4A7C15  # spreads the first id of a pair, so that pairs are not symmetric
REMEMBERED = 1 << 18

NOWHERE = 0
"""The key of an error's tables for a call that succeeded."""


class Keys(NamedTuple):
    """The keys of a call; each field is also the name of the state's table."""

    accounts: int
    principals: int
    apis: int  # within the account, as services and codes are
    services: int
    pairs: int  # principal and API
    service_pairs: int
    members: int  # account and principal
    sources: int
    networks: int
    source_pairs: int  # principal and source
    network_pairs: int
    codes: int
    code_pairs: int  # principal and code
    failures: int  # API and code
    edges: int  # principal, API and code


def keys_of(row: Row) -> Keys:
    """The keys of a call; its second and count do not matter."""
    return _keys(row.account, row.principal, row.api, row.code, row.source)


@lru_cache(REMEMBERED)
def _keys(account: str, principal: str, api: str, code: str, source: str) -> Keys:
    home, who = hashed(account), hashed(principal)
    target, service = hashed(account, api), hashed(account, service_of(api))
    place, network = hashed(source), hashed("network", network_of(source))
    met = hashed(account, code) if code else NOWHERE
    failure = hashed(account, api, code) if code else NOWHERE
    return Keys(
        home,
        who,
        target,
        service,
        paired(who, target),
        paired(who, service),
        paired(home, who),
        place,
        network,
        paired(who, place),
        paired(who, network),
        met,
        paired(who, met) if code else NOWHERE,
        failure,
        paired(who, failure) if code else NOWHERE,
    )


def hashed(*names: str) -> int:
    """A 63-bit id: two of a million names share one by a chance of 1 in 10 million."""
    digest = hashlib.blake2b("\t".join(names).encode(), digest_size=8).digest()
    return int.from_bytes(digest) & MASK


def paired(one: int, other: int) -> int:
    """The key of two ids in this order."""
    return (one * ODD + other) & MASK
