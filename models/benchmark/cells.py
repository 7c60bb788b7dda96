"""Cells: calls a victim x attack set x sham mode, filled with injections for a seed."""

import random
from collections.abc import Iterable, Sequence
from typing import NamedTuple

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from offtrail.graph.window import HOUR
from offtrail.models.asof import features
from offtrail.models.benchmark.split import Split
from offtrail.models.benign import Benign
from offtrail.models.calls import Call
from offtrail.models.errors import NothingToEvaluate
from offtrail.models.features import Features
from offtrail.models.injection import SPREAD
from offtrail.models.knowledge import knowledge
from offtrail.models.rows import Row, rows
from offtrail.models.state import State

VICTIMS, OTHERS = 3, 6
COUNTS = (1, 3, 10)  # attack errors a victim
MODES = ("mixed", "hard", "clean")
EXTRA = ("own",)  # a cleaner sham list, reported beside the three and never averaged with them


class Cell(NamedTuple):
    """A setting of the protocol; ``attacks`` names an attack set."""

    mode: str
    attacks: str
    each: int  # attack errors a victim
    seed: int


class Injected(NamedTuple):
    """A call given to a person: every other field is that of the person's activity ``template``."""

    call: Call
    person: str
    template: int  # row of the pool's table
    second: int


class Filled(NamedTuple):
    """A cell's error rows with their features; ``label`` 1 attack, 0 natural, -1 sham."""

    cell: Cell
    features: Features
    labels: NDArray[np.int64]
    history: pa.Table  # train, test and injections
    templates: list[dict[str, object]]  # of the injected rows, which come last


def grid(sets: Sequence[str], seed: int, modes: Sequence[str] = MODES + EXTRA) -> list[Cell]:
    """The 18 cells of D, for two attack sets, and those of the extra modes."""
    return [Cell(mode, name, k, seed) for mode in modes for name in sets for k in COUNTS]


class People:
    """Who may be injected, and the activities whose identity, place and time they lend."""

    def __init__(self, split: Split, calls: Sequence[Call]) -> None:
        self.table = pa.concat_tables([split.test, split.train])
        self.rows = rows(self.table)
        self.acts: dict[str, list[int]] = {}
        self._tested = split.test.num_rows
        for kinds in (("user",), ("role", "root", "federated")):
            if len(self.acts) < VICTIMS + OTHERS:
                self._add(kinds, range(self._tested))
                self._fill(kinds)
        if len(self.acts) < VICTIMS + OTHERS:
            raise NothingToEvaluate(
                f"users and roles in the backgrounds: {len(self.acts)}; {VICTIMS + OTHERS} are "
                f"needed, {VICTIMS} to attack and {OTHERS} who meet benign errors"
            )
        self.benign = Benign(calls, rows(split.train), knowledge())

    def _add(self, kinds: Sequence[str], at: Iterable[int]) -> None:
        for i in at:
            if self.rows[i].kind in kinds:
                self.acts.setdefault(self.rows[i].principal, []).append(i)

    def _fill(self, kinds: Sequence[str]) -> None:
        """People who act only where we learn, when the test has too few."""
        if len(self.acts) < VICTIMS + OTHERS:
            known = set(self.acts)
            rest = range(self._tested, len(self.rows))
            self._add(kinds, (i for i in rest if self.rows[i].principal not in known))

    def inject(
        self, person: str, calls: Sequence[Call], split: Split, rng: random.Random
    ) -> list[Injected]:
        """Calls within half an hour from an activity of the person, or from any second."""
        template = rng.choice(self.acts[person])
        inside = template < self._tested
        start = self.rows[template].second if inside else rng.randrange(split.start, split.end)
        last = max(start + 1, min(start + SPREAD, split.end))
        return [Injected(call, person, template, rng.randrange(start, last)) for call in calls]


def fill(cell: Cell, split: Split, people: People, calls: Sequence[Call]) -> Filled:
    """Attack calls for three people, as many shams in all for six others, into the test."""
    rng = random.Random(f"{cell}")  # noqa: S311 - a repeatable draw, no secret
    names = list(people.acts)
    rng.shuffle(names)
    pool = [call for call in calls if call.label == "attack" and call.dataset == cell.attacks]
    injected: list[Injected] = []
    for person in names[:VICTIMS]:
        drawn = rng.sample(pool, min(cell.each, len(pool)))
        injected += people.inject(person, drawn, split, rng)
    total = len(injected)
    for turn, person in enumerate(names[VICTIMS : VICTIMS + OTHERS]):
        share = total // OTHERS + (turn < total % OTHERS)
        drawn = people.benign.draw(cell.mode, person, share, rng)
        injected += people.inject(person, drawn, split, rng)
    return known(cell, split, people, injected)


def known(cell: Cell, split: Split, people: People, injected: Sequence[Injected]) -> Filled:
    """The features of every error row, natural and injected, as of its second."""
    added, templates = rewritten(people.table, injected)
    told = rows(added)
    test = rows(split.test)
    natural = [row for row in test if row.code]
    found = features(sorted([*test, *told], key=_second), [*natural, *told], _state(split))
    labels = [0] * len(natural) + [1 if i.call.label == "attack" else -1 for i in injected]
    history = pa.concat_tables([split.train, split.test, added])
    return Filled(cell, found, np.array(labels), history, templates)


def rewritten(
    table: pa.Table, injected: Sequence[Injected]
) -> tuple[pa.Table, list[dict[str, object]]]:
    """Injected calls as activities of their people: identity, account, region, address, agent."""
    templates: list[dict[str, object]] = table.take([i.template for i in injected]).to_pylist()
    written = []
    for at, (own, one) in enumerate(zip(templates, injected, strict=True)):
        call = one.call
        what = {"api": call.api, "code": call.code, "error_class": call.error_class}
        when = {"hour": one.second // HOUR, "first": one.second, "last": one.second, "count": 1}
        left = {"reason": "", "resource": "", "event_ids": [f"injected-{at}"]}
        written.append({**own, **what, **when, **left})
    return pa.Table.from_pylist(written, schema=table.schema), templates


def _state(split: Split) -> State:
    return State.unpacked(split.state)


def _second(row: Row) -> int:
    return row.second
