"""The fusion: H, and beside it the clipped log odds of the tree and of the heads, as terms."""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import NDArray

from offtrail.models import inputs, network, tree
from offtrail.models.calls import Call
from offtrail.models.config import Config
from offtrail.models.counts import Counts
from offtrail.models.examples import Examples, Judged, examples
from offtrail.models.features import Features
from offtrail.models.knowledge import Knowledge, knowledge
from offtrail.models.network import Network
from offtrail.models.rows import Row
from offtrail.models.scorer import Scores, grained
from offtrail.models.tree import Tree

if TYPE_CHECKING:
    from offtrail.models.encoder import Encoder

Array = NDArray[np.float32]
Keep = Callable[[str], bool] | None
OTHERS = 1500  # APIs of AWS that the encoder is asked about beside the account's own


class Prepared(NamedTuple):
    """What training is done with: examples, and where the encoder puts them."""

    examples: Examples
    encoder: "Encoder | None"
    embedded: Array  # [examples, 4 width], no columns without an encoder


class Model:
    """A fitted fusion. It is asked ``on`` a history; the answer's terms sum to its scores."""

    def __init__(
        self,
        config: Config,
        known: Knowledge,
        attacks: Sequence[Call],
        encoder: "Encoder | None",
        booster: Tree | None,
        heads: Network | None,
    ) -> None:
        self.config, self.known, self.attacks = config, known, tuple(attacks)
        self.encoder, self.tree, self.network = encoder, booster, heads

    def on(self, history: Sequence[Row], places: Array | None = None) -> "Asked":
        """The model, ready to score rows whose past is ``history`` (used by the encoder only).

        ``places`` are the rows' embeddings where they are known already.
        """
        return Asked(self, history, places)

    def inputs(self, rows: Features) -> Array:
        return inputs.matrix(rows, self.known if self.config.knowledge else None)


class Asked:
    """A Fitted of models.scorer: asking changes nothing."""

    def __init__(
        self, model: Model, history: Sequence[Row] = (), places: Array | None = None
    ) -> None:
        self.model, self._history, self._places = model, history, places

    def score(self, rows: Features) -> Scores:
        """``H + .15 clip6(tree) + .15 clip6(mean of the heads)``, each term shown."""
        model, config = self.model, self.model.config
        seen = model.inputs(rows)
        base = Counts().score(rows)
        terms = [*(base.terms.T if config.counts else [])]
        names = [*(base.names if config.counts else [])]
        if model.tree is not None:
            terms.append(clipped(model.tree(seen), config))
            names.append("tree")
        if model.network is not None:
            heard = np.concatenate([seen, self._embedded(rows)], axis=1)
            terms.append(clipped(model.network(heard), config))
            names.append("network")
        return Scores(grained(terms), tuple(names), _because(model, rows, seen, base))

    def _embedded(self, rows: Features) -> Array:
        if self.model.encoder is None:
            return np.zeros((len(rows.rows), 0), np.float32)
        if self._places is not None:
            return self._places
        return placed(self.model, self._history, rows)


def placed(model: Model, history: Sequence[Row], rows: Features) -> Array:
    """Embeddings of rows in the graph of a history, shape [rows, 4 width]."""
    from offtrail.models.graphdata import Graph  # PyG takes seconds to import
    from offtrail.models.train import embed

    if model.encoder is None:
        return np.zeros((len(rows.rows), 0), np.float32)
    return embed(model.encoder, Graph(history, rows.rows, model.known), model.config)


def clipped(odds: NDArray[np.float64], config: Config) -> NDArray[np.float64]:
    """A learned term: log odds, bounded and weighed."""
    return config.weight * np.clip(odds, -config.clip, config.clip)


def fit(
    history: Sequence[Row],
    catalogue: Sequence[Call],
    config: Config | None = None,
    keep: Keep = None,
    judged: Sequence[Judged] = (),
) -> Model:
    """Learn a model from an account's history, a catalogue of calls and analysts' words.

    ``keep`` says of an API whether examples of it may be learned from (for cross-fitting).
    """
    chosen = config or Config()
    return learn(prepare(history, catalogue, chosen, judged), catalogue, chosen, keep)


def prepare(
    history: Sequence[Row],
    catalogue: Sequence[Call],
    config: Config,
    judged: Sequence[Judged] = (),
) -> Prepared:
    """Draw the examples, and teach the encoder (stage 1) where there is one."""
    known = knowledge()
    return embedded(history, examples(history, catalogue, known, config, judged), config)


def embedded(history: Sequence[Row], drawn: Examples, config: Config) -> Prepared:
    """Examples with their embeddings; every round of injections is a graph of its own."""
    count = len(drawn.labels)
    if not config.encoder:
        return Prepared(drawn, None, np.zeros((count, 0), np.float32))
    from offtrail.models.graphdata import Graph  # PyG takes seconds to import
    from offtrail.models.train import embed, pretext

    known = knowledge()
    others = known.apis[:: max(1, len(known.apis) // OTHERS)]
    encoder = pretext(Graph(history, (), known, others), config)
    places = np.zeros((count, 4 * config.width), np.float32)
    for turn, told in enumerate(drawn.history):
        at = np.flatnonzero(drawn.round == turn)
        graph = Graph(told, [drawn.features.rows[int(i)] for i in at], known)
        places[at] = embed(encoder, graph, config)
    return Prepared(drawn, encoder, places)


def learn(
    prepared: Prepared,
    catalogue: Sequence[Call],
    config: Config,
    keep: Keep = None,
) -> Model:
    """Teach tree and heads (stage 2) on the examples that may be learned from."""
    booster = learn_tree(prepared, config, keep) if config.tree else None
    nets = learn_network(prepared, config, keep) if config.heads else None
    attacks = [c for c in catalogue if c.label == "attack" and (keep is None or keep(c.api))]
    return Model(config, knowledge(), attacks, prepared.encoder, booster, nets)


def learn_tree(prepared: Prepared, config: Config, keep: Keep = None) -> Tree:
    """The tree of the examples whose API may be learned from."""
    at, seen = _seen(prepared, config, keep)
    names, directions = inputs.names(config.knowledge), inputs.directions(config.knowledge)
    return tree.fit(seen, prepared.examples.labels[at], names, directions, config)


def learn_network(prepared: Prepared, config: Config, keep: Keep = None) -> Network:
    """The heads of the examples whose API may be learned from."""
    at, seen = _seen(prepared, config, keep)
    places = prepared.embedded[at]
    heard = np.concatenate([seen, places], axis=1)
    return network.fit(heard, prepared.examples.labels[at], places.shape[1], config)


def _seen(prepared: Prepared, config: Config, keep: Keep) -> tuple[NDArray[np.int64], Array]:
    drawn = prepared.examples
    at = np.flatnonzero(drawn.of(lambda row: keep is None or keep(row.api)))
    known = knowledge() if config.knowledge else None
    return at, inputs.matrix(drawn.features.take(at), known)


def _because(
    model: Model, rows: Features, seen: Array, base: Scores
) -> Callable[[int], Sequence[str]]:
    from offtrail.models import reasons  # the sentences are only written where they are read

    return lambda row: reasons.of(model, rows, seen, base, row)
