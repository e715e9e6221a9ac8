"""Opting out: the hash of an account for the charter, and what is held of who opted out removed."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final

import msgspec
import sqlalchemy as sa

from connectors import connector_of
from contract.charter import Charter
from contract.keys import stable_key, stem_of
from contract.page import Page
from contract.post import Post
from pipeline import landing
from pipeline.account import landed_by, pseudonyms_of
from pipeline.cutting import ALWAYS, Sought, cut_parts
from pipeline.opted_out import OPTED_OUT, Guard
from pipeline.records import outcomes_of
from pipeline.settings import Settings, pseudonym_key
from pipeline.sharing import LANDED, in_turn
from pipeline.tombstones import account_key, erasure_key, post_key_of
from transforms.frame import whole_characters
from transforms.pseudonyms import author_key, key_id
from warehouse.due import due_for
from warehouse.opting_out import (
    authors_saying,
    is_honoured,
    note_honoured,
    note_opted_out,
    posts_of,
    posts_there,
)
from warehouse.receipts import sources_of, strip_titles
from warehouse.removals import forget_authors, remove_posts
from warehouse.rows import chunks_of
from warehouse.store import opened, writing

_VERSION: Final = "1"
"""Of what is left out by the same opt-outs: with another all that is held is looked through."""


def opt_out(given: Settings, platform: str, account: str) -> dict[str, Any]:
    """Return the keyed hash of an account for the charter; what is held of it is left to comply.

    The account by its id or name, as the platform shows it; nothing keeps it. Returns `hash`, and
    `is_held`: whether anything of it is here, which the next comply removes. Raises
    FixSettings for an unknown platform.
    """
    connector_of(platform)
    secret = erasure_key(given)
    hashed = account_key(platform, account, secret)

    def is_its(post: Post) -> bool:
        names = [name for name in (post.author_id, post.author_handle) if name]
        return any(account_key(platform, name, secret) == hashed for name in names)

    with opened(given.warehouse) as engine:
        with engine.connect() as connection:
            sources = sources_of(connection, {platform})
        landed = landed_by(given, sources, is_its)
        authors = pseudonyms_of(given, platform, account, landed)
        is_held = note_opted_out(engine, [], authors)
    return {"hash": f"{key_id(secret)}-{hashed}", "is_held": is_held}


def remove_opted_out(given: Settings, engine: sa.Engine, charter: Charter, now: datetime) -> int:
    """Return how many posts were removed from the tables of who opted out, and cut what is landed.

    All that is held is looked through once for each change of the charter's opt-outs; else the
    parts that refine found something in, and the authors a page told of. Cut short, the next call
    does it again. The other places and the receipts are left to `clean`.
    """
    guard = Guard(given, engine, charter)
    version = stable_key(_VERSION, msgspec.json.encode(charter.opt_outs.model_dump()).decode())
    is_new = not is_honoured(engine, version)
    authors, paths = due_for(engine, "remove opted out"), due_for(engine, "cut opted out")
    if not (is_new or authors or paths):
        return 0
    found = landing.parts(given.landing)
    parts = found if is_new else [part for part in found if part.path in paths]
    landed, writers = _landed(given, guard, parts)
    writers |= set(authors)
    with engine.connect() as connection:
        keys = set(landed)
        if is_new:
            is_place = guard.is_place if guard.has_places else None
            keys |= posts_there(connection, guard.is_one_of_communities, is_place)
            writers |= authors_saying(connection, charter.opt_outs.tags)
        keys |= posts_of(connection, writers)
    removed = 0
    for chunk in chunks_of(keys):
        with in_turn(given, engine, LANDED), writing(engine) as connection:
            gone = remove_posts(connection, dict.fromkeys(chunk, now), OPTED_OUT)
            strip_titles(connection, chunk)
        removed += len(gone)
    # What was never loaded has no receipt, and has to go as well.
    if keys:
        stems = set(map(stem_of, keys))
        cut_parts(given, engine, found, Sought(dict.fromkeys(stems, ALWAYS), stems))
    with writing(engine) as connection:
        forget_authors(connection, writers)
        note_honoured(connection, version, authors, paths)
    return removed


def _landed(
    given: Settings, guard: Guard, parts: Sequence[landing.Part]
) -> tuple[set[str], set[str]]:
    """Return keys and pseudonyms of authors of the posts in the parts that are left out."""
    keys, authors, secret = set[str](), set[str](), pseudonym_key(given)
    for part in parts:
        try:
            for _, page in landing.pages_of(given.landing, part):
                if not isinstance(page, Page):
                    continue
                out = guard.left_out_of(page, list(outcomes_of(page))).values()
                keys |= {post_key_of(one.post) for one in out}
                authors |= {
                    author_key(post.platform, whole_characters(post.author_id), secret)
                    for post, _, is_by_author in out
                    if post.author_id and is_by_author
                }
        except FileNotFoundError:
            continue
    return keys, authors
