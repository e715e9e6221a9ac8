"""A changed catalogue: the posts it concerns are tied anew, all of them and no others."""

from collections.abc import Sequence
from pathlib import Path
from random import Random
from typing import Any

import sqlalchemy as sa
from batches import load, post_of, rows

from contract.catalogue import Dataset, Distribution, Entity, Example, Label, Topic
from contract.charter_vocabulary import Ties
from contract.post import Link, Tag
from pipeline import affected
from pipeline.link import Tie, is_linked, link_posts, links_version
from warehouse.catalogue import load_datasets, load_entities, load_examples, load_topics
from warehouse.changes import MOST_CHANGES, pending_changes
from warehouse.links import unlinked_posts, write_ties
from warehouse.store import writing
from warehouse.tables import TIES, former_tie, post, post_topic

SAID = (
    "potholes", "the pothole", "street trees", "STREET", "tree", "trees", "Golden Duck", "duck",
    "golden ducks", "Elm School", "Elm House", "Bäume", "Baum", "Müll", "bins", "bin collection",
    "recycling", "recycled", "Mill Lane", "Eastmere", "object AB.1987.12", "allotment waiting list",
    "traffic counts", "air-quality", "air quality stations", "parks and gardens", "a bus stop",
)  # fmt: skip
POTHOLE = Label(kind="prefLabel", value="Pothole", lang="en")
URLS = ("https://data.example.gov/dataset/trees", "https://elm.example/school", "https://x.example")
LABELS = (
    "Pothole", "Street trees", "Tree", "Street", "Baum", "Müll", "Recycling", "Bin collection",
    "Parks and gardens", "Air quality",
)  # fmt: skip
NAMES = ("Golden Duck", "Elm School", "Elm House", "Mill Lane Depot", "The Duck")
TITLES = (
    "Street trees", "Traffic counts by hour", "Allotment waiting list", "Air quality stations",
    "Parks and gardens",
)  # fmt: skip
BY_LABEL = ("label", "label-inflected", "label-part", "tag", "thread-title")
CERTAIN = ("link", "identifier", "title", "file")


def _posts(dice: Random) -> list[Any]:
    posts = []
    for number in range(60):
        words = ". ".join(dice.sample(SAID, dice.randint(1, 3)))
        kind, parent = ("reply", str(dice.randrange(30))) if number > 30 else ("post", None)
        link = dice.choice(URLS)
        posts.append(post_of(
            str(number), text="What about it?" if number > 50 else words, kind=kind,
            parent_id=parent, lang=dice.choice(["en", "de", None]),
            title=dice.choice([None, "Street news"]), url=dice.choice([None, URLS[1]]),
            community_id=(place := dice.choice(["a", "b"])),
            community_name={"a": "Eastmere", "b": "Recycling"}[place],
            tags=(Tag(tag=dice.choice(["StreetTrees", "elmhouse", "fun"])),),
            links=(Link(url=link, canonical_url=link, domain="x.example"),) * (number % 3 == 0),
        ))  # fmt: skip
    return posts


def _topics(dice: Random) -> list[Topic]:
    uris = [f"https://t.example/{n}" for n in range(6)]
    return [
        Topic(
            uri=uri,
            broader=tuple(dice.sample(uris[:at], min(at, dice.randint(0, 1)))),
            labels=tuple(
                Label(kind=kind, value=value, lang=dice.choice(["en", "de", None]))
                for kind, value in zip(("prefLabel", "altLabel"), dice.sample(LABELS, 2))  # noqa: B905
            ),
            is_deprecated=dice.random() < 0.1,
        )
        for at, uri in enumerate(uris)
        if dice.random() < 0.8
    ]


def _entities(dice: Random) -> list[Entity]:
    return [
        Entity(
            register="places", native_id=f"{n}", name=dice.choice(NAMES),
            aliases=tuple(dice.sample(NAMES, dice.randint(0, 1))),
            identifiers=tuple(dice.sample(["AB.1987.12", *URLS], dice.randint(0, 2))),
            place=dice.choice(["Eastmere", "Mill Lane", None]), kind="facilities",
        )
        for n in range(5)
        if dice.random() < 0.8
    ]  # fmt: skip


