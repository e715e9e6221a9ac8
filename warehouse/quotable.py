"""Posts of a week that a digest may quote, the best first, and why each is tied to what it is."""

from collections.abc import Callable, Collection
from typing import Any, NamedTuple

import sqlalchemy as sa

from warehouse.cells import UNCERTAIN
from warehouse.sensitive import is_sensitive
from warehouse.tables import TIES, author, community, post, post_metric
from warehouse.weekly import Wanted, said_in, within

_MOST = 1000
"""Posts that are read at most."""
_SHORTEST = 40
_SHELF = 2
"""Posts of one target and community."""


Condition = Callable[[sa.CTE], sa.ColumnElement[bool]]
"""What of the posts that count is meant."""


class Candidate(NamedTuple):
    """A post that may be quoted; its text is redacted but not yet cut."""

    post_key: str
    target: str
    """URI of the topic, or key of the dataset or the register's row, it is tied to."""
    method: str
    evidence: dict[str, Any]
    stance: str | None
    text: str
    lang: str | None
    url: str | None
    day: str
    platform: str
    community: str | None


def candidates(
    conn: sa.Connection,
    of: Wanted,
    kind: str = "topic",
    *,
    targets: Collection[str] | None = None,
    with_stance: bool = False,
    only: Condition | None = None,
) -> list[Candidate]:
    """Return posts that may be quoted, the strongest tie first, two of each target and community.

    `kind` is what the ties lead to, topic, dataset or entity, and `targets` which of them, if not
    all; `with_stance` asks for those that show one, two of each; `only` is a condition on the
    posts. Left out are what bots and organisations wrote, what was copied, what had
    to be redacted, and all posts on sensitive topics.
    """
    ranked = _ranked(of, kind, targets, with_stance=with_stance, only=only)
    wanted = [column for column in ranked.c if column.key not in ("place", "rank")]
    rows = sa.select(*wanted).where(ranked.c.place <= _SHELF).order_by(ranked.c.rank).limit(_MOST)
    return [Candidate(*row) for row in conn.execute(rows)]


def _ranked(
    of: Wanted,
    kind: str,
    targets: Collection[str] | None,
    *,
    with_stance: bool,
    only: Condition | None,
) -> sa.Subquery:
    """Return the candidates with the place of each on its shelf, and its rank among all."""
    said, tie, copy = said_in(of, of.week), TIES[kind], post.alias("copy")
    target = tie.columns[1]
    likes = sa.select(sa.func.max(post_metric.c.likes)).where(
        post_metric.c.post_key == said.c.post_key
    )
    best = (
        tie.c.score.desc(),
        sa.func.coalesce(likes.scalar_subquery(), 0).desc(),
        said.c.post_key,
    )
    shelf = (target, said.c.community_key, *((tie.c.stance,) if with_stance else ()))
    whole = post.alias("whole")
    columns = (whole.c.text, said.c.lang, whole.c.url, said.c.day, said.c.platform)
    return (
        sa.select(said.c.post_key, target, tie.c.method, tie.c.evidence, tie.c.stance, *columns)
        .add_columns(
            community.c.name,
            sa.func.row_number().over(partition_by=shelf, order_by=best).label("place"),
            sa.func.row_number().over(order_by=best).label("rank"),
        )
        .select_from(
            said.join(tie, tie.c.post_key == said.c.post_key)
            .join(whole, whole.c.post_key == said.c.post_key)
            .outerjoin(author, author.c.author_key == said.c.author_key)
            .outerjoin(community, community.c.community_key == said.c.community_key)
        )
        .where(
            whole.c.redactions == 0,
            tie.c.method != UNCERTAIN,
            sa.func.length(whole.c.text) >= _SHORTEST,
            sa.func.coalesce(author.c.kind, "unknown").in_(("person", "unknown")),
            ~sa.exists().where(copy.c.near_duplicate_of == said.c.post_key),
            ~is_sensitive(said.c.post_key),
            *(within(of) if kind == "topic" else ()),
            *((tie.c.stance.is_not(None),) if with_stance else ()),
            *((only(said),) if only else ()),
            *(() if targets is None else (target.in_(targets),)),
        )
        .subquery()
    )
