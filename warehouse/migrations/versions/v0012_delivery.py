"""A digest as it was given out, on its way to each of its readers, and who wants it no more."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

from warehouse.columns import Utc

revision = "0012"
down_revision = "0011"

_JSON = sa.JSON().with_variant(JSONB(), "postgresql")


def upgrade() -> None:
    """Add what an issue says, and make the tables of deliveries and of those who unsubscribed."""
    op.add_column("digest_issue", sa.Column("content", _JSON))
    op.create_table(
        "digest_delivery",
        sa.Column("digest", sa.Text, primary_key=True),
        sa.Column("week", sa.Text, primary_key=True),
        sa.Column("recipient", sa.Text, primary_key=True),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("state_at", Utc, nullable=False),
        sa.Column("tries", sa.BigInteger, nullable=False),
        sa.Column("code", sa.Text),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "digest_unsubscribed",
        sa.Column("digest", sa.Text, primary_key=True),
        sa.Column("recipient", sa.Text, primary_key=True),
        sa.Column("unsubscribed_at", Utc, nullable=False),
        sqlite_with_rowid=False,
    )


def downgrade() -> None:
    """Drop them: a digest sent again would go to everybody again."""
    op.drop_table("digest_unsubscribed")
    op.drop_table("digest_delivery")
    op.drop_column("digest_issue", "content")
