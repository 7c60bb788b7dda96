"""``evaluate``: protocol D on any data of these forms; a report, its figures and its plots."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from multiprocessing import get_context
from pathlib import Path
from typing import Any, NamedTuple

import msgspec
import torch

from offtrail.models.benchmark import controls, plots, report
from offtrail.models.benchmark.cells import COUNTS, EXTRA, MODES, Filled, People, fill, grid
from offtrail.models.benchmark.controls import Fields
from offtrail.models.benchmark.entrants import (
    MLP,
    NO_KNOWLEDGE,
    OPPONENTS,
    SHIPPED,
    VARIANTS,
    Learned,
    Opponents,
)
from offtrail.models.benchmark.load import Data, load
from offtrail.models.benchmark.measures import Edges, edges
from offtrail.models.benchmark.split import Split, left_out, main_split

Found = dict[str, list[Edges]]
ASIDE = ("H", "H+B3", SHIPPED, NO_KNOWLEDGE)  # asked when a background is left out
QUICK = ("H", "H+B3", "random", "elastic-rare-code", SHIPPED, MLP, "tree")


class Plan(NamedTuple):
    """What is run for each seed."""

    data: Data
    split: int | None = None  # second that parts the last background, its middle by default
    quick: bool = False
    first: int = 0  # of the seeds

    @property
    def entrants(self) -> tuple[str, ...]:
        return QUICK if self.quick else (*OPPONENTS, *VARIANTS)

    @property
    def modes(self) -> tuple[str, ...]:
        return MODES if self.quick else MODES + EXTRA

    @property
    def counts(self) -> tuple[int, ...]:
        return COUNTS[1:2] if self.quick else COUNTS


class SeedRun(NamedTuple):
    """What one seed found."""

    seed: int
    main: Found
    aside: dict[str, Found]  # by the split that leaves a background out
    permuted: list[float]
    shuffled: list[float]
    fields: Fields
    truncated: int
    renamed: float


def evaluate(
    background: Sequence[Path],
    attacks: Sequence[Path],
    shams: Sequence[Path],
    *,
    seeds: int = 12,
    out: Path | None = None,
    quick: bool = False,
    split: int | None = None,
    first: int = 0,
    processes: int = 2,
    show: Callable[[str], None] = lambda line: None,
) -> dict[str, Any]:
    """Run protocol D; the object of ``report.json``, written with report.md and plots to ``out``.

    Raises:
        NothingToEvaluate: the data lack backgrounds, people, attacks or shams.
    """
    plan = Plan(load(background, attacks, shams), split, quick, first)
    for said in plan.data.losses:
        show(said)
    People(main_split(plan.data, split), plan.data.calls)  # say at once what is lacking
    runs = []
    drawn = range(first, first + (2 if quick else seeds))
    for found in _mapped(partial(one_seed, plan), drawn, processes):
        runs.append(found)
        show(f"seed {found.seed} done, {len(runs)} in all")
    made = report.built(plan.data, runs)
    if out is not None:
        out.mkdir(parents=True, exist_ok=True)
        (out / "report.json").write_bytes(msgspec.json.format(msgspec.json.encode(made)))
        (out / "report.md").write_text(report.markdown(made))
        plots.draw(runs, out)
    return made


def one_seed(plan: Plan, seed: int) -> SeedRun:
    """All cells, entrants and controls of a seed."""
    torch.set_num_threads(1)
    data = plan.data
    split = main_split(data, plan.split)
    people = People(split, data.calls)
    learned = Learned(split, data.calls, seed)
    cells = _cells(plan, split, people, seed)
    main = compared(plan.entrants, Opponents(split), learned, cells)
    aside = {} if plan.quick else {s.name: _aside(plan, s, seed) for s in left_out(data)}
    counted = [cell for cell in cells if cell.cell.mode in MODES]
    mine = [learned.values(SHIPPED, cell) for cell in counted]
    return SeedRun(
        seed,
        main,
        aside,
        controls.permuted(learned, counted, seed),
        [controls.shuffled(c, v) for c, v in zip(counted, mine, strict=True)],
        controls.fields(counted),
        controls.truncated(split, counted[seed % len(counted)]),
        controls.renamed(split, data.calls, counted, learned) if seed == plan.first else 0.0,
    )


def compared(
    names: Iterable[str], opponents: Opponents, learned: Learned, cells: Sequence[Filled]
) -> Found:
    """The error edges of every cell, as each entrant scores them."""
    found: Found = defaultdict(list)
    for name in names:
        asked = opponents.values if name in OPPONENTS else learned.values
        found[name] = [edges(cell, asked(name, cell)) for cell in cells]
    return dict(found)


def _cells(plan: Plan, split: Split, people: People, seed: int) -> list[Filled]:
    data = plan.data
    wanted = grid(data.attack_sets, seed, plan.modes)
    return [fill(c, split, people, data.calls) for c in wanted if c.each in plan.counts]


def _aside(plan: Plan, split: Split, seed: int) -> Found:
    """The same where the tested background was never learned from."""
    people = People(split, plan.data.calls)
    cells = _cells(plan._replace(quick=False), split, people, seed)
    counted = [cell for cell in cells if cell.cell.mode in MODES]
    return compared(ASIDE, Opponents(split), Learned(split, plan.data.calls, seed), counted)


def _mapped(
    work: Callable[[int], SeedRun], seeds: Sequence[int], processes: int
) -> Iterable[SeedRun]:
    """In so many processes; with one, here."""
    if processes < 2:
        yield from map(work, seeds)
        return
    with ProcessPoolExecutor(processes, get_context("spawn")) as pool:
        yield from pool.map(work, seeds)
