"""What a post's ties are read with beside the post: its community's name, the post it answers.

Both come when they come. Whatever changes of them, the posts read with it are tied anew, so that
the ties stored follow from what is stored, in whatever order it came.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from itertools import compress

import pandas as pd
import sqlalchemy as sa

from contract.batch import values_of
from contract.context import MOST_OF_PARENT, is_short_reply
from warehouse.rows import Columns, chunks_of, delete_rows, read_rows, upsert_rows
from warehouse.tables import community, post, short_reply
from warehouse.versions import Outcome


def community_names(connection: sa.Connection, keys: Iterable[str | None]) -> dict[str, str | None]:
    """Return by community_key the names of these communities, of those that are stored."""
    columns = (community.c.community_key, community.c.name)
    wanted = {key for key in keys if key is not None}
    return {row["community_key"]: row["name"] for row in read_rows(connection, columns, wanted)}


def parent_texts(connection: sa.Connection, keys: Iterable[str]) -> dict[str, str]:
    """Return by post_key the beginning of what these posts say, of those that stand in the store.

    It is what a short reply to them is read with.
    """
    begins = sa.func.substr(post.c.text, 1, MOST_OF_PARENT)
    query = sa.select(post.c.post_key, begins).where(post.c.removed_at.is_(None), post.c.text != "")
    found: dict[str, str] = {}
    for chunk in chunks_of(keys):
        rows = connection.execute(query.where(post.c.post_key.in_(chunk)))
        found.update((key, text) for key, text in rows)
    return found


def short_replies(posts: pd.DataFrame) -> list[bool]:
    """Return for each post whether it is read with the one it answers."""
    columns = (values_of(posts[name]) for name in ("kind", "parent_key", "text"))
    return [is_short_reply(*row) for row in zip(*columns, strict=True)]


def with_known_names(connection: sa.Connection, posts: pd.DataFrame) -> pd.DataFrame:
    """Return a batch with the names its communities will have in the store once it is loaded.

    It is what they are likely to be: `is_read_so` tells whether they are.
    """
    keys, names = (values_of(posts[name]) for name in ("community_key", "community_name"))
    stored = community_names(connection, keys).items()
    told = (*zip(keys, names, strict=True), *stored)
    known = {key: name for key, name in told if None not in (key, name)}
    named = pd.Series([known.get(key) for key in keys], index=posts.index, dtype="str")
    return posts.assign(community_name=named)


def read_otherwise(connection: sa.Connection, posts: pd.DataFrame) -> set[str]:
    """Return the keys of the posts that were read with something else than what is stored now.

    Only what the frame has columns for is compared: community_name and parent_text.
    """
    keys = values_of(posts["post_key"])
    otherwise: set[str] = set()
    if "community_name" in posts:
        places, names = (values_of(posts[name]) for name in ("community_key", "community_name"))
        stored = community_names(connection, set(places))
        rows = zip(keys, places, names, strict=True)
        otherwise |= {key for key, place, name in rows if stored.get(place) != name}
    if "parent_text" in posts:
        parents, texts = (values_of(posts[name]) for name in ("parent_key", "parent_text"))
        answers = [
            (key, parent, text)
            for key, parent, text, is_short in zip(
                keys, parents, texts, short_replies(posts), strict=True
            )
            if is_short
        ]
        said = parent_texts(connection, {parent for _, parent, _ in answers})
        otherwise |= {key for key, parent, text in answers if said.get(parent) != text}
    return otherwise


def note_answers(connection: sa.Connection, batch: Columns, outcomes: Sequence[Outcome]) -> None:
    """Note which posts of a batch are short replies, so that they are found by what they answer.

    `outcomes` is what became of each row; of a post that is new or changed it says so of one.
    """
    are_changed = map("changed".__eq__, outcomes)
    delete_rows(connection, short_reply.c.post_key, set(compress(batch["post_key"], are_changed)))
    names = ("kind", "parent_key", "text", "post_key", "removed_at")
    answer = [parent is not None for parent in batch["parent_key"]]
    rows = compress(zip(outcomes, *(batch[name] for name in names), strict=True), answer)
    answers = [
        {"parent_key": parent, "post_key": key}
        for outcome, kind, parent, text, key, removed_at in rows
        if outcome != "unchanged" and removed_at is None and is_short_reply(kind, parent, text)
    ]
    upsert_rows(connection, short_reply, answers)


def retie_answers(connection: sa.Connection, keys: Collection[str]) -> None:
    """Have the short replies to these posts, which are new or say something else, tied anew."""
    # A table of its own: where posts stand in partitions, no index finds them in all at once.
    columns = (short_reply.c.parent_key, short_reply.c.post_key)
    _retie(
        connection, post.c.post_key, {r["post_key"] for r in read_rows(connection, columns, keys)}
    )


def retie_renamed(connection: sa.Connection, before: Mapping[str, str | None]) -> None:
    """Have the posts of these communities tied anew if their names are not those before."""
    after = community_names(connection, before)
    renamed = [key for key, name in before.items() if after[key] != name]
    _retie(connection, post.c.community_key, renamed)


def _retie(connection: sa.Connection, column: sa.Column[str], keys: Collection[str]) -> None:
    for chunk in chunks_of(keys):
        meant = (column.in_(chunk), post.c.linked_with.is_not(None))
        connection.execute(sa.update(post).where(*meant).values(linked_with=None))
