"""The report of an evaluation: figures as one object, and the same as Markdown."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import botocore
import numpy as np

from offtrail.models.benchmark import controls, gate
from offtrail.models.benchmark.cells import MODES
from offtrail.models.benchmark.entrants import GNN, MLP, OPPONENTS, SHIPPED, TWO, VARIANTS
from offtrail.models.benchmark.load import Data
from offtrail.models.benchmark.measures import MEASURES, Edges, interval

if TYPE_CHECKING:
    from offtrail.models.benchmark.run import SeedRun

SAYS = {name: entry.says for name, entry in OPPONENTS.items()} | {
    name: variant.says for name, variant in VARIANTS.items()
}
READINGS = """\
Where the protocol leaves a choice, the reading whose unlearned baselines come nearest to the
published ones was taken, before any learned score was looked at: shams are as many in all as
attacks; a victim's errors are distinct (API, code), as many as the set has; half of `hard` are
foreign denials, half denied reads of any operation in a service that the account uses; a third each
of `clean` are foreign non-denials, denied reads and denied writes of APIs called in the account, in
the user's own services. `own` is the cleaner list: errors that colleagues in the same account
really met, given to another user; it is not part of the mean. Elastic's jobs are re-implemented.
"""


def built(data: Data, runs: Sequence["SeedRun"]) -> dict[str, Any]:
    """The object of ``report.json``."""
    names = list(runs[0].main)
    gathered = {name: [one for run in runs for one in run.main[name]] for name in names}
    counted = [one for one in gathered[names[0]] if one.cell.mode in MODES]
    made: dict[str, Any] = {
        "seeds": len(runs),
        "first_seed": runs[0].seed,
        "cells": len({_cell(one) for one in counted}),
        "scorers": {
            name: figures(found) | {"says": SAYS[name]} for name, found in gathered.items()
        },
        "controls": _controls(runs),
        "left_out": _aside(runs),
        "data": data.hashes,
        "losses": list(data.losses),
        "knowledge": f"botocore {botocore.__version__}",
    }
    return made | {"gate": gate.judged(made)}


def figures(found: Sequence[Edges]) -> dict[str, Any]:
    """What FACES promises of a scorer, and an interval, a cold start and every cell beside it."""
    counted = [one for one in found if one.cell.mode in MODES]
    means = {key: _mean(measure(one) for one in counted) for key, measure in MEASURES.items()}
    average = MEASURES["ap"]
    seeds = list(dict.fromkeys(one.cell.seed for one in counted))
    by_seed = [_mean(average(one) for one in counted if one.cell.seed == seed) for seed in seeds]
    modes = dict.fromkeys(one.cell.mode for one in found)
    by_mode = {m: _mean(average(one) for one in found if one.cell.mode == m) for m in modes}
    by_cell: dict[str, list[float]] = defaultdict(list)
    for one in counted:
        by_cell[_cell(one)].append(average(one))
    low, high = interval(counted)
    spread = {"mean": means.pop("ap"), "sd": float(np.std(by_seed)), "by_seed": by_seed}
    return {
        "ap": {**spread, "low": low, "high": high, **by_mode},
        **means,
        "by_cell": {cell: _mean(values) for cell, values in by_cell.items()},
    }


def _cell(one: Edges) -> str:
    return f"{one.cell.mode} {one.cell.attacks} {one.cell.each}"


def _mean(values: Iterable[float]) -> float:
    """Of those that are numbers; not a number where none is, such as denials without an attack."""
    told = [value for value in values if not np.isnan(value)]
    return float(np.mean(told)) if told else float("nan")


def _controls(runs: Sequence["SeedRun"]) -> dict[str, float]:
    return {
        "permuted_labels": _mean(value for run in runs for value in run.shuffled),
        "permuted_training_labels": _mean(value for run in runs for value in run.permuted),
        "non_behavioural_fields": controls.non_behavioural([run.fields for run in runs]),
        "truncated_future": float(sum(run.truncated for run in runs)),
        "renamed_accounts": max(run.renamed for run in runs),
    }


def _aside(runs: Sequence["SeedRun"]) -> dict[str, dict[str, dict[str, float]]]:
    """AP of each scorer where a background was left out, by mode and in all."""
    average, found = MEASURES["ap"], {}
    for split in runs[0].aside:
        found[split] = {
            name: {
                "mean": _mean(average(one) for run in runs for one in run.aside[split][name]),
                **{
                    mode: _mean(
                        average(one)
                        for run in runs
                        for one in run.aside[split][name]
                        if one.cell.mode == mode
                    )
                    for mode in MODES
                },
            }
            for name in runs[0].aside[split]
        }
    return found


def markdown(made: Mapping[str, Any]) -> str:
    """The report for a reader."""
    parts = [
        "# Evaluation: protocol D\n",
        f"{made['seeds']} seeds from {made['first_seed']} on, {made['cells']} cells each, paired. "
        "Unit: the error edge. Every "
        "learned score is by a model that saw no example of its API.\n",
        READINGS,
        "## Scorers\n",
        _table(made["scorers"]),
        "## Gate\n",
        _lines(("demand", "value", "holds"), [_gate_line(line) for line in made["gate"]]),
        _verdict(made),
        "## Controls\n",
        _lines(("control", "value"), [(k, f"{v:.3f}") for k, v in made["controls"].items()]),
        *_left_out(made["left_out"]),
        "## Data\n",
        _lines(("file", "sha256"), list(made["data"].items())),
        *(f"Losses: {said}\n" for said in made["losses"]),
        "![Precision against recall](precision_recall.png)\n",
        "![Alerts a day against recall](alerts_recall.png)\n",
    ]
    return "\n".join(parts)


def _gate_line(line: Mapping[str, Any]) -> tuple[str, str, str]:
    return line["demand"], f"{line['value']:.3f}", "yes" if line["holds"] else "**no**"


def _verdict(made: Mapping[str, Any]) -> str:
    """Said plainly: whether the graph embedding earns its place."""
    scorers = made["scorers"]
    if GNN not in scorers:
        return "The graph embedding was not asked in this quick form.\n"
    count = round(gate.wins(dict(made), GNN, MLP, 0.0) * made["seeds"])
    two = round(gate.wins(dict(made), GNN, TWO, 0.0) * made["seeds"])
    means = {name: scorers[name]["ap"]["mean"] for name in (GNN, MLP, TWO)}
    kept = "earns" if count >= 0.75 * made["seeds"] else "does not earn"
    return (
        "In the same fusion the graph embedding is not below the multi-layer perceptron in "
        f"{count} of {made['seeds']} seeds (AP {means[GNN]:.3f} against {means[MLP]:.3f}), and not "
        f"below two towers in {two} (AP {means[TWO]:.3f}): by the gate it {kept} its place.\n"
    )


HEAD = (
    "scorer",
    "AP",
    "sd",
    "95 %",
    *MODES,
    "own",
    "denials",
    "cold",
    "AUROC",
    "top 10",
    "5 a day",
)


def _table(scorers: Mapping[str, Any]) -> str:
    order = sorted(scorers, key=lambda name: (name != SHIPPED, -scorers[name]["ap"]["mean"]))
    body = [_scorer_line(name, scorers[name]) for name in order]
    return _lines((*HEAD, "what it is"), body)


def _scorer_line(name: str, of: Mapping[str, Any]) -> tuple[str, ...]:
    ap = of["ap"]
    modes = [f"{ap[mode]:.2f}" if mode in ap else "" for mode in (*MODES, "own")]
    keys = ("ap_denials", "ap_cold", "auroc", "victims_top10", "victims_5_a_day")
    rest = [f"{of[key]:.2f}" for key in keys]
    span = f"{ap['low']:.2f} to {ap['high']:.2f}"
    return (name, f"{ap['mean']:.3f}", f"{ap['sd']:.3f}", span, *modes, *rest, of["says"])


def _left_out(found: Mapping[str, Any]) -> list[str]:
    if not found:
        return []
    body = [
        (split, name, *(f"{values[key]:.3f}" for key in ("mean", *MODES)))
        for split, scorers in found.items()
        for name, values in scorers.items()
    ]
    return ["## One background left out\n", _lines(("split", "scorer", "AP", *MODES), body)]


def _lines(head: Sequence[str], body: Sequence[Sequence[str]]) -> str:
    rows = [head, ["---"] * len(head), *body]
    return "\n".join("| " + " | ".join(row) + " |" for row in rows) + "\n"
