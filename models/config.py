"""The one configuration of everything learned: frozen, stored with each model."""

import msgspec


class Config(msgspec.Struct, frozen=True):
    """Sizes, rates and switches. A switch turned off is an ablation, never another code path."""

    seed: int = 0
    device: str = "cpu"

    width: int = 8  # of an embedding
    layers: int = 1  # 0: two towers that see no neighbour
    neighbours: int = 32  # most recent ones that a node hears from, for each relation
    dropout: float = 0.25

    pretext_epochs: int = 4
    pretext_tuples: int = 2_000_000  # at most so many an epoch, the most recent
    pretext_rate: float = 5e-3
    hidden_pairs: float = 0.7  # share of repeated pairs whose own edge is hidden

    heads: int = 3
    head_width: int = 64
    head_epochs: int = 25
    head_rate: float = 2e-3
    head_decay: float = 1e-2

    parties: int = 120  # of nine principals each, injected into the account's own history
    tail: int = 100_000  # activities that injections go into, the most recent

    trees: int = 150
    leaves: int = 8
    tree_rate: float = 0.05

    weight: float = 0.15  # of the tree and of the heads beside H
    clip: float = 6.0  # bound of a learned term, in log odds

    knowledge: bool = True
    counts: bool = True
    tree: bool = True
    encoder: bool = False  # True: the heads see the graph embedding beside the features
