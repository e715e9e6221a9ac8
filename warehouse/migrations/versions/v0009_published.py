"""What was published is kept, so that a later release says the same of a week."""

import sqlalchemy as sa
from alembic import op

from warehouse.columns import Utc

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    """Make the tables of weeks and numbers that are published."""
    op.create_table(
        "published_week",
        sa.Column("week", sa.Text, primary_key=True),
        sa.Column("purpose", sa.Text, primary_key=True),
        sa.Column("posts", sa.BigInteger),
        sa.Column("coverage", sa.Double),
        sa.Column("min_authors", sa.BigInteger, nullable=False),
        sa.Column("cells", sa.BigInteger, nullable=False),
        sa.Column("cells_shown", sa.BigInteger, nullable=False),
        sa.Column("method", sa.Text, nullable=False),
        sa.Column("published_at", Utc, nullable=False),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "published_cell",
        sa.Column("kind", sa.Text, primary_key=True),
        sa.Column("week", sa.Text, primary_key=True),
        sa.Column("purpose", sa.Text, primary_key=True),
        sa.Column("subject", sa.Text, primary_key=True),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("posts", sa.BigInteger, nullable=False),
        sqlite_with_rowid=False,
    )


def downgrade() -> None:
    """Drop them: what was published before is then no longer known."""
    op.drop_table("published_cell")
    op.drop_table("published_week")
