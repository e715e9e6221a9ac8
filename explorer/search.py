"""Full-text search: posts by words, "phrases", topic, community and week."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from datasette.app import Datasette

from explorer.cells import DATABASE
from transforms.search import match_of

FIELDS: Final = ("q", "topic", "community", "week")
PAGE_POSTS: Final = 50


@dataclass(frozen=True, slots=True)
class Found:
    """Posts of a page, one more than it shows where there are more; and how many hold the words."""

    posts: list[dict[str, Any]]
    with_words: int | None
    has_no_words: bool


_FEW: Final = 5_000
"""Up to so many posts are fetched and sorted; of more the newest are looked through instead."""
_WITH_WORDS: Final = "select rowid from v_post_fts where v_post_fts match :match"
_ON_TOPIC: Final = (
    "from v_post_tie as tie where tie.target = 'topic' and tie.target_key = :topic "
    "and tie.is_counted"
)
_SHOWN: Final = (
    "select post_key, created_at, platform, community, kind, lang, post_title, text, likes, "
    "replies, copies from v_post as post"
)


async def searched(datasette: Datasette, given: Mapping[str, str], page: int) -> Found | None:
    """Return what is found, the newest first; None when nothing was asked."""
    if not any(given.values()):
        return None
    match = match_of(given["q"])
    if given["q"].strip() and match is None:
        return Found([], 0, has_no_words=True)
    values = {**given, "match": match, "offset": (page - 1) * PAGE_POSTS}

    async def counted(sql: str) -> int:
        capped = f"select count(*) from ({sql} limit {_FEW + 1})"  # noqa: S608 - our own words
        return int((await datasette.execute(DATABASE, capped, values)).single_value())

    with_words = await counted(_WITH_WORDS) if match else None
    where = [f"post.{name} = :{key}" for key, name in _COLUMNS.items() if given[key]]
    has_few = with_words is not None and with_words <= _FEW
    if match:
        # The sign keeps SQLite from fetching each of many posts before it looks at their time.
        where.append(f"{'' if has_few else '+'}post.rowid in ({_WITH_WORDS})")
    if given["topic"]:
        if not has_few and await counted(f"select 1 {_ON_TOPIC}") <= _FEW:
            where.append(f"post.post_key in (select tie.post_key {_ON_TOPIC})")
        else:
            where.append(f"exists (select 1 {_ON_TOPIC} and tie.post_key = post.post_key)")
    answer = await datasette.execute(
        DATABASE,
        f"{_SHOWN} where {' and '.join(where)} "
        f"order by created_at desc, post_key limit {PAGE_POSTS + 1} offset :offset",
        values,
    )
    return Found([dict(row) for row in answer.rows], with_words, has_no_words=False)


_COLUMNS: Final = {"community": "community_key", "week": "week"}
"""The columns of v_post that two of the fields name a value of."""
