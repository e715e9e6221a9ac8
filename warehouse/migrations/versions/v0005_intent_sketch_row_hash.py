"""What a post is for, what finds it again, and what finds posts nearly the same."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"

_NEW = ("intent", "sketch", "row_hash")


def upgrade() -> None:
    for name in _NEW:
        op.add_column("post", sa.Column(name, sa.Text))


def downgrade() -> None:
    for name in _NEW:
        op.drop_column("post", name)
