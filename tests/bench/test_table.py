"""The bench's table: figures aligned, ratios named, what did not run said with its reason."""

from collections.abc import Iterator

import pytest

from tests.bench import __main__ as bench
from tests.bench.row import NotRun, Row
from tests.bench.table import number, table


def test_a_row_shows_its_figure_and_what_it_is_a_ratio_of() -> None:
    text = table([Row("ingest", "reduce", 151_234.0, "events/CPU-s", 0.65, "raw decode")])
    assert "151,234" in text
    assert "0.65 of raw decode" in text


@pytest.mark.parametrize(("value", "said"), [(151_234.4, "151,234"), (1.2345, "1.23"), (0.0, "0")])
def test_a_number_has_three_figures_or_all_before_the_point(value: float, said: str) -> None:
    assert number(value) == said


def test_a_part_that_cannot_run_says_why_and_keeps_the_rows_it_has(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def rows(quick: bool) -> Iterator[Row]:
        yield Row("http", f"quick is {quick}", 1.0, "ms")
        raise NotRun("no server")

    monkeypatch.setattr(bench, "rows_of", lambda part: rows)
    done, why = bench.measure("http", quick=True)
    assert [row.what for row in done] == ["quick is True"]
    assert why == "no server"


def test_a_part_that_is_not_there_is_named() -> None:
    assert bench.measure("no_such_part", quick=True) == (
        [],
        "tests.bench.no_such_part is not there",
    )


def test_an_unknown_part_is_bad_usage() -> None:
    assert bench.main(["nonsense"]) == 2
