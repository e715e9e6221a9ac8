"""What topics are called: from a name to topics, and from topics to their names."""

from collections.abc import Sequence

import sqlalchemy as sa

from warehouse.tables import topic_label


def topics_named(conn: sa.Connection, names: Sequence[str]) -> dict[str, tuple[str, ...]]:
    """Return for each name the URIs of its topics: it is a URI, or a preferred label of any."""
    label = topic_label.c
    rows = conn.execute(
        sa.select(label.uri, label.value)
        .where(label.kind == "prefLabel", label.uri.in_(names) | label.value.in_(names))
        .order_by(label.uri)
    ).all()
    return {n: tuple(dict.fromkeys(uri for uri, value in rows if n in (uri, value))) for n in names}


def topic_names(conn: sa.Connection, uris: Sequence[str], language: str = "en") -> dict[str, str]:
    """Return the preferred label of each topic: in this language, else in English, else any."""
    label = topic_label.c
    is_fit = sa.case(
        (label.lang == language, 0),
        (label.lang.like(f"{language}-%"), 1),
        (label.lang == "en", 2),
        (label.lang.like("en-%"), 3),
        else_=4,
    )
    rows = conn.execute(
        sa.select(label.uri, label.value)
        .where(label.kind == "prefLabel", label.uri.in_(uris))
        .order_by(is_fit.desc(), sa.func.coalesce(label.lang, "").desc(), label.position.desc())
    )
    # The best label comes last and stays.
    return dict(zip(uris, uris, strict=True)) | dict(rows.all())
