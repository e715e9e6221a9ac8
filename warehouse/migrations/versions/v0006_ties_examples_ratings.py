"""Ties that ended, what verdicts and examples teach, and the stars that authors give."""

from string import Template
from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

from warehouse.columns import Utc

revision = "0006"
down_revision = "0005"

_JSON = sa.JSON().with_variant(JSONB(), "postgresql")
_NEW: dict[str, dict[str, Any]] = {
    "post": {"rating": sa.Double(), "best_rating": sa.Double()},
    "dataset": {"columns": _JSON},
    "entity": {"acronyms": _JSON, "identifiers": _JSON, "address": sa.Text(), "kind": sa.Text()},
    **{name: {"stance": sa.Text()} for name in ("post_topic", "post_dataset", "post_entity")},
}
_TARGETS = {
    "post_topic": ("topic_uri", "topic.uri"),
    "post_dataset": ("dataset_key", "dataset.dataset_key"),
    "post_entity": ("entity_key", "entity.entity_key"),
}
"""By table of ties the column of what they lead to, and what it refers to."""
_SPOKEN = (
    *("positive_posts", "negative_posts", "mixed_posts"),
    *("ratings_low", "ratings_middle", "ratings_high"),
)
_COUNTS = {
    "topic_week": ("unranked_posts", *_SPOKEN),
    "community_week": ("unranked_posts",),
    "entity_week": _SPOKEN,
}
_PARTS = """\
'post_metric', 'post_tag', 'post_link', 'post_media', 'post_words',
                                'post_topic', 'post_dataset', 'post_entity', 'link_review'"""


def upgrade() -> None:
    for table, columns in _NEW.items():
        for name, kind in columns.items():
            op.add_column(table, sa.Column(name, kind))
    _make_ties()
    _make_learnt()
    _make_changes()
    _make_short_replies()
    _make_counts()
    if _is_postgresql():
        _drop_month_with(f"{_PARTS}, 'former_tie', 'short_reply'")
    else:
        _remake_ties(has_stance=True, with_rowid=True)


def downgrade() -> None:
    if _is_postgresql():
        _drop_month_with(_PARTS)
    for name in (
        "short_reply",
        "catalogue_change",
        "topic_model",
        "topic_example",
        "tie_threshold",
        "former_tie",
    ):
        op.drop_table(name)
    for table, columns in (*_NEW.items(), *_COUNTS.items()):
        for name in columns:
            op.drop_column(table, name)
    if not _is_postgresql():
        _remake_ties(has_stance=False, with_rowid=False)


def _remake_ties(*, has_stance: bool, with_rowid: bool) -> None:
    """Put SQLite's ties in the order they are written in, or in that of their keys.

    Keys come in any order: each batch would write nearly all pages anew, evidence and all.
    """
    for name, (target, refers) in _TARGETS.items():
        columns = [
            sa.Column("post_key", sa.Text, nullable=False),
            sa.Column(target, sa.Text, nullable=False),
            sa.Column("score", sa.Double, nullable=False),
            sa.Column("method", sa.Text, nullable=False),
            sa.Column("evidence", _JSON, nullable=False),
            *([sa.Column("stance", sa.Text)] if has_stance else []),
            sa.Column("model_version", sa.Text, nullable=False),
            sa.Column("linked_at", Utc, nullable=False),
        ]
        op.create_table(
            f"{name}_anew",
            *columns,
            sa.PrimaryKeyConstraint("post_key", target, name=f"pk_{name}"),
            sa.ForeignKeyConstraint(
                ["post_key"], ["post.post_key"], name=f"fk_{name}_post_key", ondelete="CASCADE"
            ),
            sa.ForeignKeyConstraint(
                [target], [refers], name=f"fk_{name}_{target}", ondelete="CASCADE"
            ),
            sqlite_with_rowid=with_rowid,
        )
        names = ", ".join(column.name for column in columns)
        op.execute(f"insert into {name}_anew ({names}) select {names} from {name}")  # noqa: S608
        op.drop_table(name)
        op.rename_table(f"{name}_anew", name)
        op.create_index(f"ix_{name}_{target}", name, [target])


