"""Authors under a new key: letting go of old pseudonyms, and of authors nobody refers to."""

from typing import NamedTuple

import sqlalchemy as sa

from contract.errors import FixSettings
from warehouse.recount import mark_stale
from warehouse.roles import become_owner
from warehouse.store import writing
from warehouse.tables import author, post, pseudonym_key


class Authored(NamedTuple):
    """How many posts have an author of the key, and how many one of another key."""

    by_key: int
    by_others: int


def authored(connection: sa.Connection, key_id: str) -> Authored:
    """Return how many posts have an author of this key, and of others."""
    posts = sa.select(sa.func.count()).select_from(post)
    of_others = connection.scalar(posts.where(post.c.author_key.in_(_others(key_id)))) or 0
    return Authored(
        (connection.scalar(posts.where(post.c.author_key.is_not(None))) or 0) - of_others,
        of_others,
    )


def has_others(connection: sa.Connection, key_id: str) -> bool:
    """Return whether there is an author of another key, with posts or without."""
    return bool(connection.scalar(sa.select(sa.exists(_others(key_id)))))


def put_in_force(engine: sa.Engine, key_id: str) -> None:
    """Have the store take pseudonyms of this key only, from here on."""
    with writing(engine) as connection:
        connection.execute(sa.delete(pseudonym_key))
        connection.execute(sa.insert(pseudonym_key).values(key_id=key_id))


def refuse_other_key(connection: sa.Connection, key_id: str | None) -> None:
    """Raise FixSettings when another key than this was put in force."""
    in_force = connection.scalar(sa.select(pseudonym_key.c.key_id))
    if in_force not in (None, key_id):
        raise FixSettings(
            f"pseudonyms made with the key {key_id} are not stored, the key in force is {in_force}:"
            " when the key was rotated meanwhile, run refine again; when it was changed otherwise,"
            " run goodguest rotate-key"
        )


def require_owner(engine: sa.Engine) -> None:
    """Raise FixSettings when the login may not do what `forget_authors` does."""
    with writing(engine) as connection:
        _act_as_owner(connection)


def clear_authors(engine: sa.Engine, key_id: str) -> int:
    """Return how many posts had an author of another key, and have none now."""
    of_others = post.c.author_key.in_(_others(key_id))
    with writing(engine) as connection:
        weeks = set(connection.scalars(sa.select(post.c.week).where(of_others).distinct()))
        cleared = connection.execute(sa.update(post).values(author_key=None).where(of_others))
        mark_stale(connection, weeks)
        return int(cleared.rowcount)


def forget_authors(engine: sa.Engine) -> int:
    """Return how many authors no post refers to any more there were, once they are deleted."""
    referred = sa.select(post.c.author_key).where(post.c.author_key.is_not(None))
    alone = sa.except_(sa.select(author.c.author_key), referred)
    with writing(engine) as connection:
        _act_as_owner(connection)
        # The database looks for posts of each author that goes: without an index, at all of them.
        connection.exec_driver_sql("create index ix_going on post (author_key)")
        gone = connection.execute(sa.delete(author).where(author.c.author_key.in_(alone)))
        connection.exec_driver_sql("drop index ix_going")
        return int(gone.rowcount)


def _others(key_id: str) -> sa.Select[tuple[str]]:
    is_other = author.c.key_id.is_distinct_from(key_id)
    return sa.select(author.c.author_key).where(is_other)


def _act_as_owner(connection: sa.Connection) -> None:
    if connection.dialect.name == "postgresql":
        become_owner(connection)
