"""What had to go and went, what may not come back, and what is being asked; read via `tables`."""

from datetime import datetime

import sqlalchemy as sa

from warehouse.columns import INTERNAL, PERSONAL, column, metadata

removal = sa.Table(
    "removal",
    metadata,
    column("removal_key", str, "Key of the removal.", key=True),
    column("what", str, "Key of the post or account, or what else was removed.", PERSONAL),
    column("why", str, "Why it was removed."),
    column("requested_at", datetime, "When a person asked for it.", null=True),
    column("detected_at", datetime, "When its removal upstream was first observed.", null=True),
    column("done_at", datetime, "When it was gone here; null: from the tables only.", null=True),
    column("places", list, "Where it was removed."),
    column(
        "latency_seconds",
        float,
        "From since_at to done_at: the most it can have taken.",
        null=True,
    ),
    column("platform", str, "Platform it was read from.", null=True),
    column("source", str, "Source it was read through.", null=True),
    column("since_at", datetime, "When it was last known to be lawful here.", null=True),
    column("duty_hours", int, "Hours it may take by the platform's terms.", null=True),
    sa.Index(None, "what"),
    sa.Index(
        "ix_removal_pending",
        "removal_key",
        sqlite_where=sa.text("done_at is null"),
        postgresql_where=sa.text("done_at is null"),
    ),
    comment="A removal that was honoured, or that still is to be in some places.",
)

erased = sa.Table(
    "erased",
    metadata,
    column("erased_key", str, "Key of the post, or keyed hash of the account.", PERSONAL, key=True),
    column("platform", str, "Platform it is on."),
    column("kind", str, "post or account."),
    column("key_id", str, "Which secret made the hash of an account.", null=True),
    column("erased_at", datetime, "When a person asked for it."),
    comment="A post or account that is not stored again, because a person asked for it.",
    sqlite_with_rowid=False,
)

rechecking = sa.Table(
    "rechecking",
    metadata,
    column("source", str, "The source.", INTERNAL, refers="source.id", key=True),
    column("post_key", str, "The post.", key=True),
    column("asked_at", datetime, "When nothing was answered; null: to be asked next.", null=True),
    comment="A post of a recheck that is still to be asked for, or that got no answer.",
    sqlite_with_rowid=False,
)