def _datasets(dice: Random) -> list[Dataset]:
    return [
        Dataset(
            identifier=dice.choice([f"set-{n}-2024", f"{n}"]), title=dice.choice(TITLES),
            landing_page=dice.choice([URLS[0], None]), lang=dice.choice(["en", None]),
            distributions=tuple(Distribution(url=u) for u in dice.sample(URLS, dice.randint(0, 1))),
        )
        for n in range(4)
        if dice.random() < 0.8
    ]  # fmt: skip


def _mixed(dice: Random, old: list[Any], new: list[Any], name: str) -> list[Any]:
    """Return the old ones with one of them gone, replaced or added."""
    by = {getattr(one, name): one for one in old}
    if by and dice.random() < 0.3:
        del by[dice.choice(list(by))]
    else:
        one = dice.choice(new)
        by[getattr(one, name)] = one
    return list(by.values())


_Ties = dict[str, set[tuple[Any, ...]]]


def _stored(engine: sa.Engine) -> _Ties:
    stored = {}
    for kind, table in TIES.items():
        columns = ("post_key", table.columns[1].name, "method", "score", "evidence")
        stored[kind] = {_row([row[c] for c in columns]) for row in rows(engine, table)}
    return stored


def _expected(engine: sa.Engine, tie: Tie) -> _Ties:
    with engine.connect() as connection:
        posts = unlinked_posts(connection, "none", 1000)
    tied = tie(posts)
    names = ["post_key", "target", "method", "score", "evidence"]
    frames = {"topic": tied.topics, "dataset": tied.datasets, "entity": tied.entities}
    return {kind: set(map(_row, ties[names].to_numpy())) for kind, ties in frames.items()}


def _row(values: Sequence[Any]) -> tuple[Any, ...]:
    """Return the columns of a tie, of its evidence the label."""
    return (*map(str, values[:4]), values[4].get("label"))


def _comparable(ties: _Ties, tie: Tie) -> _Ties:
    """Return what of the ties hangs on the post and on what it holds of a record alone.

    How sure a label makes, and what an ambiguous one means, hang on all topics: on how near a post
    comes to one of them by accident.
    """
    names = tie.ready().topics.names
    doubtful = {(name.uri, name.label) for name in names if name.is_common or name.is_shared}
    topics = [row for row in ties["topic"] if row[2] in BY_LABEL]
    return {
        "topic": {row[:2] for row in topics if (row[1], row[4]) not in doubtful},
        "dataset": {row[:4] for row in ties["dataset"] if row[2] in CERTAIN},
        "entity": {row[:4] for row in ties["entity"]},
    }


def test_after_any_edit_ties_are_those_of_tying_everything_anew(
    town: sa.Engine, tmp_path: Path
) -> None:
    dice = Random(7)
    load(town, _posts(dice))
    topics: list[Topic] = []
    facilities: list[Entity] = []
    sets: list[Dataset] = []
    kept = 0
    for edit in range(24):
        if edit % 3 == 0:
            topics = _mixed(dice, topics, _topics(dice), "uri")
        if edit % 3 == 1 or edit < 6:
            facilities = _mixed(dice, facilities, _entities(dice), "native_id")
        if edit % 3 == 2 or edit < 6:
            sets = _mixed(dice, sets, _datasets(dice), "identifier")
        load_topics(town, "taxonomy", topics)
        load_entities(town, "places", facilities)
        load_datasets(town, "town", sets)
        assert not is_linked(town, Ties())
        before = _marked(town)
        tie = Tie(town, tmp_path, Ties())
        affected.mark_affected(town)
        kept += len(before & _marked(town))
        link_posts(town, tie)
        assert is_linked(town, Ties())
        assert _comparable(_stored(town), tie) == _comparable(_expected(town, tie), tie)
    assert kept > 400, "most posts keep their ties"


