"""What is counted of one entity: a principal, an API, a pair, a source, an error edge."""

import math

import msgspec

from offtrail.graph.window import DAY, HOUR

HEAT = math.log(2) / (7 * DAY)  # decay rate of activity, half-life a week
ERROR_HEAT = math.log(2) / (6 * HOUR)  # decay rate of errors, half-life six hours
RECENT = 256  # distinct (API, code) of the last hour kept a principal
BEATS = 96  # failing hours kept an edge, for the cadence test

KINDS = ("user", "role", "root", "federated", "account", "unknown", "service")


class Tally(msgspec.Struct, array_like=True, gc=False):
    """Counts of one entity: seconds since the epoch, hours with presence, calls, decayed sums."""

    first: int = 0
    last: int = 0
    hour: int = -1
    hours: int = 0
    calls: int = 0
    errors: int = 0
    denied: int = 0
    heat: float = 0.0
    error_heat: float = 0.0

    def touch(self, second: int, hour: int, error: bool, denied: bool) -> bool:
        """Learn one activity; True where its hour is new to this entity."""
        if self.calls == 0:
            self.first = second
        elif second > self.last:
            self.heat *= math.exp((self.last - second) * HEAT)
            self.error_heat *= math.exp((self.last - second) * ERROR_HEAT)
        self.last = second
        self.heat += 1.0
        self.calls += 1
        if error:
            self.errors += 1
            self.error_heat += 1.0
            self.denied += denied
        if hour == self.hour:
            return False
        self.hour = hour
        self.hours += 1
        return True

    def more(self, rest: int, error: bool, denied: bool) -> None:
        """The rest of an activity's calls, when its hour closes."""
        self.calls += rest
        if error:
            self.errors += rest
            if denied:
                self.denied += rest


class Principal(Tally, array_like=True, gc=False):
    """A caller, and how widely it calls."""

    kind: int = 0
    apis: int = 0  # distinct APIs that it called with success
    failing: int = 0  # distinct (API, code) that it met
    sources: int = 0
    pair_hours: int = 0  # sum over its APIs of the hours in which it called them
    clock: list[int] = msgspec.field(
        default_factory=lambda: [0] * 24
    )  # active hours by hour of day
    recent: dict[int, int] = msgspec.field(default_factory=dict)  # (API, code) -> last failure
    refused: dict[int, int] = msgspec.field(default_factory=dict)  # of these the denials

    def met(self, failure: int, second: int, denied: bool) -> None:
        """Keep what failed in the last hour, up to a cap where a flood counts no higher."""
        for kept in (self.recent, self.refused) if denied else (self.recent,):
            if len(kept) >= RECENT:
                for old in [key for key, last in kept.items() if last < second - HOUR]:
                    del kept[old]
            if len(kept) < RECENT or failure in kept:
                kept[failure] = second


class Api(Tally, array_like=True, gc=False):
    """An API or a service within an account, and how many principals stand behind its calls."""

    triers: int = 0  # principals that called it, whatever came of it
    callers: int = 0  # principals that called it with success
    failers: int = 0  # principals that met any error at it
    refused: int = 0  # principals that were denied it
    pair_hours: int = 0
    by_kind: list[int] = msgspec.field(default_factory=lambda: [0] * len(KINDS))  # callers


class Account(Tally, array_like=True, gc=False):
    """An account: how many principals act in it, by kind; AWS services are not counted."""

    principals: int = 0
    pair_hours: int = 0
    by_kind: list[int] = msgspec.field(default_factory=lambda: [0] * len(KINDS))


class Group(msgspec.Struct, array_like=True, gc=False):
    """Presence of something seen through many principals: a source, a code, an (API, code)."""

    first: int = 0
    last: int = 0
    hours: int = 0
    principals: int = 0
    hour: int = -1

    def touch(self, second: int, hour: int, new: bool) -> None:
        """Learn one activity, ``new`` where its principal was not seen here before."""
        if self.hours == 0:
            self.first = second
        self.last = second
        self.principals += new
        if hour != self.hour:
            self.hour = hour
            self.hours += 1


class Edge(msgspec.Struct, array_like=True, gc=False):
    """A principal failing at an API with one code: the hours in which it did, latest last."""

    hours: list[int] = msgspec.field(default_factory=list)
    met: int = 0  # all hours ever, also those no longer listed

    def touch(self, hour: int) -> None:
        """Learn that the edge failed in an hour."""
        if not self.hours or hour != self.hours[-1]:
            self.met += 1
            self.hours = [*self.hours[1 - BEATS :], hour]


def service_of(api: str) -> str:
    """``api:iam`` of ``api:iam:ListUsers``."""
    return api.rpartition(":")[0] or api


def network_of(source: str) -> str:
    """The network of an address (/16, or /32 of IPv6); any other source stands for itself."""
    if not source.startswith("ip:"):
        return source
    if ":" in source[3:]:
        return ":".join(source.split(":")[:3])
    return ".".join(source.split(".")[:2])
