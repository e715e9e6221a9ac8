"""A small picture of a week's network: communities at the left, topics they share at the right."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Final

from matplotlib.axes import Axes

from digest.drawing import BLUE, GREY, ORANGE, PAPER, POINT, canvas, png_of, write
from digest.issue import Network, Node
from digest.language import Language

WIDTH: Final = 540
"""CSS pixels it is shown at."""
MOST: Final = 10
"""Nodes a side: more of them cannot be told apart."""
LINES: Final = 3
"""Lines from a community that are drawn: with all of them none could be followed."""
_LEFT, _RIGHT = 215, WIDTH - 215
_TOP, _STEP = 24, 44
_NAME = _LEFT - 24
_LINES_WIDE = (1.5, 10.0)


def drawn(network: Network | None) -> tuple[tuple[Node, ...], tuple[Node, ...]]:
    """Return the communities and the topics that are drawn, in the order they stand in.

    Those with most posts are drawn; a community stands near the topics it has most posts on. Both
    are empty where there is too little to draw.
    """
    if network is None:
        return (), ()
    joined = {key for edge in network.edges for key in edge[:2]}
    by_posts = sorted(network.nodes, key=lambda node: (-node.posts, node.key))
    places = [x for x in by_posts if x.kind == "community" and x.key in joined][:MOST]
    topics = [x for x in by_posts if x.kind == "topic" and x.key in joined][:MOST]
    if not places or len(places) + len(topics) < 3:
        return (), ()
    row = {node.key: place for place, node in enumerate(topics)}
    weights = _weights(network)
    return tuple(sorted(places, key=lambda node: (_middle(weights[node.key], row), node.key))), (
        tuple(topics)
    )


def _weights(network: Network) -> dict[str, dict[str, int]]:
    """Return the posts of each community by topic."""
    kinds = {node.key: node.kind for node in network.nodes}
    weights: dict[str, dict[str, int]] = defaultdict(dict)
    for one, other, posts in network.edges:
        place, topic = (one, other) if kinds.get(other) == "topic" else (other, one)
        if kinds.get(place) == "community" and kinds.get(topic) == "topic":
            weights[place][topic] = posts
    return weights


def _middle(weights: Mapping[str, int], row: Mapping[str, int]) -> float:
    near = {key: posts for key, posts in weights.items() if key in row}
    total = sum(near.values())
    return sum(row[key] * posts for key, posts in near.items()) / total if total else len(row)


def shared(network: Network) -> tuple[tuple[Node, tuple[tuple[str, int], ...]], ...]:
    """Return each drawn community with its topics' names and posts, the most posts first."""
    places, topics = drawn(network)
    names = {node.key: node.name for node in topics}
    weights = _weights(network)
    return tuple(
        (
            place,
            tuple(
                (names[key], posts)
                for key, posts in sorted(weights[place.key].items(), key=lambda x: (-x[1], x[0]))
                if key in names
            ),
        )
        for place in places
    )


def alternative_text(network: Network, tongue: Language) -> str:
    """Return what the picture shows, for those who do not see it."""
    places, topics = drawn(network)
    return tongue.say(
        "{places} on the left are joined with {topics} on the right where they have most posts;"
        " the more posts, the wider the line. The table below holds all numbers.",
        places=tongue.count("One community", "{n} communities", len(places)),
        topics=tongue.count("one topic", "{n} topics", len(topics)),
    )


def network_png(network: Network) -> bytes:
    """Return the picture as PNG; the same network gives the same bytes."""
    places, topics = drawn(network)
    height = _TOP * 2 + _STEP * max(len(places), len(topics), 1)
    figure, axes = canvas(height, WIDTH)
    at = _rows(places, height) | _rows(topics, height)
    weights = _weights(network)
    lines = _strongest({x.key: weights[x.key] for x in places}, [x.key for x in topics])
    most = max((weights[place][topic] for place, topic in lines), default=1)
    for place, topic in lines:
        _line(axes, at[place], at[topic], weights[place][topic] / most)
    sides = ((places, _LEFT, "right", BLUE), (topics, _RIGHT, "left", ORANGE))
    for nodes, x, align, colour in sides:
        for node in nodes:
            axes.plot([x], [at[node.key]], "o", color=colour, markersize=9, markeredgecolor=PAPER)
            away = -14 if align == "right" else 14
            write(axes, x + away, at[node.key], node.name, align=align, size=18, room=_NAME)
    return png_of(figure)


def _strongest(
    weights: Mapping[str, Mapping[str, int]], topics: Sequence[str]
) -> list[tuple[str, str]]:
    """Return the lines that are drawn: the strongest of each community, and of each topic one."""
    lines = [
        (-posts, place, topic)
        for place, of in sorted(weights.items())
        for topic, posts in sorted(of.items())
        if topic in topics
    ]
    lines.sort()
    chosen = []
    for end in weights:
        chosen += [line for line in lines if line[1] == end][:LINES]
    for end in topics:
        chosen += [line for line in lines if line[2] == end][:1]
    return [(place, topic) for _, place, topic in sorted(set(chosen))]


def _rows(nodes: tuple[Node, ...], height: float) -> dict[str, float]:
    first = (height - _STEP * (len(nodes) - 1)) / 2
    return {node.key: first + _STEP * row for row, node in enumerate(nodes)}


def _line(axes: Axes, left: float, right: float, share: float) -> None:
    thin, wide = _LINES_WIDE
    axes.plot(
        [_LEFT, _RIGHT],
        [left, right],
        color=GREY,
        alpha=0.75,
        linewidth=(thin + (wide - thin) * share) * POINT,
        solid_capstyle="butt",
        zorder=1,
    )
