"""The shipped catalogue of calls, derived from files of real attacks and benign errors.

python -m offtrail.models.benchmark.derive --attacks FILE... --shams FILE... --out FILE
"""

import argparse
from collections.abc import Sequence
from pathlib import Path

from offtrail.models.benchmark.load import failing
from offtrail.models.calls import write

SAYS = (
    "facts of error calls: which API failed with which code, and the public data set that shows it"
)


def derive(attacks: Sequence[Path], shams: Sequence[Path], out: Path) -> int:
    """Write the distinct failing calls of the files; how many there are."""
    found = [*failing(attacks, "attack"), *failing(shams, "benign")]
    write(found, [SAYS, "made by: python -m offtrail.models.benchmark.derive"], out)
    return len(found)


def main() -> None:
    """The command of the first line."""
    parser = argparse.ArgumentParser(description=SAYS)
    for name in ("--attacks", "--shams"):
        parser.add_argument(name, nargs="+", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    asked = parser.parse_args()
    derive(asked.attacks, asked.shams, asked.out)


if __name__ == "__main__":
    main()
