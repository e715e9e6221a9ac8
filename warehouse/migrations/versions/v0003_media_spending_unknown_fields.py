"""Media of posts, what metered reading costs, and fields nobody reads yet."""

import sqlalchemy as sa
from alembic import op

from warehouse.columns import Utc

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    op.create_table(
        "post_media",
        sa.Column(
            "post_key",
            sa.Text,
            sa.ForeignKey("post.post_key", ondelete="CASCADE"),
            primary_key=True,
        ),
        sa.Column("position", sa.BigInteger, primary_key=True),
        sa.Column("url", sa.Text, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("alt_text", sa.Text),
        sa.Column("licence", sa.Text),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "spending",
        sa.Column("spending_key", sa.Text, primary_key=True),
        sa.Column("source", sa.Text, sa.ForeignKey("source.id"), nullable=False),
        sa.Column("month", sa.Text, nullable=False),
        sa.Column("run_id", sa.Text),
        sa.Column("reserved_at", Utc, nullable=False),
        sa.Column("posts_reserved", sa.BigInteger, nullable=False),
        sa.Column("posts_charged", sa.BigInteger),
        sa.Column("posts_allowed", sa.BigInteger, nullable=False),
        sa.Column("money", sa.Double),
        sa.Column("currency", sa.Text),
    )
    op.create_index(op.f("ix_spending_source"), "spending", ["source", "month"])
    op.create_index(op.f("ix_spending_run_id"), "spending", ["run_id"])
    op.create_table(
        "unknown_field",
        sa.Column("field_key", sa.Text, primary_key=True),
        sa.Column("platform", sa.Text, nullable=False),
        sa.Column("path", sa.Text, nullable=False),
        sa.Column("first_seen_at", Utc, nullable=False),
        sa.Column("landing", sa.Text, nullable=False),
        sa.Column("source", sa.Text, sa.ForeignKey("source.id"), nullable=False),
    )


def downgrade() -> None:
    for table in (
        "unknown_field",
        "spending",
        "post_media",
    ):
        op.drop_table(table)
