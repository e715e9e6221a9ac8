"""Posts as people name them: by the platform's own id, or by the address they stand at."""

from collections.abc import Collection
from typing import Final

import sqlalchemy as sa

from contract.keys import post_key, stem_of
from warehouse.tables import post

_AT_ONCE: Final = 10_000


def post_named(connection: sa.Connection, platform: str, named: str) -> str:
    """Return the key of the post; of an address that is not held, the key of it as an id.

    An id may look like an address, so that it is looked for first.
    """
    key = post_key(platform, named)
    if "://" not in named or connection.scalar(sa.select(post.c.post_key).filter_by(post_key=key)):
        return key
    is_there = (post.c.platform == platform, post.c.url == named)
    found = connection.scalars(sa.select(post.c.post_key).where(*is_there).limit(2)).all()
    return found[0] if len(found) == 1 else key


def held_under(connection: sa.Connection, keys: Collection[str]) -> dict[str, str]:
    """Return by these keys, some of which may be of before keys rose, those of the posts held.

    The keys of all posts are looked at.
    """
    named = {stem_of(key): key for key in keys}
    every = sa.select(post.c.post_key).execution_options(yield_per=_AT_ONCE)
    return {named[stem_of(key)]: key for key in connection.scalars(every) if stem_of(key) in named}