def _make_ties() -> None:
    op.create_table(
        "former_tie",
        sa.Column("post_key", sa.Text, primary_key=True),
        sa.Column("target", sa.Text, primary_key=True),
        sa.Column("target_key", sa.Text, primary_key=True),
        sa.Column("ended_at", Utc, primary_key=True),
        sa.Column("method", sa.Text, nullable=False),
        sa.Column("score", sa.Double, nullable=False),
        sa.Column("model_version", sa.Text, nullable=False),
        sa.Column("linked_at", Utc, nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        *_belongs(),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "tie_threshold",
        sa.Column("target", sa.Text, primary_key=True),
        sa.Column("method", sa.Text, primary_key=True),
        sa.Column("target_key", sa.Text, primary_key=True),
        sa.Column("threshold", sa.Double, nullable=False),
        sa.Column("reviewed", sa.BigInteger, nullable=False),
        sa.Column("agreed", sa.BigInteger, nullable=False),
        sa.Column("set_at", Utc, nullable=False),
    )


def _belongs() -> list[sa.ForeignKeyConstraint]:
    if _is_postgresql():
        return []
    return [sa.ForeignKeyConstraint(["post_key"], ["post.post_key"], ondelete="CASCADE")]


def _make_short_replies() -> None:
    op.create_table(
        "short_reply",
        sa.Column("parent_key", sa.Text, primary_key=True),
        sa.Column("post_key", sa.Text, primary_key=True),
        *_belongs(),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_short_reply_post_key", "short_reply", ["post_key"])
    op.execute(
        "insert into short_reply (parent_key, post_key) select parent_key, post_key from post "
        "where parent_key is not null and kind in ('comment', 'reply') and length(text) <= 60 "
        "and removed_at is null"
    )


def _make_learnt() -> None:
    op.create_table(
        "topic_example",
        sa.Column("vocabulary", sa.Text, primary_key=True),
        sa.Column("position", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("topic_uri", sa.Text, nullable=False),
        sa.Column("text", sa.Text, nullable=False),
        sa.Column("lang", sa.Text),
    )
    op.create_table(
        "topic_model",
        sa.Column("topic_uri", sa.Text, primary_key=True),
        sa.Column("version", sa.Text, nullable=False),
        sa.Column("examples", sa.BigInteger, nullable=False),
        sa.Column("precision", sa.Double, nullable=False),
        sa.Column("recall", sa.Double, nullable=False),
        sa.Column("is_used", sa.Boolean, nullable=False),
        sa.Column("trained_at", Utc, nullable=False),
    )


def _make_changes() -> None:
    op.create_table(
        "catalogue_change",
        sa.Column("kind", sa.Text, primary_key=True),
        sa.Column("target_key", sa.Text, primary_key=True),
        sa.Column("number", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("version", sa.Text, nullable=False),
        sa.Column("before", _JSON),
        sqlite_with_rowid=False,
    )


def _make_counts() -> None:
    """Make room for more counts of a week; those of weeks that can be counted anew are."""
    for table, columns in _COUNTS.items():
        for name in columns:
            op.add_column(table, sa.Column(name, sa.BigInteger))
    op.execute("""
        insert into stale_week select distinct week from post where week is not null
        and week not in (select week from stale_week union select week from closed_week)""")


def _drop_month_with(parts: str) -> None:
    # What a caller makes for itself (pg_temp) would else be found first, and run as the owner.
    schema = op.get_bind().scalar(sa.text("select quote_ident(current_schema())"))
    op.execute(Template(_DROP_MONTH).substitute(schema=schema, body="$$", parts=parts))


def _is_postgresql() -> bool:
    return op.get_bind().dialect.name == "postgresql"


_DROP_MONTH = """
create or replace function goodguest_drop_month(month text) returns void
language plpgsql security definer set search_path = $schema, pg_temp as $body
declare
  name text := 'post_' || replace(month, '-', '_');
  part text;
begin
  if month !~ '^20[0-9][0-9]-(0[1-9]|1[0-2])$$' then
    raise exception 'found % as a month; allowed are 2000-01 to 2099-12', month;
  end if;
  if to_regclass(name) is not null then
    foreach part in array array[$parts] loop
      execute format(
        'delete from %1$$I using %2$$I as gone where gone.post_key = %1$$I.post_key', part, name);
    end loop;
    execute format('drop table %I', name);
  end if;
end $body"""
