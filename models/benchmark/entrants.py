"""Who is compared: the product's scorers, its parts alone, and it without each of its parts."""

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple
from zlib import crc32

import msgspec
import numpy as np
from numpy.typing import NDArray

from offtrail.models.benchmark.cells import Cell, Filled
from offtrail.models.benchmark.split import Split
from offtrail.models.calls import Call
from offtrail.models.catalogue import CATALOGUE
from offtrail.models.company import heard
from offtrail.models.config import Config
from offtrail.models.examples import examples
from offtrail.models.fusion import Model, Prepared, embedded, learn_network, learn_tree, placed
from offtrail.models.knowledge import knowledge
from offtrail.models.network import Network
from offtrail.models.operations import canonical
from offtrail.models.rows import rows
from offtrail.models.scorer import Fitted, Scores
from offtrail.models.tree import Tree

FOLDS = (0, 1)
SHIPPED = "offtrail"
GNN, TWO, MLP = "H+tree+GNN", "H+tree+two-tower", "H+tree+MLP"
NO_KNOWLEDGE = "no API knowledge"


class Variant(NamedTuple):
    """A setting of the fusion, and what it is."""

    says: str
    changes: dict[str, Any]
    company: bool = True  # the second pass, in which an edge hears the others of its episode


ALONE = {"counts": False}
VARIANTS: dict[str, Variant] = {
    SHIPPED: Variant("the fusion as it ships", {}),
    GNN: Variant("heads on the graph embedding, one layer", {"encoder": True, "layers": 1}),
    TWO: Variant("heads on two towers, no neighbours", {"encoder": True, "layers": 0}),
    MLP: Variant("heads on features alone", {"encoder": False}),
    NO_KNOWLEDGE: Variant("features alone, no knowledge of APIs", {"knowledge": False}),
    "no second pass": Variant("an edge hears no other of its episode", {}, company=False),
    "no tree": Variant("H and the heads", {"tree": False}),
    "no network": Variant("H and the tree", {"heads": 0}),
    "no counts": Variant("the tree and the heads", ALONE),
    "tree": Variant("the tree alone", {**ALONE, "heads": 0}, company=False),
    "MLP": Variant(
        "heads on features alone, alone", {**ALONE, "tree": False, "encoder": False}, company=False
    ),
    "GNN": Variant(
        "heads on the embedding, alone", {**ALONE, "tree": False, "encoder": True}, company=False
    ),
    "two-tower": Variant(
        "the same with no neighbours, alone",
        {**ALONE, "tree": False, "encoder": True, "layers": 0},
        company=False,
    ),
}
OPPONENTS = {e.scorer.name: e for e in CATALOGUE if e.scorer.name != SHIPPED}


def fold(api: str, seed: int) -> int:
    """Which half of the APIs one belongs to; the other half's model scores it."""
    return crc32(f"{seed}:{':'.join(canonical(api))}".encode()) % len(FOLDS)


class Opponents:
    """Scorers of the catalogue, fitted once a split where they keep no books of their own."""

    def __init__(self, split: Split) -> None:
        self._split = split
        self._fitted: dict[str, Fitted] = {}

    def values(self, name: str, filled: Filled) -> NDArray[np.float64]:
        scorer = OPPONENTS[name].scorer
        if scorer.history_days:
            return scorer.fit(self._split.past, filled.history).score(filled.features).values
        if name not in self._fitted:
            self._fitted[name] = scorer.fit(self._split.past, self._split.train)
        return self._fitted[name].score(filled.features).values


class Learned:
    """The fusion in all its variants, cross-fitted: what two variants share is taught once."""

    def __init__(self, split: Split, calls: Sequence[Call], seed: int) -> None:
        self._calls, self.seed = calls, seed
        self._history = rows(split.train)
        self._drawn = examples(self._history, calls, knowledge(), Config(seed=seed))
        self._prepared: dict[tuple[bool, int], Prepared] = {}
        self._trees: dict[tuple[bool, int], Tree] = {}
        self._places: dict[tuple[int, Cell], NDArray[np.float32]] = {}
        self._networks: dict[tuple[bool, bool, int, int], Network] = {}

    def values(self, name: str, filled: Filled) -> NDArray[np.float64]:
        """Scores of a cell's rows, each by the model that never learned from its API."""
        variant = VARIANTS[name]
        config = msgspec.structs.replace(Config(seed=self.seed), **variant.changes)
        scores = self.scores(filled, lambda own: self.model(config, own))
        return (heard(filled.features.rows, scores) if variant.company else scores).values

    def scores(self, filled: Filled, model: Callable[[int], Model]) -> Scores:
        """First-pass scores of a cell's rows, without sentences."""
        part = np.array([fold(row.api, self.seed) for row in filled.features.rows])
        at = [np.flatnonzero(part == own) for own in FOLDS]
        found = [self._asked(model(own), filled, at[own]) for own in FOLDS]
        terms = np.zeros((len(part), len(found[0].names)))
        for own in FOLDS:
            terms[at[own]] = found[own].terms
        return Scores(terms, found[0].names, lambda row: ())

    def _asked(self, model: Model, filled: Filled, at: NDArray[np.int64]) -> Scores:
        return model.on((), self._places_of(model, filled)[at]).score(filled.features.take(at))

    def model(self, config: Config, own: int) -> Model:
        """The variant that scores a fold, taught on the other one."""
        prepared = self.prepared(config)
        keep = self.keep(own)
        tree, heads = (
            (config.knowledge, own),
            (config.knowledge, config.encoder, config.layers, own),
        )
        if config.tree and tree not in self._trees:
            self._trees[tree] = learn_tree(prepared, config, keep)
        if config.heads and heads not in self._networks:
            self._networks[heads] = learn_network(prepared, config, keep)
        return Model(
            config,
            knowledge(),
            self._calls,
            prepared.encoder,
            self._trees[tree] if config.tree else None,
            self._networks[heads] if config.heads else None,
        )

    def _places_of(self, model: Model, filled: Filled) -> NDArray[np.float32]:
        """The cell's embeddings by the model's encoder, which both folds share."""
        layers = model.config.layers if model.encoder is not None else -1
        if (layers, filled.cell) not in self._places:
            told = rows(filled.history) if model.encoder is not None else ()
            self._places[layers, filled.cell] = placed(model, told, filled.features)
        return self._places[layers, filled.cell]

    def keep(self, own: int) -> Callable[[str], bool]:
        return lambda api: fold(api, self.seed) != own

    def prepared(self, config: Config) -> Prepared:
        key = (config.encoder and config.heads > 0, config.layers)
        if key not in self._prepared:
            chosen = msgspec.structs.replace(config, encoder=key[0])
            self._prepared[key] = embedded(self._history, self._drawn, chosen)
        return self._prepared[key]
