"""What is measured, in one table: ``make bench``, or ``python -m tests.bench [--quick] [PART...]``.

Nothing here is asserted: figures depend on the machine, so ratios within one run stand beside them.
"""

import sys
from collections.abc import Callable, Iterable
from importlib import import_module

from tests.bench.row import NotRun, Row
from tests.bench.table import machine, table

PARTS = ("ingest", "graph_sqlite", "graph_neo4j", "scoring", "training", "http")
"""The modules of this folder that measure; each has ``rows(quick: bool) -> Iterable[Row]``."""

Rows = Callable[[bool], Iterable[Row]]


def rows_of(part: str) -> Rows:
    """The function of a part that measures."""
    rows: Rows = import_module(f"tests.bench.{part}").rows
    return rows


def measure(part: str, quick: bool) -> tuple[list[Row], str]:
    """The rows of a part, and why there are none or no more: "" where all ran."""
    done: list[Row] = []
    try:
        for row in rows_of(part)(quick):
            sys.stderr.write(f"{part}: {row.what}\n")
            done.append(row)
    except ModuleNotFoundError as missing:
        return done, f"{missing.name} is not there"
    except NotRun as reason:
        return done, str(reason)
    return done, ""


def main(arguments: list[str]) -> int:
    """Measure the parts that are named, all where none is, and write the table."""
    quick = "--quick" in arguments
    named = [word for word in arguments if not word.startswith("-")]
    if unknown := [word for word in named if word not in PARTS]:
        sys.stderr.write(f"no part {', '.join(unknown)}; there are {', '.join(PARTS)}\n")
        return 2
    results = {part: measure(part, quick) for part in named or PARTS}
    rows = [row for found, _ in results.values() for row in found]
    command = " ".join(["python -m tests.bench", *arguments])
    missing = [f"{part}: not run: {why}" for part, (_, why) in results.items() if why]
    sys.stdout.write("\n".join([f"$ {command}", machine(), "", table(rows), *missing, ""]))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
