"""The encoder: one layer of mean aggregation over a graph of features, and the head on it."""

from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch_geometric.nn import HeteroConv, SAGEConv

from offtrail.models.config import Config
from offtrail.models.graphdata import RELATIONS, WIDTHS, Batch

KINDS = ("principal", "api", "source")


class Embedded(NamedTuple):
    """Embeddings of seeds, each of shape [seeds, width]."""

    principal: Tensor
    api: Tensor
    source: Tensor

    def joined(self) -> Tensor:
        """What a head sees: z_p, z_a, z_p * z_a, z_src; shape [seeds, 4 width]."""
        return torch.cat([self.principal, self.api, self.principal * self.api, self.source], 1)


class Encoder(nn.Module):
    """Own features, and with one layer the mean of each relation's neighbours beside them.

    The form is GraphSAGE's (Hamilton et al. 2017), a weight a relation. ``layers = 0`` leaves two
    towers that see no neighbour.
    """

    def __init__(self, config: Config) -> None:
        super().__init__()
        width = config.width
        self.own = nn.ModuleDict({kind: nn.Linear(WIDTHS[kind], width) for kind in KINDS})
        self.heard = HeteroConv({r: _mean(r, width) for r in RELATIONS}) if config.layers else None
        self.out = nn.ModuleDict({kind: nn.Linear(width, width) for kind in KINDS})
        self.dropout = nn.Dropout(config.dropout)

    def forward(self, batch: Batch) -> Embedded:
        x = batch.features
        own = {kind: layer(x[kind][: batch.seeds]) for kind, layer in self.own.items()}
        if self.heard is not None:
            pairs = {
                (neighbour, name, kind): (x[neighbour], x[kind][: batch.seeds])
                for neighbour, name, kind in RELATIONS
            }
            for kind, message in self.heard(pairs, batch.edges).items():
                own[kind] = own[kind] + message
        done = {kind: self.out[kind](self.dropout(torch.relu(own[kind]))) for kind in KINDS}
        return Embedded(**done)


class Head(nn.Module):
    """The error edge's log odds of being an attack, from embeddings and as-of features."""

    def __init__(self, inputs: int, config: Config) -> None:
        super().__init__()
        width = config.head_width
        self.layers = nn.Sequential(
            nn.Linear(inputs, width),
            nn.ReLU(),
            nn.Dropout(config.dropout),
            nn.Linear(width, width // 2),
            nn.ReLU(),
            nn.Dropout(config.dropout),
            nn.Linear(width // 2, 1),
        )

    def forward(self, inputs: Tensor) -> Tensor:
        odds: Tensor = self.layers(inputs)[:, 0]  # [edges]
        return odds


def _mean(relation: tuple[str, str, str], width: int) -> SAGEConv:
    neighbour, _, node = relation
    return SAGEConv((WIDTHS[neighbour], WIDTHS[node]), width, aggr="mean", root_weight=False)
