"""What a post is for, what finds it again, and what finds posts nearly the same."""

import sqlalchemy as sa
from alembic import op

from warehouse.columns import Utc

revision = "0005"
down_revision = "0004"

_NEW = ("intent", "sketch", "row_hash")
_OLD_INDEXES = {"ix_post_week": ["week"], "ix_post_text_signature": ["text_signature"]}
_INDEXES = {
    "ix_post_week": [
        "week", "created_at", "first_seen_at", "post_key", "text_signature", "sketch",
        "near_duplicate_of",
    ],
    "ix_post_text_signature": ["text_signature", "week"],
}  # fmt: skip


def upgrade() -> None:
    for name in _NEW:
        op.add_column("post", sa.Column(name, sa.Text))
    _replace_indexes(_INDEXES)
    op.create_table(
        "uncompared_week", sa.Column("week", sa.Text, primary_key=True), sqlite_with_rowid=False
    )
    op.execute("insert into uncompared_week select distinct week from post")
    op.create_table(
        "due_step",
        sa.Column("step", sa.Text, primary_key=True),
        sa.Column("subject", sa.Text, primary_key=True),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "pseudonym_key", sa.Column("key_id", sa.Text, primary_key=True), sqlite_with_rowid=False
    )
    op.create_table(
        "short_link",
        sa.Column("url", sa.Text, primary_key=True),
        sa.Column("target", sa.Text),
        sa.Column("status", sa.Text, nullable=False),
        sa.Column("tries", sa.BigInteger, nullable=False),
        sa.Column("asked_at", Utc, nullable=False),
    )
    if not _is_postgresql():
        # New words are learnt many at once (see warehouse/parts.py).
        op.execute("drop trigger post_words_added")


def downgrade() -> None:
    op.drop_table("short_link")
    op.drop_table("pseudonym_key")
    op.drop_table("due_step")
    op.drop_table("uncompared_week")
    _replace_indexes(_OLD_INDEXES)
    for name in _NEW:
        op.drop_column("post", name)
    if not _is_postgresql():
        op.execute("""
            create trigger post_words_added after insert on post_words
            begin insert into post_fts (rowid, words) values (new.number, new.words); end""")


def _replace_indexes(indexes: dict[str, list[str]]) -> None:
    for name, columns in indexes.items():
        op.drop_index(name, "post")
        op.create_index(name, "post", columns)


def _is_postgresql() -> bool:
    return op.get_bind().dialect.name == "postgresql"
