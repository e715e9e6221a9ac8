"""Search: finds posts by what an analyst typed, and makes older posts searchable."""

import re
from typing import Any

from sqlalchemy import Engine

from contract.errors import FixSettings
from pipeline.settings import Settings
from transforms.search import fold_words, searched
from warehouse.search import posts_without_words, search_posts, store_words
from warehouse.store import opened

_BATCH_POSTS = 5_000
_PART = re.compile(r'"([^"]*)"?|([^\s"]+)')


def search(
    given: Settings,
    text: str,
    *,
    topic: str | None = None,
    community: str | None = None,
    week: str | None = None,
    limit: int = 20,
) -> list[dict[str, Any]]:
    """Return rows of v_post that hold all words and all "phrases in quotes", the latest first.

    Raises FixSettings when the text has no words, or nothing goes by the name of a topic,
    community or week.
    """
    phrases = phrases_of(text)
    if text.strip() and not phrases:
        raise FixSettings(f"found {text!r} to search for; it holds no letter and no digit")
    with opened(given.warehouse) as engine:
        return search_posts(engine, phrases, limit, topic=topic, community=community, week=week)


def phrases_of(text: str) -> list[str]:
    """Return the words and quoted phrases of what somebody typed, as the index holds them."""
    found = (searched(quoted or word) for quoted, word in _PART.findall(text))
    return [phrase for phrase in found if phrase]


def index_words(engine: Engine) -> int:
    """Return how many posts were made searchable that were stored before there was a search."""
    count = 0
    while True:
        with engine.connect() as connection:
            posts = posts_without_words(connection, _BATCH_POSTS)
        if posts.empty:
            return count
        store_words(engine, fold_words(posts))
        count += len(posts)
