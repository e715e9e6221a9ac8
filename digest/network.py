"""The network of a week, at the level of communities: nodes and edges, and no person in it."""

from collections import Counter
from collections.abc import Collection
from typing import Final, Literal

import sqlalchemy as sa

from digest.issue import Network, Node
from digest.quoting import one_line
from transforms.links import domain_of
from warehouse.labels import topic_names
from warehouse.network import about_topics, led_to, places
from warehouse.weekly import Wanted

COMMUNITIES, TOPICS = 6, 8
"""How many a picture holds: more cannot be told apart on a phone."""


def network_of(conn: sa.Connection, of: Wanted) -> Network:
    """Return communities, the topics their posts of the week are on, and who links to whom.

    An edge leads from a community to a topic, or from the site of a source to another site. The
    posts of a community or a topic count once each; those of a site once for each site they join.
    """
    about = about_topics(conn, of)
    labels = topic_names(conn, list(dict.fromkeys(x.topic_uri for x in about)))
    posts, edges = Counter[str](), Counter[tuple[str, str]]()
    names = {}
    for x in about:
        place, topic = f"community:{x.community_key}", f"topic:{x.topic_uri}"
        names[place], names[topic] = one_line(x.name or x.url or x.platform), labels[x.topic_uri]
        edges[place, topic] = x.posts
        posts[topic] += x.posts
    posts.update({f"community:{x.community_key}": x.posts for x in places(conn, of)})
    for y in led_to(conn, of):
        here, there = f"site:{domain_of(y.url)}", f"site:{y.domain}"
        if here != there:
            names |= {site: site.removeprefix("site:") for site in (here, there)}
            edges[here, there] += y.posts
            posts.update({here: y.posts, there: y.posts})
    nodes = [
        Node(key=key, name=one_line(name), kind=_KINDS[key.partition(":")[0]], posts=posts[key])
        for key, name in names.items()
    ]
    return Network(
        nodes=tuple(sorted(nodes, key=lambda node: (-node.posts, node.key))),
        edges=tuple((a, b, n) for (a, b), n in sorted(edges.items(), key=lambda e: (-e[1], e[0]))),
    )


_KINDS: Final[dict[str, Literal["community", "topic", "site"]]] = {
    "community": "community",
    "topic": "topic",
    "site": "site",
}


def pictured(network: Network) -> Network | None:
    """Return the part of it that a picture holds, or None where no two communities share a topic.

    Of the topics that communities share, those with most posts are in it.
    """
    communities = [x for x in network.nodes if x.kind == "community"][:COMMUNITIES]
    shown = {x.key for x in communities}
    shared = Counter(b for a, b, _ in network.edges if a in shown)
    topics = [x for x in network.nodes if shared[x.key] > 1][:TOPICS]
    return _within(network, {x.key for x in topics} | shown) if topics else None


def _within(network: Network, keys: Collection[str]) -> Network:
    edges = tuple(edge for edge in network.edges if {*edge[:2]} <= set(keys))
    joined = {key for edge in edges for key in edge[:2]}
    return Network(nodes=tuple(x for x in network.nodes if x.key in joined), edges=edges)