def test_ties_of_an_older_catalogue_do_not_pass_as_current(town: sa.Engine, tmp_path: Path) -> None:
    load(town, _posts(Random(1)))
    tie = Tie(town, tmp_path, Ties())
    with town.connect() as connection:
        posts = unlinked_posts(connection, "none", 1000)
    tied = tie(posts)
    load_topics(town, "taxonomy", [Topic(uri="https://t.example/0", labels=(POTHOLE,))])
    with writing(town) as connection:
        write_ties(connection, tied)
    assert _marked(town) == set()
    link_posts(town, tie)
    assert len(_marked(town)) == len(posts)
    assert {row["topic_uri"] for row in rows(town, post_topic)} == {"https://t.example/0"}


def test_a_tie_keeps_the_version_that_made_it(town: sa.Engine, tmp_path: Path) -> None:
    load(town, _posts(Random(1)))
    pothole = Topic(uri="https://t.example/0", labels=(POTHOLE,))
    load_topics(town, "taxonomy", [pothole])
    link_posts(town, Tie(town, tmp_path, Ties()))
    before = rows(town, post_topic)
    bins = Label(kind="prefLabel", value="Bin collection", lang="en")
    load_topics(town, "taxonomy", [pothole, Topic(uri="https://t.example/1", labels=(bins,))])
    link_posts(town, Tie(town, tmp_path, Ties()))
    after = rows(town, post_topic)
    assert [row for row in after if row in before] == before
    (version,) = {row["model_version"] for row in before}
    assert {row["model_version"] for row in after} - {version}, "new ties are of the new one"
    load_topics(town, "taxonomy", [])
    link_posts(town, Tie(town, tmp_path, Ties()))
    ended = rows(town, former_tie)
    assert {row["reason"] for row in ended} == {"catalogue"}
    assert len(ended) == len(after)


def test_when_much_changed_or_topics_are_learnt_anew_all_posts_are_tied_anew(
    town: sa.Engine, tmp_path: Path
) -> None:
    load(town, _posts(Random(1)))
    link_posts(town, Tie(town, tmp_path, Ties()))
    for change in (_many, _learnt):
        assert is_linked(town, Ties())
        change(town)
        with town.connect() as connection:
            version = links_version(connection, Ties())
            assert len(unlinked_posts(connection, version, 1000)) == 60
            assert pending_changes(connection) == []
        link_posts(town, Tie(town, tmp_path, Ties()))


def test_changes_back_and_forth_are_noted_in_the_order_they_came(
    town: sa.Engine, tmp_path: Path
) -> None:
    load(town, _posts(Random(1)))
    trees, ducks = "https://t.example/trees", "https://t.example/ducks"
    first, second = ({trees: "Street trees", ducks: "Duck"}, {trees: "Bin", ducks: "Tree"})
    versions = [first, second, first, second, first | {ducks: "Baum"}]
    for number, version in enumerate(versions):
        load_topics(town, "taxonomy", [_called(*pair) for pair in version.items()])
        if not number:
            link_posts(town, Tie(town, tmp_path, Ties()))
    with town.connect() as connection:
        changes = pending_changes(connection)
        found = affected._Changed(connection, "topic", changes)
        held = [{u: t.labels[0].value for u, t in some.items()} for some in found.versions]
    assert held == versions
    tie = Tie(town, tmp_path, Ties())
    link_posts(town, tie)
    assert is_linked(town, Ties())
    assert _comparable(_stored(town), tie) == _comparable(_expected(town, tie), tie)


def _called(uri: str, name: str) -> Topic:
    return Topic(uri=uri, labels=(Label(kind="prefLabel", value=name, lang="en"),))


def _many(engine: sa.Engine) -> None:
    uris = [f"https://t.example/{n}" for n in range(MOST_CHANGES + 1)]
    load_topics(engine, "taxonomy", [Topic(uri=uri, labels=(POTHOLE,)) for uri in uris])


def _learnt(engine: sa.Engine) -> None:
    load_examples(engine, "examples.csv", [Example(topic="https://t.example/1", text="A lamp")])


def _marked(engine: sa.Engine) -> set[str]:
    return {row["post_key"] for row in rows(engine, post) if row["linked_with"] is not None}
