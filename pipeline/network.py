"""Network: writes a week's communities, topics and sites as a graph for an analyst's program."""

import re
from collections import defaultdict
from itertools import combinations
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from contract.errors import FixSettings
from contract.mending import mended_first
from digest.issue import Network
from digest.network import network_of
from digest.weeks import span
from pipeline.protecting import refuse_unprotected
from pipeline.settings import Settings
from warehouse.store import opened
from warehouse.weekly import Wanted

if TYPE_CHECKING:
    import networkx as nx

FORMS: Final = (".graphml", ".gexf")
_MOST_PAIRED: Final = 1_000
"""Communities that are compared with each other, two by two."""
_KINDS: Final = {"topic": "is about", "site": "links to"}


def write_network(given: Settings, purpose: str, week: str, out: Path) -> dict[str, Any]:
    """Write the network of a purpose's week as GraphML or GEXF, as the file's ending says.

    Nodes are communities, topics and sites, with `posts`; an edge `is about` leads from a community
    to a topic, `links to` from a site to another, `shares topics` joins two communities, and its
    weight is how many. Returns `file`, `nodes` and `edges`. Raises FixSettings for a purpose,
    a week or an ending that is none, a sensitive topic that is not known, or where networkx is
    missing.
    """
    charter = given.load_charter()
    if purpose not in charter.purposes:
        there = ", ".join(charter.purposes)
        raise FixSettings(f"{purpose!r} is no purpose of the charter; there are {there}")
    if out.suffix not in FORMS:
        raise FixSettings(f"{out}: found the ending {out.suffix!r}; allowed: {', '.join(FORMS)}")
    _, end = span(week)
    try:
        with opened(given.warehouse) as engine:
            refuse_unprotected(engine, charter)
            with engine.connect() as conn:
                graph = graph_of(network_of(conn, Wanted(purpose, (), week, week, ())))
    except ModuleNotFoundError as error:
        raise FixSettings(
            f"goodguest network needs {error.name}, which is not installed; install goodguest with "
            "its extra: pip install 'goodguest[analysts]'"
        ) from error
    write_graph(graph, out, end.date().isoformat())
    return {"file": str(out), "nodes": len(graph), "edges": graph.number_of_edges()}


def graph_of(network: Network) -> "nx.DiGraph[str]":
    """Return the network as a graph, with an edge between communities that share topics."""
    import networkx as nx

    graph: nx.DiGraph[str] = nx.DiGraph()
    topics = defaultdict(set)
    for node in network.nodes:
        graph.add_node(node.key, label=node.name, kind=node.kind, posts=node.posts)
    for a, b, posts in network.edges:
        kind = graph.nodes[b]["kind"]
        graph.add_edge(a, b, kind=_KINDS[kind], weight=posts)
        if kind == "topic":
            topics[a].add(b)
    for a, b in combinations(sorted(topics)[:_MOST_PAIRED], 2):
        if shared := topics[a] & topics[b]:
            graph.add_edge(a, b, kind="shares topics", weight=len(shared))
    return graph


def write_graph(graph: "nx.DiGraph[str]", out: Path, day: str) -> None:
    """Write the graph as GraphML or GEXF, as the file's ending says, dated by the day."""
    import networkx as nx

    lines = nx.generate_graphml(graph) if out.suffix == ".graphml" else nx.generate_gexf(graph)
    # GEXF says on which day it was written; the same week is to give the same bytes.
    said = re.sub('lastmodifieddate="[0-9-]+"', f'lastmodifieddate="{day}"', "\n".join(lines))
    with mended_first(out):
        out.write_text(said + "\n", encoding="utf-8")
