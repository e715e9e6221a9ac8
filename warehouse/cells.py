"""What is counted of a week, kept: the views read these rows instead of every post.

Whatever changes posts or ties marks their weeks stale, in the same transaction. A stale week is
counted by the views themselves until `recount` has counted it anew, so that they are never wrong.
"""

import re
from string import Template
from typing import Final

import sqlalchemy as sa

from warehouse.columns import OPEN, column, metadata
from warehouse.sensitive import may_count


def _cell(name: str, comment: str, *columns: sa.Column[object]) -> sa.Table:
    return sa.Table(
        name,
        metadata,
        column("week", str, "ISO week, UTC.", OPEN, key=True),
        column("purpose", str, "Purpose the posts were read for.", OPEN, key=True),
        *columns,
        column("posts", int, "Posts, copies counted once.", OPEN),
        comment=comment,
        sqlite_with_rowid=False,
    )


def _spoken() -> tuple[sa.Column[object], ...]:
    """Return how what the posts are tied to is spoken of, counted; null in weeks closed before."""
    stances = [
        column(f"{stance}_posts", int, f"Posts that show a {stance} stance.", OPEN, null=True)
        for stance in ("positive", "negative", "mixed")
    ]
    stars = {"low": "up to two fifths", "middle": "between", "high": "four fifths and more"}
    return (*stances, *(
        column(f"ratings_{name}", int, f"Posts with {share} of the stars.", OPEN, null=True)
        for name, share in stars.items()
    ))  # fmt: skip


def _weeks(name: str, comment: str) -> sa.Table:
    week = column("week", str, "ISO week, UTC.", OPEN, key=True)
    return sa.Table(name, metadata, week, comment=comment, sqlite_with_rowid=False)


stale_week = _weeks("stale_week", "A week whose counts are to be made anew.")
uncompared_week = _weeks("uncompared_week", "A week whose posts are to be compared.")
closed_week = _weeks(
    "closed_week",
    "A week some of whose posts were dropped by retention: its counts stay as they are.",
)

topic_week = _cell(
    "topic_week",
    "Posts on a topic in a week, counted.",
    column("topic_uri", str, "URI of the topic.", OPEN, key=True),
    column("authors", int, "Different authors.", OPEN),
    column("communities", int, "Different communities.", OPEN),
    column("unmet_posts", int, "Posts that met no dataset.", OPEN),
    column("unmet_authors", int, "Different authors of those.", OPEN),
    column("unranked_posts", int, "Posts no dataset could be ranked for.", OPEN, null=True),
    *_spoken(),
)

community_week = _cell(
    "community_week",
    "Posts in a community in a week, counted.",
    column("platform", str, "Platform.", OPEN, key=True),
    column("community_key", str, "Its community; empty where a platform has none.", OPEN, key=True),
    column("authors", int, "Different authors.", OPEN),
    column("unranked_posts", int, "Posts no dataset could be ranked for.", OPEN, null=True),
)

dataset_week = _cell(
    "dataset_week",
    "Posts that met a dataset in a week, counted.",
    column("dataset_key", str, "Key of the dataset.", OPEN, key=True),
    column("authors", int, "Different authors.", OPEN),
    column("explicit_posts", int, "Posts that hold a link to it.", OPEN),
)

entity_week = _cell(
    "entity_week",
    "Posts that name a register's row in a week, counted.",
    column("entity_key", str, "Key of the register's row.", OPEN, key=True),
    column("authors", int, "Different authors.", OPEN),
    *_spoken(),
)

entity_tag_week = _cell(
    "entity_tag_week",
    "A tag on posts of a week that are tied to a register's row, counted.",
    column("entity_key", str, "Key of the register's row.", OPEN, key=True),
    column("tag", str, "Words of the tag in lower case.", key=True),
    column("added_by", str, "author or community.", key=True),
    column("first_day", str, "Day the first of the posts was published.", OPEN),
    column("last_day", str, "Day the last of the posts was published.", OPEN),
)

_IS_COUNTED: Final = "post.removed_at is null and post.near_duplicate_of is null"
"""Whether a post counts, as SQL."""
_COUNTED: Final = f"""
  post join source on source.id = post.source
    and {_IS_COUNTED} and post.week $weeks"""
"""The posts that count, of some weeks."""

UNCERTAIN: Final = "ambiguous"
"""The method of ties to all that a word or a name may mean: none of them counts."""

_LANGUAGE: Final = Template("""
lower(substr($tag, 1, case when substr($tag, 3, 1) in ('', '-', '_') then 2 else 3 end))""")
"""What `language_of` returns, in SQL."""

_PARTS: Final = {
    "purpose": "source.purpose",
    "is_untied": """
not exists (select 1 from post_dataset where post_dataset.post_key = post.post_key)""",
    # Whether no dataset speaks the post's language: only a link or a name could tie one to it.
    "is_unranked": Template("""
(post.lang is not null and exists (select 1 from dataset where dataset.withdrawn_at is null)
 and $said not in (select $ranked from dataset where dataset.withdrawn_at is null))""").substitute(
        said=_LANGUAGE.substitute(tag="post.lang"),
        ranked=_LANGUAGE.substitute(tag="coalesce(dataset.lang, 'en')"),
    ),
    "spoken": """
count(case when stance = 'positive' then 1 end) as positive_posts,
count(case when stance = 'negative' then 1 end) as negative_posts,
count(case when stance = 'mixed' then 1 end) as mixed_posts,
count(case when 5 * rating <= 2 * best_rating then 1 end) as ratings_low,
count(case when 5 * rating > 2 * best_rating and 5 * rating < 4 * best_rating then 1 end)
  as ratings_middle,
count(case when 5 * rating >= 4 * best_rating then 1 end) as ratings_high""",
    "is_sure_topic": f"post_topic.method <> '{UNCERTAIN}'",
    "is_sure_entity": f"post_entity.method <> '{UNCERTAIN}'",
    "may_count": may_count("post_entity.post_key"),
}

