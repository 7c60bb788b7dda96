"""What is generated from the schema is the schema's."""

import sqlite3
from pathlib import Path

from offtrail.graph.generate import PAGE, cypher_constraints, page
from offtrail.graph.open import open_store
from offtrail.graph.schema import KINDS, RELATIONS, TYPES
from tests.graph.made import call, partial
from tests.graph.world import PEOPLE, START


def test_the_page_of_the_schema_is_current() -> None:
    assert PAGE.read_text(encoding="utf-8") == page(), "run python -m offtrail.graph.generate"


def test_every_relation_stands_between_kinds_that_there_are() -> None:
    assert {end for r in RELATIONS for end in (r.source_kind, r.target_kind)} <= set(KINDS)
    assert len(set(TYPES)) == len(RELATIONS)


def test_every_relation_has_its_constraint() -> None:
    told = "\n".join(cypher_constraints())
    assert all(f"()-[r:{name}]-()" in told for name in TYPES)


def test_views_show_relations_in_a_sql_shell(tmp_path: Path) -> None:
    store = open_store(f"sqlite:///{tmp_path}/a.db")
    store.write(partial([call(1, START), call(2, START, code="AccessDenied")]))
    store.close()
    shell = sqlite3.connect(tmp_path / "a.db")
    found = shell.execute(
        'SELECT source, target, code, error_class, calls FROM "FAILED"'
    ).fetchall()
    assert found == [(PEOPLE[0], "api:iam:ListUsers", "AccessDenied", "denied", 1)]
    shell.close()
