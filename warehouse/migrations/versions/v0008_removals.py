"""Removals that go through every place, what may not come back, and rechecks under way."""

from typing import Any

import sqlalchemy as sa
from alembic import op

from warehouse.columns import Utc

revision = "0008"
down_revision = "0007"

_NEW: dict[str, Any] = {
    "platform": sa.Text,
    "source": sa.Text,
    "since_at": Utc,
    "duty_hours": sa.BigInteger,
}
_LATER: dict[str, Any] = {"done_at": Utc(), "latency_seconds": sa.Double()}
"""What is known once all is done."""
_PENDING = sa.text("done_at is null")


def upgrade() -> None:
    """Make room for what is still to be done of a removal; `comply` takes up those made before."""
    with op.batch_alter_table("removal") as table:
        for name, kind in _NEW.items():
            table.add_column(sa.Column(name, kind))
        for name, kind in _LATER.items():
            table.alter_column(name, existing_type=kind, nullable=True)
    op.create_index(
        "ix_removal_pending", "removal", ["removal_key"],
        sqlite_where=_PENDING, postgresql_where=_PENDING,
    )  # fmt: skip
    op.create_table(
        "erased",
        sa.Column("erased_key", sa.Text, primary_key=True),
        sa.Column("platform", sa.Text, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("key_id", sa.Text),
        sa.Column("erased_at", Utc, nullable=False),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "rechecking",
        sa.Column("source", sa.Text, sa.ForeignKey("source.id", ondelete="CASCADE"),
                  primary_key=True),
        sa.Column("post_key", sa.Text, primary_key=True),
        sa.Column("asked_at", Utc),
        sqlite_with_rowid=False,
    )  # fmt: skip


def downgrade() -> None:
    """Forget what may not come back: whoever goes back has to keep the journal of erasures."""
    op.drop_table("rechecking")
    op.drop_table("erased")
    op.drop_index("ix_removal_pending", "removal")
    op.execute("""
        update removal set latency_seconds = coalesce(latency_seconds, 0),
          done_at = coalesce(done_at, detected_at, requested_at, since_at)""")
    op.execute("delete from removal where done_at is null")
    with op.batch_alter_table("removal") as table:
        for name, kind in _LATER.items():
            table.alter_column(name, existing_type=kind, nullable=False)
        for name in _NEW:
            table.drop_column(name)
