"""The bench's table as text, under the machine and the command that made it."""

import os
import platform
from collections.abc import Sequence
from pathlib import Path

from tests.bench.row import Row


def machine() -> str:
    """Cores, processor and Python of the machine that the figures hold for."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    return f"{cores} cores, {_processor()}, Python {platform.python_version()}"


def _processor() -> str:
    info = Path("/proc/cpuinfo")
    lines = info.read_text().splitlines() if info.is_file() else []
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.processor() or platform.machine()


def table(rows: Sequence[Row]) -> str:
    """The rows in aligned columns."""
    head = ("part", "what", "figure", "unit", "ratio")
    cells = [head, *((r.part, r.what, number(r.value), r.unit, _ratio(r)) for r in rows)]
    widths = [max(len(row[column]) for row in cells) for column in range(len(head))]
    return "\n".join(_line(row, widths) for row in cells)


def _line(row: Sequence[str], widths: Sequence[int]) -> str:
    padded = (
        cell.rjust(width) if column == 2 else cell.ljust(width)
        for column, (cell, width) in enumerate(zip(row, widths, strict=True))
    )
    return "  ".join(padded).rstrip()


def _ratio(row: Row) -> str:
    return "" if row.ratio is None else f"{row.ratio:.2f} of {row.against}"


def number(value: float) -> str:
    """Three figures that count, thousands set apart."""
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"
