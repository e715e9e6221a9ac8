"""Posts as people name them: by the platform's own id, or by the address they stand at."""

from collections.abc import Collection
from typing import Final

import sqlalchemy as sa

from contract.keys import post_key, stable_key, stem_of
from warehouse.tables import erased, post

_AT_ONCE: Final = 10_000
_STEM_FROM: Final = 9
"""Place in a key, the first being 1, at which its stem begins."""


def post_named(connection: sa.Connection, platform: str, named: str) -> str:
    """Return the key of the post; of an address that is not held, the key of it as an id.

    An id may look like an address, so that it is looked for first. What was erased keeps the key it
    was erased under, and so its one receipt.
    """
    key = post_key(platform, named)
    if connection.scalar(sa.select(post.c.post_key).filter_by(post_key=key)):
        return key
    former = stable_key("post", platform, named)
    if connection.scalar(sa.select(erased.c.erased_key).filter_by(erased_key=former)):
        return former
    if "://" not in named:
        return key
    is_there = (post.c.platform == platform, post.c.url == named)
    found = connection.scalars(sa.select(post.c.post_key).where(*is_there).limit(2)).all()
    return found[0] if len(found) == 1 else key


def stems_in(keys: sa.ColumnElement[str]) -> sa.ColumnElement[str]:
    """Return of a column's keys what `stem_of` returns of each."""
    return sa.func.substr(keys, _STEM_FROM)


def held_under(connection: sa.Connection, keys: Collection[str]) -> dict[str, str]:
    """Return by these keys, some of which may be of before keys rose, those of the posts held.

    The keys of all posts are looked at.
    """
    stems = set(map(stem_of, keys))
    every = sa.select(post.c.post_key).execution_options(yield_per=_AT_ONCE)
    held = {stem: key for key in connection.scalars(every) if (stem := stem_of(key)) in stems}
    return {key: held[stem] for key in keys if (stem := stem_of(key)) in held}
