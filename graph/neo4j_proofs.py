"""What proves arrows hour by hour in Neo4j: the packed activities and facts of their sources."""

from collections.abc import Iterable, Iterator
from functools import lru_cache
from hashlib import blake2b
from typing import NamedTuple

from neo4j import ManagedTransaction

from offtrail.graph.neo4j_packing import Day, Key, Tally, add
from offtrail.graph.neo4j_read import FACT_REST, rows
from offtrail.graph.relate import proves
from offtrail.graph.rows import ACTIVITY_KEY
from offtrail.graph.schema import BY_TYPE, RELATIONS
from offtrail.graph.window import Window

API, CODE, ERROR_CLASS = (ACTIVITY_KEY.index(name) for name in ("api", "code", "error_class"))
RELATION, OBJECT = (FACT_REST.index(name) for name in ("relation", "object"))
KNOWN = 100_000  # outcomes of an API whose relations are remembered


class Arrow(NamedTuple):
    """What makes an arrow one: a type, a pair and a code."""

    type: str
    source: str
    target: str
    code: str

    def key(self, salt: bytes) -> int:
        """A number that finds it in an index; salted, so that nobody can make two arrows meet."""
        text = "\0".join(self).encode()
        return int.from_bytes(blake2b(text, digest_size=8, key=salt).digest(), "big", signed=True)


Proof = tuple[str, str, str]  # type, target and code of an arrow of a source


class Way(NamedTuple):
    """A relation that a row proves: its name, the column of the target, whether it has a code."""

    type: str
    target: int
    coded: bool


Ways = tuple[Way, ...]


def hourly(tx: ManagedTransaction, arrows: Iterable[Arrow], window: Window) -> dict[Arrow, Day]:
    """The calls of each of ``arrows``, hour by hour of ``window``."""
    found: dict[Arrow, Day] = {arrow: {} for arrow in arrows}
    for label, ways in (("Activity", of_activity), ("Fact", of_fact)):
        wanted: dict[str, dict[Proof, Day]] = {}
        for arrow, day in found.items():
            if BY_TYPE[arrow.type].fact == (label == "Fact"):
                wanted.setdefault(arrow.source, {})[arrow.type, arrow.target, arrow.code] = day
        for source, hour, key, tally in rows(tx, label, window, sorted(wanted)):
            _count(wanted[source], hour, key, tally, ways(key))
    return found


def _count(own: dict[Proof, Day], hour: int, key: Key, tally: Tally, ways: Ways) -> None:
    """Count a row to those of its source's arrows that it proves and that are asked for."""
    for proof, error_class in proofs(key, ways):
        day = own.get(proof)
        if day is not None:
            day[hour] = add(tally._replace(error_class=error_class), day.get(hour))


def proofs(key: Key, ways: Ways) -> Iterator[tuple[Proof, str]]:
    """What a row proves of its owner: arrows without their source, and the class of each."""
    for type, target, coded in ways:
        if coded:
            yield (type, str(key[target]), str(key[CODE])), str(key[ERROR_CLASS])
        else:
            yield (type, str(key[target]), ""), ""


def of_activity(key: Key) -> Ways:
    """What an activity proves."""
    return _ways(str(key[API]), str(key[CODE]), str(key[ERROR_CLASS]))


@lru_cache(maxsize=KNOWN)
def _ways(api: str, code: str, error_class: str) -> Ways:
    return tuple(
        Way(r.name, ACTIVITY_KEY.index(r.target), r.coded)
        for r in RELATIONS
        if not r.fact and proves(r, api, code, error_class)
    )


def of_fact(key: Key) -> Ways:
    """What a fact proves."""
    return (Way(str(key[RELATION]), OBJECT, False),)
