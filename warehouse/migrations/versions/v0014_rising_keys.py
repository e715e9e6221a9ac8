"""Posts that their platform numbers get keys that rise with the number, and so with time.

What refers to a post that is not stored stays as it is: its number is not known here.
"""

import json
import re
from collections.abc import Callable
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from alembic import op

from contract.keys import stable_key
from warehouse.columns import Json, Utc, json_of

revision = "0014"
down_revision = "0013"

_PARTS = (
    *("post_metric", "post_tag", "post_link", "post_media", "post_words", "post_topic"),
    *("post_dataset", "post_entity", "former_tie", "rechecking", "held_record"),
)
_COLUMNS = {
    "post": ("post_key", "parent_key", "root_key", "near_duplicate_of"),
    **dict.fromkeys(_PARTS, ("post_key",)),
    "short_reply": ("parent_key", "post_key"),
    "link_review": ("review_key", "post_key"),
    "removal": ("removal_key", "what"),
    "erased": ("erased_key",),
    "due_step": ("subject",),
}
"""By table the columns that hold keys of posts, or keys made of these."""
_quotes = re.compile(r'(?<="post_key":")[0-9a-f]{32}(?=")')
"""In JSON, where what people wrote has its quotation marks escaped."""


def _table(name: str, *columns: str, **typed: Any) -> sa.TableClause:
    return sa.table(name, *map(sa.column, columns), *(sa.column(n, t) for n, t in typed.items()))


_post = _table("post", "post_key", "platform", "native_id")
_review = _table(
    *("link_review", "review_key", "post_key", "target", "target_key", "method", "reviewer_role")
)
_removal = _table("removal", "removal_key", "what", detected_at=Utc)
_issue = _table("digest_issue", "digest", "week", numbers=Json, content=Json)
_MADE = (
    ("review", *_review.c),
    ("removal", _removal.c.removal_key, _removal.c.what),
    ("edit", *_removal.c),
)
"""Kinds of keys made of a post's: the key, the post's, and what else it is made of."""
_moved = sa.Table(
    "moved_key",
    sa.MetaData(),
    sa.Column("old", sa.Text, primary_key=True),
    sa.Column("new", sa.Text, nullable=False),
    prefixes=["temporary"],
    sqlite_with_rowid=False,
)

_id, _key = _post.c.native_id, _post.c.post_key
# Lengths from 10 to 99 are two digits as they are.
_START = sa.cast(sa.func.length(_id), sa.Text) + sa.func.substr(_id, 1, 6)
_HAS_START = sa.func.substr(_key, 1, 8) == _START
_IS_NUMBERED = sa.and_(
    sa.func.length(_id).between(10, 99),
    sa.func.ltrim(_id, "0123456789") == "",
    sa.func.length(_key) == 32,
)


def upgrade() -> None:
    """Give posts of long numbers keys that rise, wherever the store holds their former ones."""
    _moved.create(op.get_bind())
    rising = sa.select(_key, _START + sa.func.substr(_key, 9)).where(_IS_NUMBERED, ~_HAS_START)
    op.execute(sa.insert(_moved).from_select(["old", "new"], rising))
    _move()


def downgrade() -> None:
    """Give them their former keys again, which follow from platform and number alone."""
    _moved.create(op.get_bind())
    _note(_former_key, sa.select(_post).where(_IS_NUMBERED, _HAS_START))
    _move()


def _move() -> None:
    """Put the new keys for the old, in one statement a table.

    A new key meets no other, old or new: three quarters of it are what told the old ones apart.
    """
    bind = op.get_bind()
    if bind.scalar(sa.select(_moved.c.old).limit(1)):
        for kind, key, of, *more in _MADE:
            made = sa.select(key, _moved.c.new, sa.literal(kind), of, *more)
            _note(_made_key, made.where(_moved.c.old == of, *(c.is_not(None) for c in more)))
        # This would have SQLite's index learn all words anew, which stay as they are.
        trigger = "select sql from sqlite_master where name = 'post_words_changed'"
        learns = bind.scalar(sa.text(trigger)) if bind.dialect.name == "sqlite" else None
        moving: list[Any] = [_moving(_table(name, *columns)) for name, columns in _COLUMNS.items()]
        unlearnt = ["drop trigger post_words_changed", *moving, learns]
        for statement in unlearnt if learns else moving:
            op.execute(statement)
        _move_quoted()
    _moved.drop(bind)


def _note(new_of: Callable[..., str | None], query: sa.Select[Any]) -> None:
    """Note the keys that rows begin with, and the new ones that follow from them, if any."""
    bind = op.get_bind()
    for rows in bind.execute(query, execution_options={"yield_per": 10_000}).partitions():
        if pairs := [{"old": row[0], "new": new} for row in rows if (new := new_of(*row))]:
            bind.execute(sa.insert(_moved), pairs)


def _former_key(key: str, platform: str, native_id: str) -> str | None:
    former = stable_key("post", platform, native_id)
    return former if former[8:] == key[8:] else None


def _made_key(key: str, new: str, kind: str, old: str, *more: Any) -> str | None:
    parts = [part.isoformat() if isinstance(part, datetime) else part for part in more]
    return stable_key(kind, new, *parts) if key == stable_key(kind, old, *parts) else None


def _moving(table: sa.TableClause) -> sa.Update:
    """Return what gives the table's columns their new keys, and writes each row once."""
    new = [sa.select(_moved.c.new).where(_moved.c.old == c).scalar_subquery() for c in table.c]
    values = {c.name: sa.func.coalesce(key, c) for c, key in zip(table.c, new, strict=True)}
    return sa.update(table).values(values).where(sa.func.coalesce(*new, None).is_not(None))


def _move_quoted() -> None:
    """Put the new keys into the issues of digests, which quote posts, one issue after the other."""
    bind, kept = op.get_bind(), _issue.c
    for digest, week in bind.execute(sa.select(kept.digest, kept.week)).all():
        is_it = (kept.digest == digest, kept.week == week)
        said = json_of([*bind.execute(sa.select(kept.numbers, kept.content).where(*is_it)).one()])
        if (now := _requoted(said)) != said:
            numbers, content = json.loads(now)
            bind.execute(sa.update(_issue).values(numbers=numbers, content=content).where(*is_it))


def _requoted(said: str) -> str:
    quoted = sa.select(_moved).where(_moved.c.old.in_(set(_quotes.findall(said))))
    new = {row.old: row.new for row in op.get_bind().execute(quoted)}
    return _quotes.sub(lambda found: new.get(found[0], found[0]), said)