_ASKED: Final = ("purpose", "is_untied", "is_unranked")
"""What is asked of each post, in several counts."""
_READ: Final = (
    *("post_key", "platform", "community_key", "author_key", "rating", "best_rating"),
    *("week", "day"),
)
"""The columns of `post` that are read to count it."""

COUNTS: Final = {
    topic_week: """
select week, purpose, topic_uri, count(*) as posts, count(distinct author_key) as authors,
       count(distinct community_key) as communities,
       count(case when is_untied and not is_unranked then 1 end) as unmet_posts,
       count(distinct case when is_untied and not is_unranked then author_key end)
         as unmet_authors,
       count(case when is_untied and is_unranked then 1 end) as unranked_posts, $spoken
from (
  select post.week, $purpose, post_topic.topic_uri, post.author_key, post.community_key,
         post_topic.stance, post.rating, post.best_rating, $is_untied as is_untied,
         $is_unranked as is_unranked
  from $counted join post_topic on post_topic.post_key = post.post_key and $is_sure_topic
) as tied
group by week, purpose, topic_uri""",
    community_week: """
select week, purpose, platform, community_key, count(*) as posts,
       count(distinct author_key) as authors,
       count(case when is_unranked then 1 end) as unranked_posts
from (
  select post.week, $purpose, post.platform, post.author_key,
         coalesce(post.community_key, '') as community_key,
         $is_unranked and $is_untied as is_unranked
  from $counted
) as said
group by week, purpose, platform, community_key""",
    dataset_week: """
select post.week, $purpose, post_dataset.dataset_key, count(*) as posts,
       count(distinct post.author_key) as authors,
       count(case when post_dataset.method = 'link' then 1 end) as explicit_posts
from $counted join post_dataset on post_dataset.post_key = post.post_key
group by post.week, $purpose, post_dataset.dataset_key""",
    entity_week: """
select post.week, $purpose, post_entity.entity_key, count(*) as posts,
       count(distinct post.author_key) as authors, $spoken
from $counted join post_entity on post_entity.post_key = post.post_key and $is_sure_entity
group by post.week, $purpose, post_entity.entity_key""",
    entity_tag_week: """
select post.week, $purpose, post_entity.entity_key, post_tag.tag_normalised as tag,
       post_tag.added_by, count(distinct post.post_key) as posts, min(post.day) as first_day,
       max(post.day) as last_day
from $counted
join post_entity on post_entity.post_key = post.post_key and $is_sure_entity
join post_tag on post_tag.post_key = post.post_key and post_tag.tag_normalised <> '' and $may_count
group by post.week, $purpose, post_entity.entity_key, post_tag.tag_normalised,
         post_tag.added_by""",
}
"""How each table is counted, of which weeks `$counted` says; other `$names` are of _PARTS."""

_STALE: Final = {
    # What hangs on no row is asked first: where no week is stale, nothing is read.
    "sqlite": "in (select week from stale_week) and exists (select 1 from stale_week)",
    # An array is known before the plan runs, so that the index on weeks is used.
    "postgresql": "= any (array(select week from stale_week))",
}


def cells(dialect: str) -> dict[str, str]:
    """Return by the name of each table the query that gives its rows as they have to be now."""
    return {table.name: _now(table, _STALE[dialect]) for table in COUNTS}


def _now(table: sa.Table, stale: str) -> str:
    names = ", ".join(column.name for column in table.columns)
    return (
        f"select {names} from {table.name} where week not in (select week from stale_week) "  # noqa: S608  # declared names
        f"union all select {names} from ({count_of(table, stale)}) as stale "
        # Where none is stale, which is nearly always, PostgreSQL does not even begin.
        "where exists (select 1 from stale_week)"
    )


def language_of(tag: str) -> str:
    """Return the language of a BCP 47 tag, without its region, in lower case."""
    return re.split("[-_]", tag.lower(), maxsplit=1)[0]


def read_of(weeks: str) -> str:
    """Return the query for what is read to count the posts of the weeks, such as `= :week`."""
    read = [f"post.{name}" for name in _READ] + [f"{_PARTS[name]} as {name}" for name in _ASKED]
    # Of another join SQLite might begin with the sources, and read every post of each.
    return f"""
select {", ".join(read)} from post cross join source
where source.id = post.source and {_IS_COUNTED} and post.week {weeks}"""  # noqa: S608  # declared names


def count_of(table: sa.Table, weeks: str = "") -> str:
    """Return the query that counts the table's rows of the weeks, such as `= :week`.

    Without weeks it counts the posts of a table `counted`, which holds what `read_of` gives.
    """
    known = {"counted": Template(_COUNTED).substitute(weeks=weeks)}
    if not weeks:
        known = {"counted": "counted as post", **{name: f"post.{name}" for name in _ASKED}}
    return Template(COUNTS[table]).substitute({**_PARTS, **known})
