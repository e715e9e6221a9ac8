"""The network as a file that programs for graphs read."""

from pathlib import Path

import networkx as nx
import pytest
from stores import made_and_let_go

from contract.errors import FixSettings
from digest.issue import Network, Node
from pipeline import network
from pipeline.network import write_network
from pipeline.settings import Settings, settings

NODES = (
    Node(key="community:a", name="Roads & <paths>", kind="community", posts=9),
    Node(key="community:b", name="ffordd ‘y’ môr", kind="community", posts=4),
    Node(key="topic:x", name="Potholes", kind="topic", posts=7),
)
EDGES = (("community:a", "topic:x", 5), ("community:b", "topic:x", 2))


@pytest.fixture
def given(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    monkeypatch.setenv("GOODGUEST_DATA", str(tmp_path))
    monkeypatch.delenv("GOODGUEST_WAREHOUSE", raising=False)
    made_and_let_go(settings().warehouse)
    return settings()


@pytest.mark.parametrize("ending", [".graphml", ".gexf"])
def test_a_program_for_graphs_reads_what_is_written(ending: str, tmp_path: Path) -> None:
    file = tmp_path / f"graph{ending}"
    graph = network.graph_of(Network(nodes=NODES, edges=EDGES))
    network.write_graph(graph, file, "2026-11-16")
    again = nx.read_graphml(file) if ending == ".graphml" else nx.read_gexf(file)
    assert again.nodes["community:a"]["label"] == "Roads & <paths>"
    assert {(a, b, d["kind"], d["weight"]) for a, b, d in again.edges(data=True)} == {
        ("community:a", "topic:x", "is about", 5),
        ("community:b", "topic:x", "is about", 2),
        ("community:a", "community:b", "shares topics", 1),
    }


def test_an_empty_week_is_an_empty_graph_and_the_same_bytes(
    given: Settings, tmp_path: Path
) -> None:
    files = [tmp_path / "a.gexf", tmp_path / "b.gexf"]
    for file in files:
        found = write_network(given, "public-services", "2026-W46", file)
        assert (found["nodes"], found["edges"]) == (0, 0)
    assert files[0].read_bytes() == files[1].read_bytes()
    assert b'lastmodifieddate="2026-11-16"' in files[0].read_bytes()


@pytest.mark.parametrize(
    ("purpose", "week", "file", "said"),
    [
        ("nothing", "2026-W46", "a.gexf", "no purpose of the charter; there are public-services"),
        ("public-services", "2026-46", "a.gexf", "ISO weeks such as 2026-W46"),
        ("public-services", "2026-W46", "a.csv", "allowed: .graphml, .gexf"),
    ],
)
def test_what_is_wrong_is_said(
    given: Settings, tmp_path: Path, purpose: str, week: str, file: str, said: str
) -> None:
    with pytest.raises(FixSettings, match=said):
        write_network(given, purpose, week, tmp_path / file)
