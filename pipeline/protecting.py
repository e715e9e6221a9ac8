"""Protecting: what the charter calls sensitive, before anything is shown."""

from collections.abc import Sequence

import sqlalchemy as sa

from contract.charter import Charter
from contract.errors import FixSettings
from warehouse.protecting import anything_counted, may_protect, not_topics, protect, protected


def protect_sensitive(engine: sa.Engine, charter: Charter) -> list[str]:
    """Return what is wrong, once the warehouse keeps to itself what the charter calls sensitive.

    A topic that the vocabulary does not have hides every single post, until it is mended.
    """
    protect(engine, charter.sensitive.topics, charter.sensitive.min_authors)
    with engine.connect() as connection:
        _, missing = protected(connection)
    return [_said(missing)] if missing else []


def refuse_unprotected(engine: sa.Engine, charter: Charter) -> None:
    """Return once the warehouse shows nothing that the charter calls sensitive.

    Raises FixSettings where that is not so and this login may not change it, and where the charter
    names a topic that the vocabulary does not have, once anything was read that could be on it.
    """
    asked = {(name, charter.sensitive.min_authors) for name in charter.sensitive.topics}
    with engine.connect() as connection:
        there, missing = protected(connection)
        may, has_posts = may_protect(connection), anything_counted(connection)
    if there != asked or (missing and may):
        if not may:
            raise FixSettings(
                "the warehouse does not know yet what the charter calls sensitive; run "
                "`goodguest refine`, which tells it, or have it run"
            )
        protect_sensitive(engine, charter)
        with engine.connect() as connection:
            _, missing = protected(connection)
    if missing and has_posts:
        raise FixSettings(_said(missing))


def unknown_topics(connection: sa.Connection, charter: Charter) -> list[str]:
    """Return what is wrong with the sensitive topics of the charter, once a vocabulary is loaded.

    Nothing is written.
    """
    missing = not_topics(connection, charter.sensitive.topics)
    return [_said(missing)] if missing else []


def _said(missing: Sequence[str]) -> str:
    named = ", ".join(repr(name) for name in missing)
    return (
        f"sensitive.topics: {named} {'is' if len(missing) == 1 else 'are'} in no vocabulary that "
        "is loaded, or deprecated there, so nothing tells which posts to protect, and none is "
        "shown; allowed are URIs and preferred labels of topics; when it is right, run "
        "`goodguest catalogue`, which loads them"
    )
