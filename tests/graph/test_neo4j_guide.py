"""What the Browser is given: saved queries that run, a rule for every label, a guide twice."""

import re
from collections.abc import Iterator
from io import BytesIO
from zipfile import ZipFile

import neo4j
import pytest

from offtrail.graph.generate import cypher_labels
from offtrail.graph.neo4j_guide import QUESTIONS, STYLE, archive, asciidoc, html, saved
from offtrail.graph.neo4j_store import Neo4jStore
from offtrail.graph.schema import TYPES
from tests.graph.made import call, fact, partial
from tests.graph.neo4j_server import clear

NOON = 1_764_072_000
ROLE = "arn:aws:iam::111122223333:role/web"
INTRUDER = "arn:aws:iam::111122223333:user/intruder"
OWN = {"08-credentials", "05-stolen-roles"}  # whose paths also lead on from what they name


@pytest.fixture(scope="module")
def explored(neo4j_url: str) -> Iterator[neo4j.Driver]:
    """An incident: an instance's key used from outside, denials, a role assumed."""
    store = Neo4jStore(clear(neo4j_url))
    stolen = {"principal": ROLE, "credential": "key:ASIAWEB0000000000001"}
    denied = {"principal": INTRUDER, "kind": "user", "code": "AccessDenied"}
    bucket = {"resource": "arn:aws:s3:::payroll"}
    assume = {"api": "api:sts:AssumeRole", "resource": ROLE, "principal": INTRUDER}
    calls = [
        call(1, NOON, **stolen, source="ip:198.51.100.9"),
        call(2, NOON + 5, **stolen, source="ip:203.0.113.66", api="api:s3:GetObject", **bucket),
        call(3, NOON + 9, **denied, api="api:s3:GetObject", **bucket),
        call(4, NOON + 12, **denied, api="api:iam:ListUsers", source="ip:203.0.113.66"),
        call(5, NOON + 15, **assume, source="ip:203.0.113.66"),
        call(6, NOON + 20, code="AccessDenied", api="api:iam:ListUsers"),
        call(7, NOON + 25, api="api:iam:ListUsers"),
        call(8, NOON + 30, api="api:ec2:RunInstances", principal=INTRUDER),
    ]
    facts = [
        fact(1, NOON, "HELD", "instance:i-0a1b2c3d", "ip:198.51.100.9"),
        fact(1, NOON, "RAN_AS", "instance:i-0a1b2c3d", ROLE),
        fact(5, NOON, "ISSUED", "key:ASIAADMIN0000000001", "key:ASIAWEB0000000000001"),
        fact(8, NOON, "LAUNCHED", INTRUDER, "instance:i-0a1b2c3d"),
    ]
    store.write(partial(calls, facts))
    scores = {
        (INTRUDER, "api:s3:GetObject", "AccessDenied"): 3.5,
        (INTRUDER, "api:iam:ListUsers", "AccessDenied"): 2.5,
    }
    store.mark(scores, {INTRUDER: "Suspect", ROLE: "Watch"})
    store.close()
    with neo4j.GraphDatabase.driver(neo4j_url) as driver:
        yield driver


@pytest.mark.neo4j
@pytest.mark.parametrize("name", sorted(saved()))
def test_a_saved_query_returns_paths_of_the_incident(explored: neo4j.Driver, name: str) -> None:
    found = explored.execute_query(saved()[name]).records
    paths = [value for row in found for value in row.values() if value is not None]
    assert paths
    assert all(isinstance(path, neo4j.graph.Path) for path in paths)


@pytest.mark.neo4j
def test_an_address_that_no_instance_of_the_role_held_is_found(explored: neo4j.Driver) -> None:
    found = explored.execute_query(saved()["05-stolen-roles"]).records
    assert {row["p"].end_node["id"] for row in found} == {"ip:203.0.113.66"}


@pytest.mark.neo4j
def test_the_scope_draws_launched_instances_and_the_roles_they_ran_with(
    explored: neo4j.Driver,
) -> None:
    found = explored.execute_query(saved()["07-last-day"]).records
    (row,) = [row for row in found if row["p"].end_node["id"] == "instance:i-0a1b2c3d"]
    assert row["ran"].end_node["id"] == ROLE


@pytest.mark.neo4j
def test_failures_without_a_score_do_not_crowd_out_the_scored(explored: neo4j.Driver) -> None:
    queries = saved()
    with explored.session() as session, session.begin_transaction() as tx:
        more = """
        MATCH (who:Suspect) UNWIND range(1, 6) AS n
        CREATE (who)-[:FAILED {code: 'Throttling'}]->(api:Entity:Api {id: 'api:ec2:Made' + n})
        CREATE (who)-[:CALLED {count: 9}]->(api)
        """
        tx.run(more).consume()
        for name in ("02-error-history", "03-command-history"):
            drawn = {row["p"].end_node["id"] for row in tx.run(queries[name])}
            assert drawn, name
            assert not {id for id in drawn if "Made" in id}, name
        tx.rollback()


