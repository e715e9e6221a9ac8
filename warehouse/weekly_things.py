"""What a weekly digest counts by what the agency holds: its datasets, its registers' rows."""

from collections.abc import Sequence
from typing import Any, NamedTuple

import sqlalchemy as sa

from warehouse.cells import UNCERTAIN
from warehouse.sensitive import is_sensitive
from warehouse.tables import dataset, entity, post_dataset, post_entity, post_tag
from warehouse.weekly import MOST, Wanted, count_in, different, most, said_in


class DatasetCount(NamedTuple):
    """`with_link` counts the week's posts that hold a link to it; `open` those that are on no
    sensitive topic.
    """

    key: str
    title: str
    landing_page: str | None
    posts: int
    before: int
    authors: int
    open: int
    with_link: int


class EntityCount(NamedTuple):
    """A register's row and the posts that name it, and how many of those give it stars.

    Few are up to two fifths of the most there are, many are four fifths and more.
    """

    key: str
    register: str
    name: str
    place: str | None
    posts: int
    before: int
    authors: int
    open: int
    few_stars: int
    some_stars: int
    many_stars: int


def datasets(conn: sa.Connection, of: Wanted) -> list[DatasetCount]:
    """Return datasets that posts of the week met."""
    return [DatasetCount(*row) for row in conn.execute(datasets_query(of))]


def datasets_query(of: Wanted) -> sa.Select[Any]:
    """Return the query of `datasets`."""
    said, tie = said_in(of, of.week, of.before), post_dataset.c
    names = (tie.dataset_key, dataset.c.title, dataset.c.landing_page)
    counts = _counts(said, of)
    query = (
        sa.select(*names, *counts, count_in(said, of.week, tie.method == "link").label("with_link"))
        .select_from(said.join(post_dataset, tie.post_key == said.c.post_key).join(dataset))
        .where(tie.method != UNCERTAIN)
        .group_by(*names)
        .having(counts[0] > 0)
    )
    return most(query, counts[0], tie.dataset_key)


def entities(conn: sa.Connection, of: Wanted) -> list[EntityCount]:
    """Return rows of registers that posts of the week name."""
    return [EntityCount(*row) for row in conn.execute(entities_query(of))]


def entities_query(of: Wanted) -> sa.Select[Any]:
    """Return the query of `entities`."""
    said, tie = said_in(of, of.week, of.before), post_entity.c
    names = (tie.entity_key, entity.c.register, entity.c.name, entity.c.place)
    counts = _counts(said, of)
    stars = 5 * said.c.rating / said.c.best_rating
    shares = {
        "few_stars": stars <= 2,
        "some_stars": (stars > 2) & (stars < 4),
        "many_stars": stars >= 4,
    }
    rated = [count_in(said, of.week, share).label(name) for name, share in shares.items()]
    query = (
        sa.select(*names, *counts, *rated)
        .select_from(said.join(post_entity, tie.post_key == said.c.post_key).join(entity))
        .where(tie.method != UNCERTAIN)
        .group_by(*names)
        .having(counts[0] > 0)
    )
    return most(query, counts[0], tie.entity_key)


def _counts(said: sa.CTE, of: Wanted) -> tuple[sa.ColumnElement[Any], ...]:
    return (
        count_in(said, of.week).label("posts"),
        count_in(said, of.before).label("before"),
        different(said, of.week, said.c.author_key).label("authors"),
        count_in(said, of.week, ~is_sensitive(said.c.post_key)).label("open"),
    )


def new_tags(
    conn: sa.Connection, of: Wanted, keys: Sequence[str], monday: str
) -> dict[str, list[str]]:
    """Return for each of these rows the tags that others than the author put on posts of the week.

    Only those that no post about it bore before the Monday, a day; those on most posts first.
    """
    tagged = [(key, tag) for key, tag, _ in conn.execute(_tags_query(of, keys))] if keys else []
    if not tagged:
        return {}
    names = ("purpose", "entity_key", "tag", "first_day")
    view = sa.table("v_entity_tag", *map(sa.column, names)).c
    before = sa.select(view.entity_key, view.tag).where(
        view.purpose == of.purpose, view.entity_key.in_(keys), view.first_day < monday
    )
    known = {tuple(row) for row in conn.execute(before)}
    found: dict[str, list[str]] = {}
    for key, tag in tagged:
        if (key, tag) not in known:
            found.setdefault(key, []).append(tag)
    return found


def _tags_query(of: Wanted, keys: Sequence[str]) -> sa.Select[Any]:
    said, tie = said_in(of, of.week), post_entity.c
    posts = sa.func.count(said.c.post_key.distinct())
    names = (tie.entity_key, post_tag.c.tag_normalised)
    query = (
        sa.select(*names, posts.label("posts"))
        .select_from(
            said.join(post_entity, tie.post_key == said.c.post_key)
            .join(post_tag, post_tag.c.post_key == said.c.post_key)
        )
        .where(
            tie.entity_key.in_(keys),
            tie.method != UNCERTAIN,
            post_tag.c.added_by == "community",
            post_tag.c.tag_normalised != "",
            ~is_sensitive(said.c.post_key),
        )
        .group_by(*names)
    )  # fmt: skip
    return query.order_by(posts.desc(), *names).limit(MOST)
