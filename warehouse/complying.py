"""What had to go and went, what may not come back, what is held by order, who asked what.

Read through `tables`.
"""

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

charter_version = sa.Table(
    "charter_version",
    metadata,
    column("version", str, "Digest of what the charter says.", key=True),
    column("content", dict, "All it says, as it was."),
    column("first_used_at", datetime, "When something was first done under it."),
    column("last_used_at", datetime, "When something was last begun under it."),
    comment="A version of the charter that something was done under.",
    sqlite_with_rowid=False,
)

hold = sa.Table(
    "hold",
    metadata,
    column("hold_key", str, "Key of the order.", key=True),
    column("ref", str, "The order's reference."),
    column("by", str, "Who ordered it: a role or body, never a name."),
    column("why", str, "What it is for, as the register shows it."),
    column("ordered_on", str, "Day of the order."),
    column("expires_on", str, "Day after which it holds nothing any more."),
    column("made_at", datetime, "When it was entered here."),
    column("released_at", datetime, "When it was lifted; null: it stands.", null=True),
    comment="An order that suspends the deletion of named posts.",
    sqlite_with_rowid=False,
)

held_record = sa.Table(
    "held_record",
    metadata,
    column("hold_key", str, "The order.", refers="hold.hold_key", key=True),
    column("post_key", str, "The post.", key=True),
    column("author_key", str, "Pseudonym of its author, if known.", PERSONAL, null=True),
    column("record", str, "The post and all that belongs to it as it was: JSON.", PERSONAL),
    column("sha256", str, "SHA-256 of the record, as evidence that nobody changed it."),
    column("sealed_at", datetime, "When it was set aside."),
    comment="A post set aside by an order; nothing else reads it, and it goes with the order.",
    sqlite_with_rowid=False,
)

access_log = sa.Table(
    "access_log",
    metadata,
    column("access_key", str, "Key of the entry.", key=True),
    column("asked_at", datetime, "When."),
    column("role", str, "Who asked: a role, or the account on the machine."),
    column("purpose", str, "Under which purposes of the charter, or which order or request."),
    column(
        "how",
        str,
        "explorer, search, show, review, export, held, subject access or freedom of information.",
    ),
    column("question", str, "What was asked for.", PERSONAL),
    column("rows", int, "How many posts it gave.", null=True),
    sa.Index(None, "asked_at"),
    comment="What an analyst asked of the posts.",
)
