"""Posts as people name them: by the platform's own id, or by the address they stand at."""

import sqlalchemy as sa

from contract.keys import stable_key
from warehouse.tables import post


def post_named(connection: sa.Connection, platform: str, named: str) -> str:
    """Return the key of the post; of an address that is not held, the key of it as an id.

    An id may look like an address, so that it is looked for first.
    """
    key = stable_key("post", platform, named)
    if "://" not in named or connection.scalar(sa.select(post.c.post_key).filter_by(post_key=key)):
        return key
    is_there = (post.c.platform == platform, post.c.url == named)
    found = connection.scalars(sa.select(post.c.post_key).where(*is_there).limit(2)).all()
    return found[0] if len(found) == 1 else key
