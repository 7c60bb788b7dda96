"""``python -m tests.robustness [--quick]``: the table of attackers, printed and kept.

In full it writes models/evaluation/attackers.md; ``--quick`` plays a short life and only prints.
"""

import os
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from offtrail.models.rows import Row
from tests.robustness.line import Lines
from tests.robustness.measure import outcomes
from tests.robustness.report import FORCES, Part, broken, markdown
from tests.robustness.scorers import fused, h
from tests.robustness.world import FULL, SMALL, World, recorded, simulated

ROOT = Path(__file__).parents[2]
KEPT = ROOT / "models" / "evaluation" / "attackers.md"


def worlds(quick: bool) -> Iterator[World]:
    """The made-up life, and the recorded day where the development data is there."""
    yield simulated(SMALL if quick else FULL)
    shared = Path(os.environ.get("OFFTRAIL_SHARED", ROOT / ".." / "shared"))
    file = shared / "data" / "background-2017.ndjson.gz"
    if file.exists():
        yield recorded(file)
    else:
        sys.stderr.write(f"no recorded day: {file.name} is not there\n")


def history(world: World) -> list[Row]:
    """What is known before the first scored second."""
    with tempfile.TemporaryDirectory() as folder:
        return Lines(world, h(), Path(folder)).history()


def measured(quick: bool) -> Iterator[Part]:
    """Every world, scorer and force of attack in turn."""
    for world in worlds(quick):
        for scorer, options in (("H", h()), ("fusion", fused(history(world), world))):
            for force, apis in FORCES.items():
                sys.stderr.write(f"{world.name}, {scorer}, {force}\n")
                found = tuple(outcomes(world._replace(apis=apis), options))
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
