"""The temporal graph as tensors: who was joined to what before a second, sampled with no future."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor

from offtrail.models.knowledge import DIMENSIONS, Knowledge
from offtrail.models.operations import VERB_CLASSES, verb_class
from offtrail.models.rows import Row
from offtrail.models.tallies import KINDS, service_of

NEAR = 8  # APIs nearest in meaning that an API hears from
BUCKET = 1800  # equal calls of half an hour are one tuple
SHIFT = 34  # bits of a second in a joint key of node and second
SOURCES = ("ip", "service", "vpce", "other")
OUTCOMES = ("calls", "fails", "denied")

Edge = tuple[str, str, str]
TIMED: tuple[Edge, ...] = (
    *(("api", outcome, "principal") for outcome in OUTCOMES),
    *(("principal", outcome, "api") for outcome in OUTCOMES),
    ("source", "from", "principal"),
    ("principal", "from", "source"),
)
FIXED: tuple[Edge, ...] = (("service", "in-service", "api"), ("api", "near", "api"))
RELATIONS = (*TIMED, *FIXED)
"""Who is heard by whom: the edges of the encoder, each with its reverse."""

WIDTHS = {
    "principal": len(KINDS) + 4,
    "api": DIMENSIONS + len(VERB_CLASSES) + 3,
    "source": len(SOURCES) + 1,
    "service": DIMENSIONS,
}
"""Features of each kind of node: what it is, and its degrees before the second."""


class Seeds(NamedTuple):
    """Questions: principal, API and source by index, at a second. All of shape [seeds]."""

    principal: Tensor
    api: Tensor
    source: Tensor
    second: Tensor

    def take(self, at: Tensor) -> "Seeds":
        return Seeds(*(column[at] for column in self))


class Batch(NamedTuple):
    """What a network needs of some seeds: features by kind, and edges; targets come first."""

    features: dict[str, Tensor]  # kind -> [nodes, WIDTHS[kind]]
    edges: dict[Edge, Tensor]  # relation -> [2, edges], from neighbour to target
    seeds: int

    def to(self, device: str) -> "Batch":
        features = {kind: table.to(device) for kind, table in self.features.items()}
        return Batch(features, {r: e.to(device) for r, e in self.edges.items()}, self.seeds)


class Relation:
    """Edges into each node, in the order of time."""

    def __init__(self, node: Tensor, second: Tensor, neighbour: Tensor) -> None:
        self.key, order = torch.sort((node << SHIFT) + second, stable=True)
        self.neighbour = neighbour[order]

    def span(self, node: Tensor, second: Tensor) -> tuple[Tensor, Tensor]:
        """Where each node's edges strictly before its second lie."""
        begin = torch.searchsorted(self.key, node << SHIFT)
        return begin, torch.searchsorted(self.key, (node << SHIFT) + second)

    def degree(self, node: Tensor, second: Tensor, tuples: Tensor) -> Tensor:
        """Edges of each node before its second, beside all ``tuples`` before it: 0 to 1."""
        begin, end = self.span(node, second)
        return torch.log1p((end - begin).float()) / torch.log1p(tuples + 10.0)

    def sample(self, node: Tensor, second: Tensor, most: int) -> tuple[Tensor, Tensor]:
        """The ``most`` latest neighbours of each: position of the asker, neighbour."""
        begin, end = self.span(node, second)
        begin = torch.maximum(begin, end - most)
        count = end - begin
        asker = torch.repeat_interleave(torch.arange(len(node)), count)
        step = torch.arange(len(asker)) - torch.repeat_interleave(count.cumsum(0) - count, count)
        return asker, self.neighbour[begin[asker] + step]


class Index:
    """Positions of names, in the order in which they came."""

    def __init__(self) -> None:
        self.names: dict[str, int] = {}

    def __call__(self, names: Sequence[str]) -> Tensor:
        put = self.names.setdefault
        return torch.tensor([put(name, len(self.names)) for name in names], dtype=torch.long)


