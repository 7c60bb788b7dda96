"""Controls: checks that must fail to find anything, or there is a leak."""

import random
import re
from collections.abc import Iterable, Mapping, Sequence
from itertools import count
from zlib import crc32

import lightgbm as lgb
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from offtrail.models.asof import features
from offtrail.models.baselines import ACCOUNT
from offtrail.models.benchmark.cells import Filled, People, fill
from offtrail.models.benchmark.entrants import FOLDS, SHIPPED, Learned
from offtrail.models.benchmark.measures import auroc
from offtrail.models.benchmark.split import Split, made
from offtrail.models.calls import Call
from offtrail.models.config import Config
from offtrail.models.fusion import Model, Prepared, learn_network
from offtrail.models.knowledge import knowledge
from offtrail.models.rows import rows
from offtrail.models.state import State

PERMUTATIONS = 5  # of the training labels, for each seed, each with its mirror
CUTS = 8  # random seconds at which the future is cut off
NON_BEHAVIOURAL = ("account", "region", "kind", "agent", "via", "mfa", "session", "instance")
OTHER_ACCOUNT = 444455556666  # the first of the numbers that accounts get instead


def permuted(learned: Learned, cells: Sequence[Filled], seed: int) -> list[float]:
    """AUROC of heads taught on shuffled labels, one a shuffle and cell.

    One shuffle alone lies up to .4 off .5, since edges of a kind move together; its mirror, attacks
    and benign errors exchanged, lies as far on the other side. What leaks moves both one way.
    Not of trees: their monotone directions are a prior that no shuffle takes away.
    """
    config = Config(seed=seed, counts=False, tree=False, heads=1, head_epochs=6, encoder=False)
    prepared = learned.prepared(config)
    found = []
    for turn in range(PERMUTATIONS):
        shuffled = np.random.default_rng((seed, turn)).permutation(prepared.examples.labels)
        for labels in (shuffled, 1 - shuffled):
            drawn = prepared.examples._replace(labels=labels)
            taught = Prepared(drawn, None, prepared.embedded)
            nets = [learn_network(taught, config, learned.keep(own)) for own in FOLDS]
            models = [Model(config, knowledge(), (), None, None, net) for net in nets]
            scored = (learned.scores(c, models.__getitem__).values for c in cells)
            found += [auroc(c.labels == 1, v) for c, v in zip(cells, scored, strict=True)]
    return found


def shuffled(cell: Filled, values: NDArray[np.float64]) -> float:
    """AUROC of real scores against shuffled labels of the test."""
    rng = np.random.default_rng(crc32(repr(cell.cell).encode()))
    return auroc(rng.permutation(cell.labels) == 1, values)


Fields = list[tuple[list[list[object]], list[int]]]
"""Of each cell: non-behavioural fields of injected rows, 1 where the row is an attack."""


def fields(cells: Sequence[Filled]) -> Fields:
    """All that a rewritten row says beside what was called and how it ended."""
    found: Fields = []
    for cell in cells:
        count = len(cell.templates)
        table: list[list[object]] = []
        for row, template in zip(cell.features.rows[-count:], cell.templates, strict=True):
            place = row.source.split(":")[0]
            clock = [row.second // 3600 % 24, row.second % 60, row.second % 3600]
            table.append(
                [*(template[name] for name in NON_BEHAVIOURAL), place, row.principal, *clock]
            )
        found.append((table, [int(label == 1) for label in cell.labels[-count:]]))
    return found


def non_behavioural(seeds: Sequence[Fields]) -> float:
    """AUROC, attack against sham, of trees on non-behavioural fields, in two folds.

    Seeds lie apart; of a single one the cells, each of which draws people of its own.
    """
    parts = seeds if len(seeds) > 1 else [[cell] for cell in seeds[0]]
    told = [
        (at % 2, line, label)
        for at, cells in enumerate(parts)
        for table, labels in cells
        for line, label in zip(table, labels, strict=True)
    ]
    names = np.array([[str(value) for value in line] for _, line, _ in told])
    coded = np.stack([np.unique(column, return_inverse=True)[1] for column in names.T], 1)
    labels, half = (np.array([one[at] for one in told]) for at in (2, 0))
    scores = np.zeros(len(labels))
    for own in (0, 1):
        data = lgb.Dataset(coded[half != own], labels[half != own])
        settings = {"objective": "binary", "verbose": -1, "num_threads": 1, "seed": own}
        scores[half == own] = lgb.train(settings, data, 60).predict(coded[half == own])
    return float(np.mean([auroc(labels[half == own] == 1, scores[half == own]) for own in (0, 1)]))


def truncated(split: Split, cell: Filled) -> int:
    """Feature values that change when the future after a random second is cut off; must be 0."""
    rng = random.Random(cell.cell.seed)  # noqa: S311 - a repeatable draw, no secret
    told = [row for row in rows(cell.history) if row.second >= split.start]
    changed = 0
    for _ in range(CUTS):
        cut = rng.randrange(split.start, split.end)
        at = [i for i, row in enumerate(cell.features.rows) if row.second < cut]
        asked = [cell.features.rows[i] for i in at]
        known = features([r for r in told if r.second < cut], asked, State.unpacked(split.state))
        changed += int((known.matrix != cell.features.matrix[at]).sum())
    return changed


def renamed(
    split: Split, calls: Sequence[Call], cells: Sequence[Filled], learned: Learned
) -> float:
    """Largest change of a score when every account and principal gets another name; must be 0."""
    other = renamed_split(split)
    people, again = People(other, calls), Learned(other, calls, learned.seed)
    worst = 0.0
    for cell in cells:
        twin = fill(cell.cell, other, people, calls)
        change = again.values(SHIPPED, twin) - learned.values(SHIPPED, cell)
        worst = max(worst, float(np.abs(change).max()))
    return worst


def renamed_split(split: Split) -> Split:
    """The same split with other names for its accounts and principals."""
    numbers = _numbers((split.train, split.test))
    train, test = (_renamed(table, numbers) for table in (split.train, split.test))
    return made(split.name, train, test, split.start)


def _renamed(table: pa.Table, numbers: Mapping[str, str]) -> pa.Table:
    """The same activities of other organisations, as many of them."""
    for name in ("account", "principal_account", "principal", "session"):
        at = table.schema.get_field_index(name)
        old = pc.unique(table.column(name))
        new = [_other(text, numbers, name == "principal") for text in old.to_pylist()]
        column = pa.array(new, pa.string()).take(pc.index_in(table.column(name), old))
        table = table.set_column(at, table.schema.field(name), column)
    return table


def _other(text: str, numbers: Mapping[str, str], person: bool) -> str:
    """A text with other account numbers; a person with another name, too."""
    told = ACCOUNT.sub(lambda found: numbers.get(found[0], found[0]), text)
    return re.sub(r"^arn:(.*)/(.*)$", r"arn:\1/z\2x", told, flags=re.DOTALL) if person else told


def _numbers(tables: Iterable[pa.Table]) -> dict[str, str]:
    """Another number for each account, two never the same one."""
    columns = [t.column(name) for t in tables for name in ("account", "principal_account")]
    met = {text for column in columns for text in pc.unique(column).to_pylist() if text}
    free = (number for n in count(OTHER_ACCOUNT) if (number := f"{n:012d}") not in met)
    return dict(zip(sorted(met), free, strict=False))
