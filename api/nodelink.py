"""A subgraph as a NetworkX graph, and as its node-link JSON."""

import msgspec
import networkx as nx

from offtrail.api.objects import Subgraph


def graph(answer: Subgraph) -> "nx.MultiDiGraph[str]":
    """Nodes by id with their fields, an edge an arrow, keyed by type, code and layer."""
    drawn: nx.MultiDiGraph[str] = nx.MultiDiGraph(
        seed=answer.seed, truncated=answer.truncated, window=msgspec.to_builtins(answer.window)
    )
    for node in answer.nodes:
        fields = msgspec.to_builtins(node)
        drawn.add_node(fields.pop("id"), **fields)
    for arrow in answer.relationships:
        fields = msgspec.to_builtins(arrow)
        source, target = fields.pop("source"), fields.pop("target")
        drawn.add_edge(source, target, f"{arrow.type} {arrow.code} {arrow.layer}", **fields)
    return drawn


def node_link(answer: Subgraph) -> bytes:
    """``networkx.node_link_graph(json.loads(...), edges="edges")`` reads it back."""
    return msgspec.json.encode(nx.node_link_data(graph(answer), edges="edges"))
