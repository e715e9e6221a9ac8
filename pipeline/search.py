"""Search: finds posts by what an analyst typed, and makes older posts searchable."""

from typing import Any

from sqlalchemy import Engine

from contract.errors import FixSettings
from pipeline.protecting import refuse_unprotected
from pipeline.settings import Settings
from transforms.search import LONGEST, fold_words, phrases_of
from warehouse.search import posts_without_words, search_posts, store_words
from warehouse.store import opened

_BATCH_POSTS = 5_000


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
    community or week, or a sensitive topic of the charter is not known.
    """
    if len(text) > LONGEST:
        raise FixSettings(f"found {len(text)} characters to search for; allowed are {LONGEST}")
    phrases = phrases_of(text)
    if text.strip() and not phrases:
        raise FixSettings(f"found {text!r} to search for; it holds no letter and no digit")
    charter = given.load_charter()
    with opened(given.warehouse) as engine:
        refuse_unprotected(engine, charter)
        return search_posts(engine, phrases, limit, topic=topic, community=community, week=week)


def index_words(engine: Engine) -> int:
    """Return how many posts were made searchable that were stored before there was a search."""
    count, after = 0, ""
    while True:
        with engine.connect() as connection:
            posts = posts_without_words(connection, _BATCH_POSTS, after)
        if posts.empty:
            return count
        store_words(engine, fold_words(posts))
        count, after = count + len(posts), posts["post_key"].iloc[-1]