class Graph:
    """The graph of some activities, and questions about them; nodes have features, no learned id.

    Features only: a principal or API born in the asked second has a place at once.
    """

    def __init__(
        self,
        history: Sequence[Row],
        asked: Sequence[Row],
        known: Knowledge,
        others: Sequence[str] = (),
    ) -> None:
        """``others`` are APIs that may be asked about beside those in the rows."""
        self.principals, self.apis, self.sources = Index(), Index(), Index()
        self.services = Index()
        rows = distinct(history)
        self.outcome = torch.tensor([_outcome(row) for row in rows], dtype=torch.long)
        self.tuples, self.asked = self.seeds(rows), self.seeds(asked)
        self.apis(others)
        kinds = {row.principal: row.kind for row in (*rows, *asked)}
        self._api_features(known)
        self.kind = torch.stack([_one_hot(kinds[name], KINDS) for name in self.principals.names])
        places = [name.split(":")[0] for name in self.sources.names]
        self.place = torch.stack([_one_hot(place, SOURCES) for place in places])
        self.relations = self._relations()

    def seeds(self, rows: Sequence[Row]) -> Seeds:
        """Rows as questions; a name not met before gets a position and no edge."""
        return Seeds(
            self.principals([row.principal for row in rows]),
            self.apis([row.api for row in rows]),
            self.sources([row.source for row in rows]),
            torch.tensor([row.second for row in rows], dtype=torch.long),
        )

    def _api_features(self, known: Knowledge) -> None:
        """Coordinates and verb of each API, its neighbours in meaning, its service."""
        own = list(self.apis.names)
        near = [[found.api for found in known.nearest(name, NEAR)] for name in own]
        self.near = torch.stack([self.apis(names) for names in near])  # [own, 8]
        names = list(self.apis.names)
        verbs = [_one_hot(verb_class(name.rpartition(":")[2]), VERB_CLASSES) for name in names]
        meaning = torch.from_numpy(known.matrix(names))
        self.meaning = torch.cat([meaning, torch.stack(verbs)], 1)  # [apis, 37]
        self.service_of = self.services([service_of(name) for name in names])
        count = torch.zeros(len(self.services.names)).index_add_(
            0, self.service_of, torch.ones(len(names))
        )
        total = torch.zeros(len(count), DIMENSIONS).index_add_(0, self.service_of, meaning)
        self.service = total / count[:, None]  # [services, 32]

    def _relations(self) -> dict[Edge, Relation]:
        table = self.tuples._asdict()
        found = {}
        for neighbour, name, node in TIMED:
            at = self.outcome == OUTCOMES.index(name) if name in OUTCOMES else self.outcome >= 0
            found[neighbour, name, node] = Relation(
                table[node][at], table["second"][at], table[neighbour][at]
            )
        return found

    def sibling(self, api: Tensor) -> Tensor:
        """Another API of the same service for each, at random, of those that may be asked."""
        service = self.service_of[: len(self.near)]
        order = torch.argsort(service, stable=True)
        begin = torch.searchsorted(service[order], self.service_of[api])
        end = torch.searchsorted(service[order], self.service_of[api], right=True)
        return order[begin + (torch.rand(len(api)) * (end - begin)).long()]

    def features(self, kind: str, node: Tensor, second: Tensor) -> Tensor:
        """Features of nodes as of a second, shape [nodes, WIDTHS[kind]]."""
        static = {
            "principal": self.kind,
            "api": self.meaning,
            "source": self.place,
            "service": self.service,
        }[kind][node]
        tuples = torch.searchsorted(self.tuples.second, second).float()
        degrees = [self.relations[e].degree(node, second, tuples) for e in TIMED if e[2] == kind]
        return torch.cat([static, *(degree[:, None] for degree in degrees)], 1)

    def batch(self, seeds: Seeds, most: int, hide: Tensor | None = None) -> Batch:
        """The seeds' nodes and a sample of their neighbourhoods before each one's second.

        ``hide`` [seeds] says which seeds must not see their own pair of principal and API.
        """
        table = seeds._asdict()
        nodes = {kind: [table[kind]] for kind in ("principal", "api", "source")} | {"service": []}
        seconds = {kind: [seeds.second] for kind in nodes if nodes[kind]} | {"service": []}
        edges = {}
        size = {kind: sum(map(len, nodes[kind])) for kind in nodes}
        for relation in RELATIONS if most else ():
            neighbour_kind, _, kind = relation
            asker, neighbour = self._neighbours(relation, table[kind], seeds.second, most)
            if hide is not None and {neighbour_kind, kind} == {"principal", "api"}:
                keep = ~(hide[asker] & (table[neighbour_kind][asker] == neighbour))
                asker, neighbour = asker[keep], neighbour[keep]
            start = size[neighbour_kind]
            size[neighbour_kind] += len(asker)
            edges[relation] = torch.stack([torch.arange(start, start + len(asker)), asker])
            nodes[neighbour_kind].append(neighbour)
            seconds[neighbour_kind].append(seeds.second[asker])
        features = {
            kind: self.features(kind, torch.cat(nodes[kind]), torch.cat(seconds[kind]))
            for kind in nodes
            if nodes[kind]
        }
        return Batch(features, edges, len(seeds.second))

    def _neighbours(
        self, relation: Edge, node: Tensor, second: Tensor, most: int
    ) -> tuple[Tensor, Tensor]:
        if relation in self.relations:
            return self.relations[relation].sample(node, second, most)
        asker = torch.arange(len(node))
        if relation[1] == "in-service":
            return asker, self.service_of[node]
        return asker.repeat_interleave(NEAR), self.near[node].flatten()


def distinct(history: Sequence[Row]) -> list[Row]:
    """The first row of each (principal, API, class, source, half hour), in the order of time."""
    first: dict[tuple[str, str, str, str, int], Row] = {}
    for row in sorted(history, key=lambda row: row.second):
        key = (row.principal, row.api, row.error_class, row.source, row.second // BUCKET)
        first.setdefault(key, row)
    return list(first.values())


def _outcome(row: Row) -> int:
    return 2 if row.error_class == "denied" else int(row.code != "")


def _one_hot(name: str, names: Sequence[str]) -> Tensor:
    at = names.index(name) if name in names else len(names) - 1
    return torch.from_numpy(np.eye(len(names), dtype=np.float32)[at])
