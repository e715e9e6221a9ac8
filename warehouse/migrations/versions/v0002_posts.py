"""Posts, what stands around them, and their ties."""

import sqlalchemy as sa
from alembic import op

from warehouse.columns import Json, Utc

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    op.create_table(
        "author",
        sa.Column("author_key", sa.Text, primary_key=True),
        sa.Column("platform", sa.Text, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("name", sa.Text),
        sa.Column("account_created_on", sa.Text),
        sa.Column("key_id", sa.Text),
        sa.Column("observed_at", Utc, nullable=False),
    )
    op.create_table(
        "community",
        sa.Column("community_key", sa.Text, primary_key=True),
        sa.Column("platform", sa.Text, nullable=False),
        sa.Column("native_id", sa.Text, nullable=False),
        sa.Column("name", sa.Text),
        sa.Column("url", sa.Text),
        sa.Column("observed_at", Utc, nullable=False),
    )
    op.create_table(
        "post",
        sa.Column("platform", sa.Text, nullable=False),
        sa.Column("native_id", sa.Text, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("url", sa.Text),
        sa.Column("title", sa.Text),
        sa.Column("created_at", Utc),
        sa.Column("edited_at", Utc),
        sa.Column("removed_at", Utc),
        sa.Column("removal_reason", sa.Text),
        sa.Column("place", sa.Text),
        sa.Column("latitude", sa.Double),
        sa.Column("longitude", sa.Double),
        sa.Column("post_key", sa.Text, primary_key=True),
        sa.Column("source", sa.Text, sa.ForeignKey("source.id"), nullable=False),
        sa.Column("community_key", sa.Text, sa.ForeignKey("community.community_key")),
        sa.Column("author_key", sa.Text, sa.ForeignKey("author.author_key")),
        sa.Column("parent_key", sa.Text),
        sa.Column("root_key", sa.Text),
        sa.Column("text", sa.Text, nullable=False),
        sa.Column("redactions", sa.BigInteger, nullable=False),
        sa.Column("lang", sa.Text),
        sa.Column("lang_score", sa.Double),
        sa.Column("content_hash", sa.Text, nullable=False),
        sa.Column("text_signature", sa.Text, nullable=False),
        sa.Column("observed_at", Utc),
        sa.Column("landing", sa.Text, nullable=False),
        sa.Column("first_seen_at", Utc, nullable=False),
        sa.Column("last_seen_at", Utc, nullable=False),
        sa.Column("near_duplicate_of", sa.Text),
        sa.Column("linked_with", sa.Text),
        sa.Column("week", sa.Text, nullable=False),
        sa.Column("day", sa.Text, nullable=False),
    )
    op.create_index(op.f("ix_post_source"), "post", ["source", "created_at"])
    op.create_index(op.f("ix_post_text_signature"), "post", ["text_signature"])
    op.create_index(op.f("ix_post_week"), "post", ["week"])
    op.create_table(
        "link_review",
        sa.Column("review_key", sa.Text, primary_key=True),
        sa.Column(
            "post_key", sa.Text, sa.ForeignKey("post.post_key", ondelete="CASCADE"), nullable=False
        ),
        sa.Column("target", sa.Text, nullable=False),
        sa.Column("target_key", sa.Text, nullable=False),
        sa.Column("method", sa.Text, nullable=False),
        sa.Column("verdict", sa.Text, nullable=False),
        sa.Column("reviewer_role", sa.Text, nullable=False),
        sa.Column("reviewed_at", Utc, nullable=False),
        sa.Column("note", sa.Text),
    )
    op.create_table(
        "post_dataset",
        sa.Column(
            "post_key",
            sa.Text,
            sa.ForeignKey("post.post_key", ondelete="CASCADE"),
            primary_key=True,
        ),
        sa.Column(
            "dataset_key",
            sa.Text,
            sa.ForeignKey("dataset.dataset_key", ondelete="CASCADE"),
            primary_key=True,
        ),
        sa.Column("score", sa.Double, nullable=False),
        sa.Column("method", sa.Text, nullable=False),
        sa.Column("evidence", Json, nullable=False),
        sa.Column("model_version", sa.Text, nullable=False),
        sa.Column("linked_at", Utc, nullable=False),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "post_entity",
        sa.Column(
            "post_key",
            sa.Text,
            sa.ForeignKey("post.post_key", ondelete="CASCADE"),
            primary_key=True,
        ),
        sa.Column(
            "entity_key",
            sa.Text,
            sa.ForeignKey("entity.entity_key", ondelete="CASCADE"),
            primary_key=True,
        ),
        sa.Column("score", sa.Double, nullable=False),
        sa.Column("method", sa.Text, nullable=False),
        sa.Column("evidence", Json, nullable=False),
        sa.Column("model_version", sa.Text, nullable=False),
        sa.Column("linked_at", Utc, nullable=False),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "post_link",
        sa.Column(
            "post_key",
            sa.Text,
            sa.ForeignKey("post.post_key", ondelete="CASCADE"),
            primary_key=True,
        ),
        sa.Column("position", sa.BigInteger, primary_key=True),
        sa.Column("url", sa.Text, nullable=False),
        sa.Column("canonical_url", sa.Text, nullable=False),
        sa.Column("domain", sa.Text, nullable=False),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "post_metric",
        sa.Column(
            "post_key",
            sa.Text,
            sa.ForeignKey("post.post_key", ondelete="CASCADE"),
            primary_key=True,
        ),
        sa.Column("observed_at", Utc, primary_key=True),
        sa.Column("likes", sa.BigInteger),
        sa.Column("replies", sa.BigInteger),
        sa.Column("shares", sa.BigInteger),
        sa.Column("views", sa.BigInteger),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "post_tag",
        sa.Column(
            "post_key",
            sa.Text,
            sa.ForeignKey("post.post_key", ondelete="CASCADE"),
            primary_key=True,
        ),
        sa.Column("position", sa.BigInteger, primary_key=True),
        sa.Column("tag", sa.Text, nullable=False),
        sa.Column("tag_normalised", sa.Text, nullable=False),
        sa.Column("added_by", sa.Text, nullable=False),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "post_topic",
        sa.Column(
            "post_key",
            sa.Text,
            sa.ForeignKey("post.post_key", ondelete="CASCADE"),
            primary_key=True,
        ),
        sa.Column(
            "topic_uri", sa.Text, sa.ForeignKey("topic.uri", ondelete="CASCADE"), primary_key=True
        ),
        sa.Column("score", sa.Double, nullable=False),
        sa.Column("method", sa.Text, nullable=False),
        sa.Column("evidence", Json, nullable=False),
        sa.Column("model_version", sa.Text, nullable=False),
        sa.Column("linked_at", Utc, nullable=False),
        sqlite_with_rowid=False,
    )


def downgrade() -> None:
    for table in (
        "post_topic",
        "post_tag",
        "post_metric",
        "post_link",
        "post_entity",
        "post_dataset",
        "link_review",
        "post",
        "community",
        "author",
    ):
        op.drop_table(table)
