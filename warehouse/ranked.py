"""In which languages datasets are described: posts in others meet none by what they say."""

from collections.abc import Collection

import sqlalchemy as sa

from warehouse.cells import language_of
from warehouse.recount import mark_stale
from warehouse.tables import dataset, post


def ranked_languages(connection: sa.Connection) -> set[str]:
    """Return the languages, without regions, that the datasets not withdrawn are described in."""
    langs = sa.select(dataset.c.lang).where(dataset.c.withdrawn_at.is_(None)).distinct()
    return {language_of(lang or "en") for lang in connection.scalars(langs)}


def mark_ranked(connection: sa.Connection, before: Collection[str]) -> None:
    """Have the weeks counted anew whose posts datasets can be ranked for now, or could before."""
    now = ranked_languages(connection)
    if now == set(before):
        return
    weeks = sa.select(post.c.week, post.c.lang).where(post.c.lang.is_not(None)).distinct()
    changed = now.symmetric_difference(before)
    # Of none at all every post counts as unmet: what changes then is each other language.
    is_any = not now or not before
    mark_stale(
        connection,
        {
            week
            for week, lang in connection.execute(weeks)
            if week and (is_any or language_of(lang) in changed)
        },
    )
