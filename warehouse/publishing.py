"""What was published: kept, so that no later release says anything else of the same week."""

from datetime import datetime

import sqlalchemy as sa

from warehouse.columns import OPEN, column, metadata

published_week = sa.Table(
    "published_week",
    metadata,
    column("week", str, "ISO week, UTC.", OPEN, key=True),
    column("purpose", str, "Purpose the posts were read for.", OPEN, key=True),
    column("posts", int, "Posts, copies once, a bot's as one; null: withheld.", OPEN, null=True),
    column("coverage", float, "Share of the hours that were read whole, 0 to 1.", OPEN, null=True),
    column("min_authors", int, "Fewest authors behind a number, when it was published.", OPEN),
    column("cells", int, "Numbers there could have been, by subject.", OPEN),
    column("cells_shown", int, "Numbers that were published.", OPEN),
    column("method", str, "Version of the method that withheld the others.", OPEN),
    column("published_at", datetime, "When it was first published.", OPEN),
    comment="A week that is published; it is never counted anew.",
    sqlite_with_rowid=False,
)

published_cell = sa.Table(
    "published_cell",
    metadata,
    column("kind", str, "What is counted: topic, dataset or community.", OPEN, key=True),
    column("week", str, "ISO week, UTC.", OPEN, key=True),
    column("purpose", str, "Purpose the posts were read for.", OPEN, key=True),
    column("subject", str, "URI or key of what the posts are tied to or stand in.", OPEN, key=True),
    column("name", str, "Its name, when it was published.", OPEN),
    column("posts", int, "Posts, copies once, a bot's as one.", OPEN),
    comment="A number that is published.",
    sqlite_with_rowid=False,
)
