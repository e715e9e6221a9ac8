"""Alerts: what a person has to act on, and the notices that tell each of them once."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

from warehouse.columns import Utc

revision = "0007"
down_revision = "0006"

_JSON = sa.JSON().with_variant(JSONB(), "postgresql")


def upgrade() -> None:
    """Make the tables of alerts and of notices."""
    op.create_table(
        "alert",
        sa.Column("alert_key", sa.Text, primary_key=True),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("about", sa.Text, nullable=False),
        sa.Column("subject", sa.Text, nullable=False),
        sa.Column("level", sa.Text, nullable=False),
        sa.Column("message", sa.Text, nullable=False),
        sa.Column("detail", sa.Text),
        sa.Column("to_do", sa.Text, nullable=False),
        sa.Column("since_at", Utc, nullable=False),
        sa.Column("noticed_at", Utc),
        sa.Column("told_at", Utc),
        sa.Column("ended_at", Utc),
        sa.Column("closed_at", Utc),
        sa.Column("end_told_at", Utc),
    )
    op.create_index("ix_alert_closed_at", "alert", ["closed_at"])
    op.create_table(
        "host_pace",
        sa.Column("pace_key", sa.Text, primary_key=True),
        sa.Column("past", sa.Text, nullable=False),
    )
    op.create_table(
        "alert_notice",
        sa.Column("notice_key", sa.Text, primary_key=True),
        sa.Column("made_at", Utc, nullable=False),
        sa.Column("lines", _JSON, nullable=False),
        sa.Column("mailed_at", Utc),
        sa.Column("posted_at", Utc),
        sa.Column("done_at", Utc),
    )


def downgrade() -> None:
    """Drop them."""
    op.drop_table("host_pace")
    op.drop_table("alert_notice")
    op.drop_table("alert")
