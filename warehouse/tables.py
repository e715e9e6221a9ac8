"""What people said and what it was tied to: the post and the tables around it.

Every table is declared once: here, in `linking` (ties), `holdings` (what the agency holds),
`running` (how the reading went), `cells` (what is counted of a week), `complying` (what had to go)
or `publishing` (what was published); DDL, load, data dictionary and publication follow. Names
ending in `_key` are derived from what they name alone, so they are the same on every machine. Times
end in `_at` and are UTC; weeks are ISO weeks such as `2026-W46`, days are ISO dates, both in UTC.
"""

from datetime import datetime
from typing import Any, Final

import sqlalchemy as sa

from warehouse.cells import (
    closed_week,
    community_week,
    dataset_week,
    entity_tag_week,
    entity_week,
    stale_week,
    topic_week,
    uncompared_week,
)
from warehouse.columns import OPEN, PERSONAL, column, contract_columns, metadata, row_number
from warehouse.complying import (
    access_log,
    charter_version,
    erased,
    held_record,
    hold,
    rechecking,
    removal,
)
from warehouse.holdings import (
    catalogue_change,
    catalogue_version,
    dataset,
    dataset_distribution,
    entity,
    topic,
    topic_broader,
    topic_example,
    topic_label,
)
from warehouse.linking import (
    former_tie,
    link_review,
    post_dataset,
    post_entity,
    post_topic,
    sensitive_topic,
    short_reply,
    tie_threshold,
    topic_model,
)
from warehouse.publishing import published_cell, published_week
from warehouse.running import (
    alert,
    alert_notice,
    coverage,
    digest_delivery,
    digest_issue,
    digest_unsubscribed,
    due_step,
    host_pace,
    ingest_run,
    landing_part,
    pseudonym_key,
    rejected,
    short_link,
    source,
    source_state,
    spending,
    unknown_field,
)

community = sa.Table(
    "community",
    metadata,
    column("community_key", str, "Key derived from platform and native id.", OPEN, key=True),
    column("platform", str, "Platform it is on.", OPEN),
    column("native_id", str, "The platform's own id.", OPEN),
    column("name", str, "Its name, as last seen.", OPEN, null=True),
    column("url", str, "Its address, as last seen.", OPEN, null=True),
    column("observed_at", datetime, "When name and address were seen."),
    comment="A subreddit, forum category, Flickr group, instance or site.",
)

author = sa.Table(
    "author",
    metadata,
    column("author_key", str, "Keyed pseudonym.", PERSONAL, key=True),
    column("platform", str, "Platform of the account.", OPEN),
    column("kind", str, "person, organisation, bot or unknown."),
    column("name", str, "Name, kept of organisations only.", null=True),
    column("account_created_on", str, "Day the account was made, if known.", PERSONAL, null=True),
    column("key_id", str, "Which secret made the pseudonym.", null=True),
    column("observed_at", datetime, "When kind and name were seen."),
    comment="A pseudonym; nothing in the store leads from it to an account.",
)

_ARE_COPIES: Final = sa.text("near_duplicate_of is not null")
_OF_COPIES: Final[Any] = {"sqlite_where": _ARE_COPIES, "postgresql_where": _ARE_COPIES}

post = sa.Table(
    "post",
    metadata,
    *contract_columns(
        key="post_key",
        refers={
            "source": "source.id",
            "community_key": "community.community_key",
            "author_key": "author.author_key",
        },
    ),
    column("first_seen_at", datetime, "Its earliest observation."),
    column("last_seen_at", datetime, "Its latest observation."),
    column("near_duplicate_of", str, "The first post that says the same, if not this.", null=True),
    column("linked_with", str, "Version its ties were made with; null: to be tied.", null=True),
    column("week", str, "ISO week of its day.", OPEN),
    column("day", str, "Day it was published; when that is not known or was to come, first seen."),
    # What finding copies reads of a week stands in the index: no post is read for it.
    sa.Index(
        None,
        "week",
        "created_at",
        "first_seen_at",
        "post_key",
        "text_signature",
        "sketch",
        "near_duplicate_of",
    ),
    sa.Index(None, "day"),
    sa.Index(None, "source", "created_at"),
    sa.Index("ix_post_first_seen", "source", "first_seen_at"),
    sa.Index(None, "community_key"),
    sa.Index(None, "parent_key"),
    sa.Index(None, "near_duplicate_of", **_OF_COPIES),
    sa.Index("ix_post_copy", "post_key", **_OF_COPIES),
    sa.Index(None, "text_signature", "week"),
    comment="A post, comment, reply, photo, review or article, as last observed.",
)

