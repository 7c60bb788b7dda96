"""As-of features: what was known of a call strictly before its second; asking changes nothing."""

import math
from collections.abc import Iterable, Sequence
from typing import NamedTuple

import numpy as np
import pyarrow as pa

from offtrail.graph.window import HOUR
from offtrail.models.cadence import beat
from offtrail.models.errors import StateAhead
from offtrail.models.features import NAMES, Features
from offtrail.models.keys import keys_of
from offtrail.models.rows import Row, rows
from offtrail.models.state import KIND, UNKNOWN, State
from offtrail.models.tallies import (
    ERROR_HEAT,
    HEAT,
    Account,
    Api,
    Edge,
    Group,
    Principal,
    Tally,
)

NEVER = 24.0 * 365  # hours, where something was not seen before
BACK_OFF = 8.0  # pair-hours that a level of the back-off weighs against the one below it

CLASSES = (
    "denied",
    "authentication",
    "not-found",
    "throttled",
    "quota",
    "validation",
    "conflict",
)
NO_ACCOUNT, NO_PRINCIPAL, NO_API = Account(), Principal(), Api()
NO_TALLY, NO_GROUP, NO_EDGE = Tally(), Group(), Edge()


class Known(NamedTuple):
    """What a state knows of the entities of one call; empty tallies where it knows nothing."""

    account: Account
    principal: Principal
    api: Api
    service: Api
    pair: Tally
    service_pair: Tally
    code: Group
    failure: Group
    failure_id: int
    edge: Edge
    code_met: bool
    source: Group
    network: Group
    source_pair: Group
    network_pair: Group


