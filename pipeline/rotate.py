"""Rotate: gives authors new pseudonyms under a new key, and lets go of the old ones.

The warehouse knows no accounts: only authors of posts whose newest page is still landed can be
given a new pseudonym, by reading those pages again. Cut short anywhere, it goes on where it was
when run again.
"""

import os
from pathlib import Path
from typing import Any

from contract.errors import FixSettings
from pipeline.refine import refine
from pipeline.settings import KEY_FILE, KEY_VARIABLE, Settings, key_in, pseudonym_key
from transforms.pseudonyms import key_id
from warehouse.authors import (
    authored,
    clear_authors,
    forget_authors,
    has_others,
    put_in_force,
    require_owner,
)
from warehouse.recount import recount
from warehouse.store import opened


def rotate_key(given: Settings, *, clear: bool = False) -> dict[str, Any]:
    """Give the authors of landed posts pseudonyms under a new key; the old key is deleted.

    Posts whose newest page is no longer landed keep the pseudonym of the old key, or have none any
    more with `clear`. What another process has read with the old key is refused from here on. With
    a new key in GOODGUEST_KEY no file of a key is left. Returns `key` (its id), `posts_rekeyed,
    posts_left, posts_cleared, authors_deleted`. Raises FixSettings when GOODGUEST_KEY holds a key
    that is not a new one, or when the login may not change tables.
    """
    given.load_charter()
    is_given = bool(os.environ.get(KEY_VARIABLE))
    new = key_id(pseudonym_key(given) if is_given else key_in(_next(given)))
    with opened(given.warehouse) as engine:
        with engine.connect() as connection:
            if is_given and not has_others(connection, new):
                raise FixSettings(_UNCHANGED)
        require_owner(engine)
        if is_given:
            for file in (given.data / KEY_FILE, _next(given)):
                file.unlink(missing_ok=True)
        else:
            _take(_next(given), given.data / KEY_FILE)
        put_in_force(engine, new)
    refine(given, reparse=True)
    with opened(given.warehouse) as engine:
        cleared = clear_authors(engine, new) if clear else 0
        recount(engine)
        deleted = forget_authors(engine)
        with engine.connect() as connection:
            posts = authored(connection, new)
    _next(given).unlink(missing_ok=True)
    return {
        "key": new,
        "posts_rekeyed": posts.by_key,
        "posts_left": posts.by_others,
        "posts_cleared": cleared,
        "authors_deleted": deleted,
    }


_UNCHANGED = (
    f"{KEY_VARIABLE} holds the key, and there is no author of another: give it a new value "
    "wherever Goodguest runs (openssl rand -hex 32), then run this again"
)


def _next(given: Settings) -> Path:
    """Return where the new key stands until all is done; while it is there, more is to do."""
    return given.data / f"{KEY_FILE}.next"


def _take(next_key: Path, path: Path) -> None:
    """Put the new key in the place of the old one, which is deleted by that."""
    if path.exists() and path.samefile(next_key):
        return
    link = path.with_name(f".{path.name}-taken")
    link.unlink(missing_ok=True)
    link.hardlink_to(next_key)
    link.replace(path)
