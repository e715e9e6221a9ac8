"""Posts set aside by an order, and who asked what of the posts."""

import sqlalchemy as sa
from alembic import op

from warehouse.columns import Utc

revision = "0011"
down_revision = "0010"


def upgrade() -> None:
    """Make the tables of orders, of what they hold, and of access."""
    op.create_table(
        "hold",
        sa.Column("hold_key", sa.Text, primary_key=True),
        sa.Column("ref", sa.Text, nullable=False),
        sa.Column("by", sa.Text, nullable=False),
        sa.Column("why", sa.Text, nullable=False),
        sa.Column("ordered_on", sa.Text, nullable=False),
        sa.Column("expires_on", sa.Text, nullable=False),
        sa.Column("made_at", Utc, nullable=False),
        sa.Column("released_at", Utc),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "held_record",
        sa.Column("hold_key", sa.Text, sa.ForeignKey("hold.hold_key", ondelete="CASCADE"),
                  primary_key=True),
        sa.Column("post_key", sa.Text, primary_key=True),
        sa.Column("author_key", sa.Text),
        sa.Column("record", sa.Text, nullable=False),
        sa.Column("sha256", sa.Text, nullable=False),
        sa.Column("sealed_at", Utc, nullable=False),
        sqlite_with_rowid=False,
    )  # fmt: skip
    op.create_table(
        "access_log",
        sa.Column("access_key", sa.Text, primary_key=True),
        sa.Column("asked_at", Utc, nullable=False),
        sa.Column("role", sa.Text, nullable=False),
        sa.Column("purpose", sa.Text, nullable=False),
        sa.Column("how", sa.Text, nullable=False),
        sa.Column("question", sa.Text, nullable=False),
        sa.Column("rows", sa.BigInteger),
    )
    op.create_index("ix_access_log_asked_at", "access_log", ["asked_at"])


def downgrade() -> None:
    """Drop them: whoever goes back under an order has to export what it holds first."""
    op.drop_table("access_log")
    op.drop_table("held_record")
    op.drop_table("hold")
