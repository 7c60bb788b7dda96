"""What is generated from the schema is the schema's."""

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings

from offtrail.graph.generate import PAGE, cypher_constraints, page
from offtrail.graph.open import open_store
from offtrail.graph.schema import KINDS, RELATIONS, TYPES, VERSION
from offtrail.graph.window import HOUR, Window
from tests.graph.made import call, partial
from tests.graph.world import START, arrows, batch, worlds


def test_the_page_of_the_schema_is_current() -> None:
    assert PAGE.read_text(encoding="utf-8") == page(), "run python -m offtrail.graph.generate"


def test_every_relation_stands_between_kinds_that_there_are() -> None:
    assert {end for r in RELATIONS for end in (r.source_kind, r.target_kind)} <= set(KINDS)
    assert len(set(TYPES)) == len(RELATIONS)


def test_every_relation_has_its_constraint() -> None:
    told = "\n".join(cypher_constraints())
    assert all(f"()-[r:{name}]-()" in told for name in TYPES)


def test_the_latest_relation_has_the_version_of_the_schema() -> None:
    assert max(relation.since for relation in RELATIONS) == VERSION


def test_relations_keep_the_numbers_that_stores_know_them_by() -> None:
    assert " ".join(TYPES) == (
        "ACTED_AS ASSUMED CALLED DENIED FAILED FROM HELD ISSUED ON RAN_AS TOUCHED USED LAUNCHED"
    )


def shown(path: Path, view: str) -> list[Any]:
    """All rows of a view, as a shell without functions of ours shows them."""
    with closing(sqlite3.connect(path)) as shell:
        columns = "source, target, code, error_class, hour, calls, first, last"
        rows = shell.execute(f'SELECT {columns} FROM "{view}"')  # noqa: S608 - our own words
        return sorted(rows.fetchall())


@settings(max_examples=10, deadline=None)
@given(world=worlds(most=20))
def test_views_show_every_hour_of_relations_in_a_sql_shell(
    tmp_path_factory: pytest.TempPathFactory, world
) -> None:
    path = tmp_path_factory.mktemp("views") / "a.db"
    store = open_store(f"sqlite:///{path}")
    for part in (world[::2], world[1::2]):
        store.write(batch(part))
    store.close()
    expected: dict[str, list[Any]] = {name: [] for name in TYPES}
    for hour in sorted({row["hour"] for row, _ in world}):
        for a in arrows(world, Window(hour * HOUR, (hour + 1) * HOUR)):
            key = (a.source, a.target, a.code, a.error_class, hour)
            expected[a.type].append((*key, a.count, a.first, a.last))
    assert {name: shown(path, name) for name in TYPES} == {
        name: sorted(rows) for name, rows in expected.items()
    }


def test_a_view_finds_a_source_by_its_rows(tmp_path: Path) -> None:
    store = open_store(f"sqlite:///{tmp_path}/a.db")
    store.write(partial([call(1, START)]))
    store.close()
    with closing(sqlite3.connect(tmp_path / "a.db")) as shell:
        plan = shell.execute('EXPLAIN QUERY PLAN SELECT * FROM "FAILED" WHERE source = ?', ["x"])
        steps = [row[3] for row in plan]
    assert "SEARCH n USING INTEGER PRIMARY KEY (rowid>? AND rowid<?)" in steps
    assert not any(step.startswith(("SCAN n", "SCAN s", "SCAN t")) for step in steps)
