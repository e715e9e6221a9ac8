"""What the agency holds, and how the reading went."""

import sqlalchemy as sa
from alembic import op

from warehouse.columns import Json, Utc

revision = "0001"
down_revision = None


def upgrade() -> None:
    op.create_table(
        "catalogue_version",
        sa.Column("kind", sa.Text, primary_key=True),
        sa.Column("name", sa.Text, primary_key=True),
        sa.Column("sha256", sa.Text, nullable=False),
        sa.Column("records", sa.BigInteger, nullable=False),
        sa.Column("loaded_at", Utc, nullable=False),
    )
    op.create_table(
        "dataset",
        sa.Column("dataset_key", sa.Text, primary_key=True),
        sa.Column("catalogue", sa.Text, nullable=False),
        sa.Column("identifier", sa.Text, nullable=False),
        sa.Column("title", sa.Text, nullable=False),
        sa.Column("description", sa.Text, nullable=False),
        sa.Column("keywords", Json, nullable=False),
        sa.Column("themes", Json, nullable=False),
        sa.Column("publisher", sa.Text),
        sa.Column("landing_page", sa.Text),
        sa.Column("modified", sa.Text),
        sa.Column("lang", sa.Text),
        sa.Column("withdrawn_at", Utc),
    )
    op.create_table(
        "digest_issue",
        sa.Column("digest", sa.Text, primary_key=True),
        sa.Column("week", sa.Text, primary_key=True),
        sa.Column("numbers", Json, nullable=False),
        sa.Column("coverage", sa.Double),
        sa.Column("made_at", Utc, nullable=False),
        sa.Column("sent_at", Utc),
        sa.Column("recipients", sa.BigInteger),
    )
    op.create_table(
        "entity",
        sa.Column("entity_key", sa.Text, primary_key=True),
        sa.Column("register", sa.Text, nullable=False),
        sa.Column("native_id", sa.Text, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("aliases", Json, nullable=False),
        sa.Column("place", sa.Text),
        sa.Column("attributes", Json, nullable=False),
        sa.Column("withdrawn_at", Utc),
    )
    op.create_table(
        "removal",
        sa.Column("removal_key", sa.Text, primary_key=True),
        sa.Column("what", sa.Text, nullable=False),
        sa.Column("why", sa.Text, nullable=False),
        sa.Column("requested_at", Utc),
        sa.Column("detected_at", Utc),
        sa.Column("done_at", Utc, nullable=False),
        sa.Column("places", Json, nullable=False),
        sa.Column("latency_seconds", sa.Double, nullable=False),
    )
    op.create_index(op.f("ix_removal_what"), "removal", ["what"])
    op.create_table(
        "source",
        sa.Column("id", sa.Text, primary_key=True),
        sa.Column("platform", sa.Text, nullable=False),
        sa.Column("url", sa.Text, nullable=False),
        sa.Column("purpose", sa.Text, nullable=False),
        sa.Column("legal_basis", sa.Text, nullable=False),
        sa.Column("dpia", sa.Text, nullable=False),
        sa.Column("owner", sa.Text, nullable=False),
        sa.Column("expires_on", sa.Text, nullable=False),
        sa.Column("schedule", sa.Text, nullable=False),
        sa.Column("is_enabled", sa.Boolean, nullable=False),
        sa.Column("approval", Json),
        sa.Column("permission", Json),
        sa.Column("first_run_at", Utc),
        sa.Column("last_run_at", Utc),
    )
    op.create_table(
        "topic",
        sa.Column("uri", sa.Text, primary_key=True),
        sa.Column("vocabulary", sa.Text, nullable=False),
        sa.Column("scheme", sa.Text),
        sa.Column("definition", sa.Text),
        sa.Column("notation", sa.Text),
        sa.Column("is_deprecated", sa.Boolean, nullable=False),
        sa.Column("withdrawn_at", Utc),
    )
    op.create_table(
        "coverage",
        sa.Column(
            "source", sa.Text, sa.ForeignKey("source.id", ondelete="CASCADE"), primary_key=True
        ),
        sa.Column("hour_at", Utc, primary_key=True),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("expected", sa.BigInteger),
        sa.Column("fetched", sa.BigInteger),
        sa.Column("covered_since_at", Utc),
        sa.Column("covered_until_at", Utc),
        sa.Column("day", sa.Text, nullable=False),
        sa.Column("week", sa.Text, nullable=False),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "dataset_distribution",
        sa.Column(
            "dataset_key",
            sa.Text,
            sa.ForeignKey("dataset.dataset_key", ondelete="CASCADE"),
            primary_key=True,
        ),
        sa.Column("position", sa.BigInteger, primary_key=True),
        sa.Column("url", sa.Text, nullable=False),
        sa.Column("title", sa.Text),
        sa.Column("format", sa.Text),
    )
    op.create_table(
        "ingest_run",
        sa.Column("run_id", sa.Text, primary_key=True),
        sa.Column("source", sa.Text, sa.ForeignKey("source.id"), nullable=False),
        sa.Column("window_since_at", Utc, nullable=False),
        sa.Column("window_until_at", Utc, nullable=False),
        sa.Column("got_since_at", Utc),
        sa.Column("got_until_at", Utc),
        sa.Column("is_backfill", sa.Boolean, nullable=False),
        sa.Column("started_at", Utc, nullable=False),
        sa.Column("ended_at", Utc),
        sa.Column("status", sa.Text, nullable=False),
        sa.Column("stopped_because", sa.Text),
        sa.Column("requests", sa.BigInteger),
        sa.Column("pages", sa.BigInteger),
        sa.Column("records", sa.BigInteger),
        sa.Column("posts_new", sa.BigInteger),
        sa.Column("posts_changed", sa.BigInteger),
        sa.Column("posts_unchanged", sa.BigInteger),
        sa.Column("posts_rejected", sa.BigInteger),
        sa.Column("posts_skipped", sa.BigInteger),
        sa.Column("rate_limited_seconds", sa.Double),
        sa.Column("bytes", sa.BigInteger),
        sa.Column("cost", sa.Double),
    )
    op.create_index(op.f("ix_ingest_run_source"), "ingest_run", ["source", "started_at"])
    op.create_table(
        "landing_part",
        sa.Column("path", sa.Text, primary_key=True),
        sa.Column("sha256", sa.Text, primary_key=True),
        sa.Column("source", sa.Text, sa.ForeignKey("source.id"), nullable=False),
        sa.Column("run_id", sa.Text),
        sa.Column("pages", sa.BigInteger, nullable=False),
        sa.Column("records", sa.BigInteger, nullable=False),
        sa.Column("posts_new", sa.BigInteger, nullable=False),
        sa.Column("posts_changed", sa.BigInteger, nullable=False),
        sa.Column("posts_unchanged", sa.BigInteger, nullable=False),
        sa.Column("posts_rejected", sa.BigInteger, nullable=False),
        sa.Column("posts_skipped", sa.BigInteger, nullable=False),
        sa.Column("skipped_by_rule", Json, nullable=False),
        sa.Column("loaded_at", Utc, nullable=False),
    )
    op.create_index(op.f("ix_landing_part_run_id"), "landing_part", ["run_id"])
    op.create_table(
        "rejected",
        sa.Column("rejected_key", sa.Text, primary_key=True),
        sa.Column("source", sa.Text, sa.ForeignKey("source.id"), nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("detail", sa.Text, nullable=False),
        sa.Column("native_id", sa.Text),
        sa.Column("landing", sa.Text, nullable=False),
        sa.Column("path", sa.Text, nullable=False),
        sa.Column("first_seen_at", Utc, nullable=False),
        sa.Column("resolved_at", Utc),
    )
    op.create_index(op.f("ix_rejected_path"), "rejected", ["path"])
    op.create_table(
        "source_state",
        sa.Column(
            "source", sa.Text, sa.ForeignKey("source.id", ondelete="CASCADE"), primary_key=True
        ),
        sa.Column("cursor", Json),
        sa.Column("etag", sa.Text),
        sa.Column("last_modified", sa.Text),
        sa.Column("updated_at", Utc, nullable=False),
    )
    op.create_table(
        "topic_broader",
        sa.Column("uri", sa.Text, sa.ForeignKey("topic.uri", ondelete="CASCADE"), primary_key=True),
        sa.Column("position", sa.BigInteger, primary_key=True),
        sa.Column("broader_uri", sa.Text, nullable=False),
    )
    op.create_table(
        "topic_label",
        sa.Column("uri", sa.Text, sa.ForeignKey("topic.uri", ondelete="CASCADE"), primary_key=True),
        sa.Column("position", sa.BigInteger, primary_key=True),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("value", sa.Text, nullable=False),
        sa.Column("lang", sa.Text),
    )


def downgrade() -> None:
    for table in (
        "topic_label",
        "topic_broader",
        "source_state",
        "rejected",
        "landing_part",
        "ingest_run",
        "dataset_distribution",
        "coverage",
        "topic",
        "source",
        "removal",
        "entity",
        "digest_issue",
        "dataset",
        "catalogue_version",
    ):
        op.drop_table(table)
