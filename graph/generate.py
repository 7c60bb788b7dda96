"""Makes from the schema what is said again elsewhere: SQL views, Cypher constraints, SCHEMA.md."""

from pathlib import Path

import numpy as np

from offtrail.graph.schema import KINDS, NODES, RELATIONS, TYPES, VERSION, Relation
from offtrail.graph.sqlite_packed import ENTRY, HOURS, OUT, between

PAGE = Path(__file__).with_name("SCHEMA.md")

VIEW = """
CREATE VIEW IF NOT EXISTS "{name}" AS SELECT s.name AS source, t.name AS target, c.text AS code,
    k.text AS error_class, n.id % {hours} AS hour, {calls} AS calls,
    n.id % {hours} * 3600 + {first} AS first, n.id % {hours} * 3600 + {last} AS last
FROM node s CROSS JOIN near n ON n.id {rows} CROSS JOIN json_each({places}) e
    CROSS JOIN node t ON t.id = {other} JOIN word c ON c.id = {code}
    JOIN word k ON k.id = {error_class}
WHERE substr(n.arrows, 1 + {size} * e.key, 1) = x'{way:02x}'
"""
SIZE = f"length(n.arrows) / {ENTRY.itemsize}"
PLACES = f"'[' || rtrim(replace(hex(zeroblob({SIZE})), '00', '0,'), ',') || ']'"
"""A list as long as a row has entries: e.key counts them."""
NAMES = ENTRY.names or ()
WHERE = dict(
    zip(NAMES, np.cumsum([0, *(ENTRY[name].itemsize for name in NAMES)]).tolist(), strict=False)
)


def sql_views() -> tuple[str, ...]:
    """A view a relation over the tables of the SQLite store, for people with a SQL shell."""
    fields = {name: _number(name) for name in NAMES}
    fields |= {"places": PLACES, "size": str(ENTRY.itemsize)}
    fields |= {"hours": str(HOURS), "rows": between("s.id")}
    return tuple(
        VIEW.format(**{**fields, "name": name, "way": 2 * place + OUT}).strip()
        for place, name in enumerate(TYPES)
    )


def _number(name: str) -> str:
    """A field of entry ``e.key`` in plain SQL: sixteen times the number so far, and a digit."""
    kind, at = ENTRY[name], WHERE[name]
    digits = 2 * kind.itemsize
    raw = f"hex(substr(n.arrows, {at + 1} + {ENTRY.itemsize} * e.key, {kind.itemsize}))"
    terms = [
        f"instr('123456789ABCDEF', substr({raw}, {digit + 1}, 1)) * {16 ** (digits - 1 - digit)}"
        for digit in range(digits)
    ]
    return "(" + " + ".join(terms) + ")"


def cypher_constraints() -> tuple[str, ...]:
    """Constraints and indexes that the graph of a Neo4j store stands on."""
    return (
        "CREATE CONSTRAINT entity_id IF NOT EXISTS FOR (n:Entity) REQUIRE n.id IS UNIQUE",
        "CREATE TEXT INDEX entity_text IF NOT EXISTS FOR (n:Entity) ON (n.text)",
        *(
            f"CREATE CONSTRAINT arrow_{name.lower()} IF NOT EXISTS"
            f" FOR ()-[r:{name}]-() REQUIRE r.key IS UNIQUE"
            for name in TYPES
        ),
    )


def cypher_labels() -> dict[str, str]:
    """The label of each kind of node in Neo4j."""
    return {kind: kind.capitalize() for kind in KINDS}


def proof(relation: Relation) -> str:
    """Which rows prove a relation, in words."""
    rows = f"facts `{relation.name}`" if relation.fact else "calls"
    outcome = "" if relation.outcome == "any" else f" that {OUTCOMES[relation.outcome]}"
    of = f" to {', '.join(f'`{api}`' for api in relation.apis)}" if relation.apis else ""
    return f"{rows}{of}{outcome}"


OUTCOMES = {"succeeded": "succeeded", "failed": "failed", "denied": "were denied"}

HEAD = """\
# The graph: kinds of nodes and relations

Generated from `schema.py` (version {version}) by `python -m offtrail.graph.generate`.

Every relation has the number of calls that prove it, the first and last second, and the ids of
the three earliest events, hour by hour. Those with a code stand once a raw error code, with its
class.

## Nodes

| kind | what it is | an id |
|---|---|---|
"""
RELATIONS_HEAD = """
## Relations

| relation | from | to | what it says | proved by | ends, as columns | code |
|---|---|---|---|---|---|---|
"""
NEO4J_HEAD = """
## In Neo4j

Each node has the label `Entity` and that of its kind: {labels}.

```cypher
{constraints};
```
"""
SQL_HEAD = """
## In SQLite

Each relation is a view of its hours, with the columns source, target, code, error_class, hour,
calls, first and last:

```sql
SELECT target, code, sum(calls) FROM "FAILED"
WHERE source = 'arn:aws:iam::111122223333:user/ann' GROUP BY 1, 2;
```

A source is found at once. Other conditions take all packed hours apart.
"""


def page() -> str:
    """SCHEMA.md."""
    nodes = "".join(f"| {n.name} | {n.meaning} | `{n.example}` |\n" for n in NODES)
    relations = "".join(
        f"| {r.name} | {r.source_kind} | {r.target_kind} | {r.meaning} | {proof(r)} "
        f"| `{r.source}`, `{r.target}` | {'yes' if r.coded else ''} |\n"
        for r in RELATIONS
    )
    neo4j = NEO4J_HEAD.format(
        labels=", ".join(f"`{label}`" for label in cypher_labels().values()),
        constraints=";\n".join(cypher_constraints()),
    )
    return HEAD.format(version=VERSION) + nodes + RELATIONS_HEAD + relations + neo4j + SQL_HEAD


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
