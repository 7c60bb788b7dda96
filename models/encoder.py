"""The encoder: one layer of mean aggregation over a graph of features."""

import warnings
from typing import NamedTuple

import torch
from torch import Tensor, nn

from offtrail.models.config import Config
from offtrail.models.graphdata import RELATIONS, WIDTHS, Batch

with warnings.catch_warnings():  # torch_geometric 2.8 scripts some of its own classes on import
    warnings.simplefilter("ignore", FutureWarning)
    from torch_geometric.nn import HeteroConv, SAGEConv

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
        self.heard = _listening(width) if config.layers else None
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


def _listening(width: int) -> HeteroConv:
    with warnings.catch_warnings():  # services are heard and never asked about: that is meant
        warnings.simplefilter("ignore", UserWarning)
        return HeteroConv({relation: _mean(relation, width) for relation in RELATIONS})


def _mean(relation: tuple[str, str, str], width: int) -> SAGEConv:
    neighbour, _, node = relation
    return SAGEConv((WIDTHS[neighbour], WIDTHS[node]), width, aggr="mean", root_weight=False)