post_metric = sa.Table(
    "post_metric",
    metadata,
    column("post_key", str, "The post.", key=True),
    column("observed_at", datetime, "When it was observed.", key=True),
    column("likes", int, "Likes then.", null=True),
    column("replies", int, "Direct replies then.", null=True),
    column("shares", int, "Shares then.", null=True),
    column("views", int, "Views then.", null=True),
    comment="A post's numbers at an observation; null where the platform does not say.",
    sqlite_with_rowid=False,
)

post_tag = sa.Table(
    "post_tag",
    metadata,
    column("post_key", str, "The post.", key=True),
    column("position", int, "Its place among the post's tags, from 0.", key=True),
    column("tag", str, "The tag as written."),
    column("tag_normalised", str, "Its words in lower case: BinDay, bin-day and bin_day are one."),
    column("added_by", str, "author or community."),
    comment="A tag on a post.",
    sqlite_with_rowid=False,
)

post_link = sa.Table(
    "post_link",
    metadata,
    column("post_key", str, "The post.", key=True),
    column("position", int, "Its place among the post's links, from 0.", key=True),
    column("url", str, "The address as written.", PERSONAL),
    column("canonical_url", str, "The address without tracking, in one form.", PERSONAL),
    column("domain", str, "Its registered domain."),
    comment="An address in a post.",
    sqlite_with_rowid=False,
)

post_media = sa.Table(
    "post_media",
    metadata,
    column("post_key", str, "The post.", key=True),
    column("position", int, "Its place among the post's media, from 0.", key=True),
    column("url", str, "Where it stands; the file itself is never fetched.", PERSONAL),
    column("kind", str, "image, video, audio or other."),
    column("alt_text", str, "Its author's description, redacted.", PERSONAL, null=True),
    column("licence", str, "Its licence: an address, or the platform's words.", null=True),
    comment="A picture, film or sound of a post.",
    sqlite_with_rowid=False,
)

post_words = sa.Table(
    "post_words",
    metadata,
    column("post_key", str, "The post."),
    row_number("number", "Number of the row in the index of words."),
    column("words", str, "Words of title and text in one form, a space between.", PERSONAL),
    sa.Index(None, "post_key", unique=True),
    comment="The words of a post, for search.",
)


TIES: Final = {"topic": post_topic, "dataset": post_dataset, "entity": post_entity}
"""The table of each kind of tie; its second column is the target."""

BELONGINGS: Final = (
    *(post_metric, post_tag, post_link, post_media, post_words),
    *TIES.values(),
    former_tie,
    short_reply,
    link_review,
)
"""The tables of what belongs to a post and goes with it, by `post_key`."""

for _table in BELONGINGS:
    # No key of a table in partitions can be its `post_key` alone: there nothing can refer to it.
    _table.append_constraint(
        sa.ForeignKeyConstraint(["post_key"], ["post.post_key"], ondelete="CASCADE").ddl_if(
            dialect="sqlite"
        )
    )

__all__ = [
    "BELONGINGS",
    "TIES",
    "access_log",
    "alert",
    "alert_notice",
    "author",
    "catalogue_change",
    "catalogue_version",
    "charter_version",
    "closed_week",
    "community",
    "community_week",
    "coverage",
    "dataset",
    "dataset_distribution",
    "dataset_week",
    "digest_delivery",
    "digest_issue",
    "digest_unsubscribed",
    "due_step",
    "entity",
    "entity_tag_week",
    "entity_week",
    "erased",
    "former_tie",
    "held_record",
    "hold",
    "host_pace",
    "ingest_run",
    "landing_part",
    "link_review",
    "metadata",
    "post",
    "post_dataset",
    "post_entity",
    "post_link",
    "post_media",
    "post_metric",
    "post_tag",
    "post_topic",
    "post_words",
    "pseudonym_key",
    "published_cell",
    "published_week",
    "rechecking",
    "rejected",
    "removal",
    "sensitive_topic",
    "short_link",
    "short_reply",
    "source",
    "source_state",
    "spending",
    "stale_week",
    "tie_threshold",
    "topic",
    "topic_broader",
    "topic_example",
    "topic_label",
    "topic_model",
    "topic_week",
    "uncompared_week",
    "unknown_field",
]
