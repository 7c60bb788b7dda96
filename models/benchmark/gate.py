"""The gate: what the product demands of itself on protocol D, line by line."""

from collections.abc import Callable
from math import isnan
from typing import Any, NamedTuple

from offtrail.models.benchmark.entrants import GNN, MLP, NO_KNOWLEDGE, SHIPPED

LEAK = 0.85


class Demand(NamedTuple):
    """A line: what is measured, and between which bounds it must lie."""

    says: str
    value: Callable[[dict[str, Any]], float]
    low: float = -1e9
    high: float = 1e9


def _ap(name: str, key: str = "mean") -> Callable[[dict[str, Any]], float]:
    return lambda made: float(made["scorers"][name]["ap"][key])


def _of(key: str) -> Callable[[dict[str, Any]], float]:
    return lambda made: float(made["scorers"][SHIPPED][key])


def _minus(a: str, b: str) -> Callable[[dict[str, Any]], float]:
    return lambda made: _ap(a)(made) - _ap(b)(made)


def _control(key: str) -> Callable[[dict[str, Any]], float]:
    return lambda made: float(made["controls"][key])


def _aside(other: str) -> Callable[[dict[str, Any]], float]:
    """The smallest lead over another scorer, of all backgrounds left out."""
    return lambda made: min(
        found[SHIPPED]["mean"] - found[other]["mean"] for found in made["left_out"].values()
    )


def wins(made: dict[str, Any], a: str, b: str, least: float) -> float:
    """Share of seeds in which ``a`` lies at least ``least`` above ``b``."""
    pairs = zip(*(made["scorers"][name]["ap"]["by_seed"] for name in (a, b)), strict=True)
    won = [bool(first - second >= least) for first, second in pairs]
    return float(sum(won)) / len(won)


def _worst_cell(made: dict[str, Any]) -> float:
    mine, anchor = (made["scorers"][name]["by_cell"] for name in (SHIPPED, "H"))
    return min(float(mine[cell] - anchor[cell]) for cell in mine)


DEMANDS = (
    Demand("fused minus H, at least .08", _minus(SHIPPED, "H"), 0.08),
    Demand(
        "share of seeds in which it is, at least 10 of 12",
        lambda made: wins(made, SHIPPED, "H", 0.08),
        10 / 12,
    ),
    Demand("fused minus (H + B3), at least .08", _minus(SHIPPED, "H+B3"), 0.08),
    Demand("AP mean, at least .62", _ap(SHIPPED), 0.62),
    Demand("AP mixed, at least .58", _ap(SHIPPED, "mixed"), 0.58),
    Demand("AP hard, at least .48", _ap(SHIPPED, "hard"), 0.48),
    Demand("AP within denials, at least .64", _of("ap_denials"), 0.64),
    Demand("victims in the top 10, at least .90", _of("victims_top10"), 0.90),
    Demand("victims in 5 episodes a day, at least .78", _of("victims_5_a_day"), 0.78),
    Demand("the worst cell against H, no lower than -.03", _worst_cell, -0.03),
    Demand(
        "share of seeds with the GNN not below the MLP, at least 9 of 12 (else it is left out)",
        lambda made: wins(made, GNN, MLP, 0.0),
        9 / 12,
    ),
    Demand("what removing API knowledge costs, at least .02", _minus(SHIPPED, NO_KNOWLEDGE), 0.02),
    Demand("permuted labels in the test, .48 to .52", _control("permuted_labels"), 0.48, 0.52),
    Demand(
        "permuted labels in training, .48 to .52", _control("permuted_training_labels"), 0.48, 0.52
    ),
    Demand("non-behavioural fields, .45 to .55", _control("non_behavioural_fields"), 0.45, 0.55),
    Demand("features changed by a truncated future, none", _control("truncated_future"), 0, 0),
    Demand("score changed by renamed accounts, 0", _control("renamed_accounts"), 0, 0),
    Demand("no leak: AP mixed, at most .85", _ap(SHIPPED, "mixed"), high=LEAK),
    Demand("no leak: AP hard, at most .85", _ap(SHIPPED, "hard"), high=LEAK),
    Demand("a background left out: fused minus H, at least .05", _aside("H"), 0.05),
    Demand("a background left out: fused minus (H + B3), at least .05", _aside("H+B3"), 0.05),
    Demand("stretch: AP mean, at least .72", _ap(SHIPPED), 0.72),
    Demand("stretch: AP hard, at least .60", _ap(SHIPPED, "hard"), 0.60),
)


def judged(made: dict[str, Any]) -> list[dict[str, Any]]:
    """Every demand that the run can answer, with its value and whether it holds."""
    lines = []
    for demand in DEMANDS:
        try:
            value = demand.value(made)
        except (KeyError, ValueError):  # the quick form leaves entrants and splits out
            continue
        if isnan(value):  # no attack of the data was denied
            continue
        holds = bool(demand.low - 1e-9 <= value <= demand.high + 1e-9)
        lines.append({"demand": demand.says, "value": value, "holds": holds})
    return lines
