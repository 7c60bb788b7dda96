"""Benign errors of others: what a person of the account could meet without meaning harm."""

import random
from collections.abc import Callable, Sequence
from typing import NamedTuple

from offtrail.models.calls import Call
from offtrail.models.knowledge import Knowledge
from offtrail.models.operations import READS, verb_class
from offtrail.models.rows import Row
from offtrail.models.tallies import service_of

Kind = Callable[["Benign", str], list[Call]]


class Recipe(NamedTuple):
    """A mode of benign foreign errors: kinds of calls and the share of each."""

    kinds: tuple[str, ...]
    shares: tuple[float, ...]


RECIPES = {
    "mixed": Recipe(("foreign",), (1,)),
    "hard": Recipe(("foreign denial", "read in a service of the account"), (1, 1)),
    "clean": Recipe(("foreign non-denial", "read of their services", "write of theirs"), (1, 1, 1)),
    "own": Recipe(("error of a colleague",), (1,)),
}
"""The three modes of protocol D, and a cleaner one: errors that this account really met."""


class Benign:
    """Draws benign errors for a principal, from a list of foreign ones and from its own account."""

    def __init__(self, foreign: Sequence[Call], history: Sequence[Row], known: Knowledge) -> None:
        self.foreign = [call for call in foreign if call.label == "benign"]
        self.services = sorted({service_of(row.api) for row in history})
        self.used: dict[str, set[str]] = {}
        for row in history:
            self.used.setdefault(row.principal, set()).add(service_of(row.api))
        self.called = sorted({row.api for row in history})
        self.errors = list(
            dict.fromkeys((r.principal, r.api, r.code, r.error_class) for r in history if r.code)
        )
        reads = [api for api in known.apis if verb_class(api.split(":")[2]) in READS]
        self.reads: dict[str, list[str]] = {}
        for api in reads:
            self.reads.setdefault(service_of(api), []).append(api)

    def draw(self, mode: str, principal: str, count: int, rng: random.Random) -> list[Call]:
        """``count`` calls of a mode; fewer where there are not as many."""
        recipe = RECIPES[mode]
        pools = [KINDS[kind](self, principal) for kind in recipe.kinds]
        if len(pools) == 1:
            return rng.sample(pools[0], min(count, len(pools[0])))
        picked = rng.choices(range(len(pools)), recipe.shares, k=count)
        return [rng.choice(pools[i]) for i in picked if pools[i]]

    def theirs(self, principal: str, reads: bool) -> list[Call]:
        """Denials of APIs that the account calls, in services that the principal uses."""
        services = self.used.get(principal) or set(self.services)
        names = [api for api in self.called if service_of(api) in services]
        return [_denied(a) for a in names if (verb_class(a.split(":")[2]) in READS) == reads]


def _denied(api: str) -> Call:
    return Call("benign", api, "AccessDenied", "denied", "own services")


def _reads(benign: Benign, principal: str) -> list[Call]:
    """Each service of the account weighs the same, however many operations it has."""
    found = [benign.reads[name] for name in benign.services if name in benign.reads]
    most = max(map(len, found), default=0)
    return [_denied(names[i * len(names) // most]) for names in found for i in range(most)]


KINDS: dict[str, Kind] = {
    "foreign": lambda benign, _: benign.foreign,
    "foreign denial": lambda b, _: [c for c in b.foreign if c.error_class == "denied"],
    "foreign non-denial": lambda b, _: [c for c in b.foreign if c.error_class != "denied"],
    "read in a service of the account": _reads,
    "read of their services": lambda benign, principal: benign.theirs(principal, True),
    "write of theirs": lambda benign, principal: benign.theirs(principal, False),
    "error of a colleague": lambda benign, principal: [
        Call("benign", api, code, error_class, "own account")
        for who, api, code, error_class in benign.errors
        if who != principal
    ],
}
"""What each kind of benign call is drawn from."""
