"""The network of a week: communities, topics, sites, and nobody in it."""

import sqlalchemy as sa
from fernley_store import EARLIER, NOW, WEEK, Town

from digest.issue import Network, Node
from digest.network import COMMUNITIES, network_of, pictured
from warehouse import tables
from warehouse.weekly import Wanted

ROADS = Wanted("roads", (), WEEK, EARLIER[-1], EARLIER)


def _link(town: Town, post_key: str, url: str) -> None:
    domain = url.split("/")[2]
    number = town.conn.scalar(
        sa.select(sa.func.count()).where(tables.post_link.c.post_key == post_key)
    )
    town.add(
        tables.post_link,
        post_key=post_key, position=number, url=url, canonical_url=url, domain=domain,
    )  # fmt: skip


def test_communities_share_topics_and_sites_link_to_sites(town: Town) -> None:
    town.say(3, topics=("Potholes", "Lighting"))
    town.say(2, topics=("Potholes",), community_key="c2", platform="reddit", source="town-reddit")
    town.say(7, EARLIER[-1], topics=("Surface",))
    town.say(5, topics=("Surface",), source="park-forum")
    key = town.say()
    _link(town, key, "https://council.example/a")
    _link(town, key, "https://council.example/b")
    _link(town, key, "https://forum.example/t/1")

    found = network_of(town.conn, ROADS)

    assert found.edges == (
        ("community:c1", "topic:https://t.example/lighting", 3),
        ("community:c1", "topic:https://t.example/potholes", 3),
        ("community:c2", "topic:https://t.example/potholes", 2),
        ("site:forum.example", "site:council.example", 1),
    )
    assert {(x.name, x.kind, x.posts) for x in found.nodes} == {
        ("Potholes", "topic", 5),
        ("Lighting", "topic", 3),
        ("Roads and cycling", "community", 3),
        ("r/fernley", "community", 2),
        ("forum.example", "site", 1),
        ("council.example", "site", 1),
    }
    shown = pictured(found)
    assert shown is not None
    assert [x.name for x in shown.nodes] == ["Potholes", "Roads and cycling", "r/fernley"]


def test_copies_and_removed_posts_join_nothing(town: Town) -> None:
    first = town.say(topics=("Potholes",))
    town.say(topics=("Potholes",), near_duplicate_of=first)
    town.say(topics=("Potholes",), removed_at=NOW)
    found = network_of(town.conn, ROADS)
    assert [edge[2] for edge in found.edges] == [1]
    assert pictured(found) is None


def test_of_a_sensitive_topic_few_voices_are_no_edge(town: Town) -> None:
    uri = "https://t.example/lighting"
    town.say(3, topics=("Potholes", "Lighting"))
    town.say(2, topics=("Lighting",), community_key="c2", platform="reddit", source="town-reddit")
    town.add(tables.sensitive_topic, named="Lighting", topic_uri=uri, min_authors=3)
    edges = network_of(town.conn, ROADS).edges
    assert [edge for edge in edges if edge[1] == f"topic:{uri}"] == [
        ("community:c1", f"topic:{uri}", 3)
    ]


def test_a_picture_holds_the_largest_communities_and_what_they_share() -> None:
    wards = range(COMMUNITIES + 3)
    places = [Node(key=f"c{n}", name=f"Ward {n}", kind="community", posts=20 - n) for n in wards]
    topics = [Node(key=f"t{n}", name=f"Topic {n}", kind="topic", posts=9) for n in range(3)]
    edges = (
        ("c0", "t0", 4), ("c1", "t0", 3), ("c2", "t1", 9), ("c2", "t0", 1), ("c8", "t2", 2),
        ("c0", "t2", 1),
    )  # fmt: skip
    shown = pictured(Network(nodes=(*places, *topics), edges=edges))
    assert shown is not None
    assert {node.key for node in shown.nodes} == {"c0", "c1", "c2", "t0"}
    assert set(shown.edges) == {edges[0], edges[1], edges[3]}
    assert pictured(Network()) is None