LATER = """
CREATE (who:Entity:Principal:Watch {id: 'late'})-[:FAILED {score: 1.0, code: 'AccessDenied',
  first: datetime('2026-01-01'), last: datetime('2026-01-01')}]->(:Entity:Api {id: 'api:s3:Late'})
WITH who, {first: datetime('2025-01-01'), last: datetime('2026-01-02')} AS when
CREATE (who)-[from:FROM]->(address:Entity:Source {id: 'ip:198.51.100.99'})
CREATE (who)-[touched:TOUCHED]->(:Entity:Resource {id: 'arn:aws:s3:::late'})
CREATE (who)-[used:USED]->(:Entity:Credential {id: 'key:ASIALATE000000000001'})
CREATE (:Entity:Principal {id: 'other'})-[too:FROM]->(address)
SET from = when, touched = when, used = when, too = when
"""
"""A principal of a weak score, active long after the suspect's strongest error."""


@pytest.mark.neo4j
@pytest.mark.parametrize(
    "name", ["04-addresses", "06-shared-addresses", "07-last-day", "08-credentials"]
)
def test_the_strongest_error_comes_first_not_the_latest_call(
    explored: neo4j.Driver, name: str
) -> None:
    with explored.session() as session, session.begin_transaction() as tx:
        tx.run(LATER).consume()
        drawn = [row["p"].start_node["id"] for row in tx.run(saved()[name])]
        assert drawn[0] == INTRUDER
        assert drawn[-1] == "late", "the weaker comes too"
        tx.rollback()


@pytest.mark.neo4j
def test_a_role_on_its_instances_own_addresses_is_not_drawn(explored: neo4j.Driver) -> None:
    more = """
    MATCH (role {id: $role}), (stolen:Instance {id: 'instance:i-0a1b2c3d'})
    CREATE (:Entity:Instance {id: 'instance:sibling'})-[:RAN_AS]->(role)
    WITH role, stolen MATCH (sibling {id: 'instance:sibling'})
    CREATE (sibling)-[:HELD {first: datetime('2025-01-01')}]->(own:Source {id: 'ip:198.51.100.10'})
    CREATE (role)-[:FROM {first: datetime('2025-01-01')}]->(own)
    CREATE (stolen)-[:HELD {first: datetime('2026-01-01')}]->(new:Source {id: 'ip:203.0.113.77'})
    CREATE (role)-[:FROM {first: datetime('2026-01-01')}]->(new)
    """
    with explored.session() as session, session.begin_transaction() as tx:
        tx.run(more, role=ROLE).consume()
        found = list(tx.run(saved()["05-stolen-roles"]))
        assert [row["p"].end_node["id"] for row in found] == ["ip:203.0.113.77", "ip:203.0.113.66"]
        assert {node["id"] for row in found if row["ran"] for node in row["ran"].nodes} == {
            ROLE,
            "instance:i-0a1b2c3d",
            "ip:203.0.113.77",
        }
        tx.rollback()


def test_there_are_ten_saved_queries_each_with_a_name_and_a_limit() -> None:
    queries = saved()
    assert len(queries) == 10
    for name, text in queries.items():
        assert re.match(r"// [A-Z]\w+: .{10,}\n", text), name
        limit = int(re.findall(r"LIMIT (\d+)\s*$", text)[0])
        hops = 4 if name in OWN or "*1..3" in text else 2
        assert limit * (hops + 1) <= 500, name
    names = [text.splitlines()[0] for text in queries.values()]
    assert len(set(names)) == len(names)


def test_the_zip_holds_every_saved_query_and_is_always_the_same() -> None:
    with ZipFile(BytesIO(archive())) as zip:
        held = {name: zip.read(name).decode() for name in zip.namelist()}
    assert held == {f"offtrail/{name}.cypher": text for name, text in saved().items()}
    assert archive() == archive()


def test_every_label_and_type_has_a_rule_and_bands_come_after_kinds() -> None:
    style = STYLE.read_text()
    rules = re.findall(r"^(?:node|relationship)\.(\w+) \{", style, re.M)
    book = {"Entity", "Activity", "Fact", "Seen", "File", "Document", "Store"}
    assert set(rules) == {*cypher_labels().values(), *TYPES, "Watch", "Suspect", *book}
    kinds = max(rules.index(label) for label in cypher_labels().values())
    assert kinds < rules.index("Watch") < rules.index("Suspect")
    assert style.count("{") - style.count('"{') == style.count("}") - style.count('}"')


def test_the_guide_asks_seven_questions_in_both_forms() -> None:
    assert len(QUESTIONS) == 7
    assert html().count("<slide") == asciidoc().count("\n== ") == 7
    for question in QUESTIONS:
        for name in question.queries:
            assert saved()[name].strip() in asciidoc()
    assert html().count('runnable">') == asciidoc().count("[source,cypher]")
