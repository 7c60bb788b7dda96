"""The descent tree: the keys that a credential issued, and those that these issued in turn."""

import re
from collections.abc import Sequence

from offtrail.api.blast import relationship
from offtrail.api.errors import NotFound
from offtrail.api.objects import Descent
from offtrail.api.walk import Step
from offtrail.graph.store import GraphStore, Node
from offtrail.graph.window import ALWAYS
from offtrail.models.times import rfc3339

MOST = 2_000
"""Credentials of a tree; beyond them it says that it is truncated."""
CHILDREN = 500
READABLE = re.compile(r"key:\w+")
"""A key's id; some trails mask it, and then one id stands for many keys."""


def tree(store: GraphStore, root: Node) -> Descent:
    """Breadth first over ISSUED; each key with the principals that used it.

    Raises:
        NotFound: the node is no credential.
    """
    if root.kind != "credential":
        raise NotFound(f"{root.id} is a {root.kind}, not a credential")
    steps, truncated = issued(store, [root.id])
    depth = {root.id: 0}
    for step in steps:
        depth.setdefault(step.far, step.hop)
    known = store.nodes(depth)
    users = users_of(store, list(depth))
    nodes = tuple(_node(known.get(key), key, at, users[key]) for key, at in depth.items())
    return Descent(root.id, nodes, tuple(relationship(step) for step in steps), truncated)


def issued(store: GraphStore, roots: list[str]) -> tuple[list[Step], bool]:
    """Every ISSUED arrow below some credentials, and whether a bound cut the tree."""
    steps: list[Step] = []
    met, frontier, hop, truncated = set(roots), list(roots), 0, False
    while frontier and len(met) < MOST:
        hop, level, frontier = hop + 1, frontier, []
        near = store.relationships_of(ALWAYS, level, types=("ISSUED",), limit=CHILDREN)
        for key, (arrows, cuts) in near.items():
            truncated = truncated or bool(cuts)
            for arrow in arrows:
                if arrow.source == key:
                    steps.append(Step(arrow, "observed", key, arrow.target, hop))
                    if arrow.target not in met:
                        met.add(arrow.target)
                        frontier.append(arrow.target)
    return steps, truncated or bool(frontier)


def issuers(store: GraphStore, keys: list[str]) -> dict[str, str]:
    """The keys that issued some keys, and those that issued these: each with the one it issued."""
    found: dict[str, str] = {}
    frontier = list(keys)
    while frontier and len(found) < MOST:
        level, frontier = frontier, []
        near = store.relationships_of(ALWAYS, level, types=("ISSUED",), limit=CHILDREN)
        for key, (arrows, _) in near.items():
            for arrow in arrows:
                if arrow.target == key and arrow.source not in found and arrow.source not in keys:
                    found[arrow.source] = key
                    frontier.append(arrow.source)
    return found


def users_of(store: GraphStore, keys: Sequence[str]) -> dict[str, list[str]]:
    """The principals whose calls were signed with each key."""
    near = store.relationships_of(ALWAYS, keys, types=("USED",), limit=CHILDREN)
    return {
        key: sorted({arrow.source for arrow in arrows if arrow.target == key})
        for key, (arrows, _) in near.items()
    }


def kind_of(key: str, users: list[str]) -> str:
    """What is to be done with a key depends on whose it is, and on whether its id can be read."""
    if not READABLE.fullmatch(key):
        return "masked key"
    if not key.startswith("key:ASIA"):
        return "user key"
    return "user session" if any(":user/" in user for user in users) else "session"


def _node(node: Node | None, key: str, depth: int, users: list[str]) -> dict[str, object]:
    return {
        "id": key,
        "depth": depth,
        "temporary": key.removeprefix("key:").startswith("ASIA"),
        "principals": users,
        "first": rfc3339(node.first) if node else "",
        "last": rfc3339(node.last) if node else "",
    }