def features_at(state: State, row: Row) -> tuple[float, ...]:
    """The features of a call at ``row.second``, in the order of features.NAMES.

    Raises:
        StateAhead: the state has not been advanced exactly to that second.
    """
    if state.clock != row.second:
        raise StateAhead(f"the state stands at {state.clock}, the question is of {row.second}")
    known = _known(state, row)
    return (
        *_outcome(row),
        *_kind(row),
        *_api(row, known),
        *_pair(row, known),
        *_principal(row, known),
        *_source(row, known),
        beat(known.edge.hours, row.second // HOUR),
        *_surprise(known),
    )


def _known(state: State, row: Row) -> Known:
    at = keys_of(row)
    return Known(
        state.accounts.get(at.accounts, NO_ACCOUNT),
        state.principals.get(at.principals, NO_PRINCIPAL),
        state.apis.get(at.apis, NO_API),
        state.services.get(at.services, NO_API),
        state.pairs.get(at.pairs, NO_TALLY),
        state.service_pairs.get(at.service_pairs, NO_TALLY),
        state.codes.get(at.codes, NO_GROUP),
        state.failures.get(at.failures, NO_GROUP),
        at.failures,
        state.edges.get(at.edges, NO_EDGE),
        at.code_pairs in state.code_pairs,
        state.sources.get(at.sources, NO_GROUP),
        state.networks.get(at.networks, NO_GROUP),
        state.source_pairs.get(at.source_pairs, NO_GROUP),
        state.network_pairs.get(at.network_pairs, NO_GROUP),
    )


def features(
    history: pa.Table | Sequence[Row], asks: Iterable[Row], state: State | None = None
) -> Features:
    """Features of each of ``asks`` given every row of ``history`` strictly before it.

    ``state`` (a fresh one by default) is advanced to the last question; history that it has
    learned already must not be handed in again.
    """
    known = state if state is not None else State()
    past = sorted(rows(history) if isinstance(history, pa.Table) else history, key=_second)
    asked = list(asks)
    order = sorted(range(len(asked)), key=lambda at: asked[at].second)
    matrix = np.zeros((len(asked), len(NAMES)), dtype=np.float32)
    done = 0
    for at in order:
        second = asked[at].second
        start = done
        while done < len(past) and past[done].second < second:
            done += 1
        if second > known.clock or done > start:
            known.advance(past[start:done], second)
        matrix[at] = features_at(known, asked[at])
    return Features(asked, matrix)


def _second(row: Row) -> int:
    return row.second


def _outcome(row: Row) -> tuple[float, ...]:
    flags = tuple(float(row.error_class == name) for name in CLASSES)
    return (*flags, float(row.code != "" and row.error_class not in CLASSES))


def _kind(row: Row) -> tuple[float, ...]:
    flags = tuple(float(row.kind == name) for name in ("user", "role", "root"))
    return (*flags, float(not any(flags)))


def _share(part: float, whole: float) -> float:
    return part / whole if whole else 0.0


def _since(second: int, then: int, seen: int) -> float:
    return (second - then) / HOUR if seen else NEVER


def _api(row: Row, known: Known) -> tuple[float, ...]:
    account, api, service = known.account, known.api, known.service
    kind, people = KIND.get(row.kind, UNKNOWN), account.principals
    return (
        people,
        api.triers,
        _share(api.triers, people),
        api.callers,
        _share(api.callers, people),
        _share(api.by_kind[kind], account.by_kind[kind]),
        _share(api.callers, service.callers),
        api.failers,
        api.refused,
        _share(api.refused, people),
        api.hours,
        _share(api.errors, api.calls),
        (row.second - api.first) / HOUR if api.calls else 0.0,
        _share(service.callers, people),
        service.hours,
        known.code.principals,
        known.failure.principals,
        known.failure.hours,
    )


def _pair(row: Row, known: Known) -> tuple[float, ...]:
    pair, service = known.pair, known.service_pair
    return (
        float(pair.calls > pair.errors),
        float(pair.errors > 0),
        float(pair.denied > 0),
        pair.hours,
        pair.calls,
        _share(pair.errors, pair.calls),
        _since(row.second, pair.last, pair.calls),
        known.edge.met,
        float(known.code_met),
        float(service.calls > service.errors),
        service.hours,
    )


def _principal(row: Row, known: Known) -> tuple[float, ...]:
    principal, second, now = known.principal, row.second, row.second // HOUR % 24
    idle, clock = principal.last - second, principal.clock
    return (
        principal.hours,
        principal.apis,
        principal.failing,
        principal.sources,
        (second - principal.first) / HOUR if principal.calls else 0.0,
        _since(second, principal.last, principal.calls),
        _share(principal.errors, principal.calls),
        _share(principal.denied, principal.calls),
        principal.heat * math.exp(idle * HEAT),
        principal.error_heat * math.exp(idle * ERROR_HEAT),
        _recent(principal.recent, known.failure_id, second),
        _recent(principal.refused, known.failure_id, second),
        _share(clock[now - 1] + clock[now] + clock[now - 23], principal.hours),
    )


def _recent(failures: dict[int, int], own: int, second: int) -> int:
    """Distinct (API, code) other than ``own`` that failed in the hour before ``second``."""
    since = second - HOUR
    return sum(last >= since for key, last in failures.items() if key != own)


def _source(row: Row, known: Known) -> tuple[float, ...]:
    return (
        known.source_pair.hours,
        known.network_pair.hours,
        known.source.principals,
        known.network.principals,
        float(row.source.startswith("service:")),
    )


def _surprise(known: Known) -> tuple[float, ...]:
    """Nats of the API given the principal, its kind and service backed off to the account (B3)."""
    account, api, service = known.account, known.api, known.service
    breadth = account.pair_hours + BACK_OFF
    anywhere = (api.pair_hours + BACK_OFF * 1e-3) / breadth
    in_service = (api.pair_hours + BACK_OFF * anywhere) / (service.pair_hours + BACK_OFF)
    drawn = known.service_pair.hours * in_service + BACK_OFF * anywhere
    expected = drawn / (known.principal.pair_hours + BACK_OFF)
    seen = known.pair.hours + BACK_OFF * expected
    return (
        -math.log(min(1.0, seen / (known.principal.pair_hours + BACK_OFF))),
        -math.log(min(1.0, anywhere)),
    )
