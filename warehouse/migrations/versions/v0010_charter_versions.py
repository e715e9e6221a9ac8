"""Which version of the charter something was done under, and what each version says."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

from warehouse.columns import Utc

revision = "0010"
down_revision = "0009"

_JSON = sa.JSON().with_variant(JSONB(), "postgresql")
_UNDER_ONE = ("ingest_run", "landing_part", "post_topic", "post_dataset", "post_entity")


def upgrade() -> None:
    """Make the table of versions; what was done before is not known to be under any."""
    op.create_table(
        "charter_version",
        sa.Column("version", sa.Text, primary_key=True),
        sa.Column("content", _JSON, nullable=False),
        sa.Column("first_used_at", Utc, nullable=False),
        sa.Column("last_used_at", Utc, nullable=False),
        sqlite_with_rowid=False,
    )
    for table in _UNDER_ONE:
        op.add_column(table, sa.Column("charter", sa.Text))


def downgrade() -> None:
    """Forget the versions."""
    for table in _UNDER_ONE:
        op.drop_column(table, "charter")
    op.drop_table("charter_version")
