"""The pictures of an evaluation: precision against recall, alerts a day against recall."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from numpy.typing import NDArray

from offtrail.models.benchmark.cells import MODES
from offtrail.models.benchmark.entrants import SHIPPED
from offtrail.models.benchmark.measures import Edges

if TYPE_CHECKING:
    from offtrail.models.benchmark.run import SeedRun

Array = NDArray[np.float64]
Curve = Callable[[Edges], Array]
SHOWN = (SHIPPED, "H", "H+B3", "elastic-rare-code", "random")
RECALL = np.linspace(0.02, 1, 50)
ALERTS = np.arange(1, 31, dtype=np.int64)


def draw(runs: Sequence["SeedRun"], out: Path) -> None:
    """Write both pictures: means over cells, bands over seeds."""
    _picture(runs, out / "precision_recall.png", precision, RECALL, ("recall", "precision"))
    _picture(runs, out / "alerts_recall.png", recall, ALERTS, ("alerts a day", "recall of edges"))


def precision(found: Edges) -> Array:
    """Precision at the first rank that reaches each recall."""
    hits = np.cumsum(found.attack[np.argsort(-found.score, kind="stable")])
    at = np.searchsorted(hits, np.ceil(RECALL * hits[-1] - 1e-9))
    return np.asarray(hits[at] / (at + 1), dtype=np.float64)


def recall(found: Edges) -> Array:
    """Share of attack edges among the highest, by how many are looked at."""
    hits = np.cumsum(found.attack[np.argsort(-found.score, kind="stable")])
    return np.asarray(hits[np.minimum(ALERTS, len(hits)) - 1] / hits[-1], dtype=np.float64)


def _picture(
    runs: Sequence["SeedRun"],
    path: Path,
    curve: Curve,
    steps: NDArray[Any],
    labels: tuple[str, str],
) -> None:
    figure = Figure(figsize=(7, 5), layout="constrained")
    FigureCanvasAgg(figure)
    axes = figure.add_subplot()
    for name in SHOWN:
        if name in runs[0].main:
            _band(axes, name, runs, curve, steps)
    axes.set_xlabel(labels[0])
    axes.set_ylabel(labels[1])
    axes.set_ylim(0, 1)
    axes.legend()
    figure.savefig(path, dpi=110, metadata={"Software": None})


def _band(
    axes: Axes, name: str, runs: Sequence["SeedRun"], curve: Curve, steps: NDArray[Any]
) -> None:
    lines = np.array(
        [
            np.mean([curve(one) for one in run.main[name] if one.cell.mode in MODES], axis=0)
            for run in runs
        ]
    )
    (line,) = axes.plot(steps, lines.mean(0), label=name)
    low, high = np.percentile(lines, (10, 90), axis=0)
    axes.fill_between(steps, low, high, alpha=0.15, color=line.get_color())
