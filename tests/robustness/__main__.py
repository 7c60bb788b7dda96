"""``python -m tests.robustness [--quick]``: the table of attackers, printed and kept.

In full it writes models/evaluation/attackers.md; ``--quick`` only prints, and leaves out the month
that a slow probe and two weeks of warming up need.
"""

import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from offtrail.models.rows import Row
from tests.robustness.line import Lines
from tests.robustness.measure import outcomes
from tests.robustness.report import FORCES, Part, broken, markdown
from tests.robustness.scenarios import BURST, SCENARIOS
from tests.robustness.scorers import fused, h
from tests.robustness.world import FULL, SMALL, World, recorded, simulated
from tests.shared import NEEDED, shared_data

ROOT = Path(__file__).parents[2]
KEPT = ROOT / "models" / "evaluation" / "attackers.md"


def worlds(quick: bool) -> Iterator[World]:
    """Made-up lives, and the recorded day where the development data is there."""
    yield simulated(SMALL)
    if file := shared_data("background-2017.ndjson.gz"):
        yield recorded(file)
    else:
        sys.stderr.write(f"no recorded day: {NEEDED}\n")
    if not quick:
        yield simulated(FULL)


def history(world: World) -> list[Row]:
    """What is known before the first scored second."""
    with tempfile.TemporaryDirectory() as folder:
        return Lines(world, h(), Path(folder)).history()


def measured(quick: bool) -> Iterator[Part]:
    """Every world, scorer and force of attack in turn."""
    for world in worlds(quick):
        names = [s.name for s in SCENARIOS if s.days or s.name == BURST] if world.long else []
        learned = fused(history(world), world)
        for scorer, options, force in (
            ("H", h(), "loud"),
            ("H", h(), "faint"),
            ("fusion", learned, "loud"),
            ("fusion", learned, "faint"),
        ):
            sys.stderr.write(f"{world.name}, {scorer}, {force}\n")
            found = tuple(outcomes(world._replace(apis=FORCES[force]), options, names))
            yield Part(world.name, scorer, force, found)


def main(arguments: list[str]) -> int:
    """Play everything; 1 where a demand is broken."""
    quick = "--quick" in arguments
    parts = list(measured(quick))
    page = markdown(parts, " ".join(["python -m tests.robustness", *arguments]))
    sys.stdout.write(page)
    if not quick:
        KEPT.parent.mkdir(parents=True, exist_ok=True)
        KEPT.write_text(page)
    return int(bool(broken(parts)))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
