"""Ties of posts, those that are no more, and what people said of them; read through `tables`."""

from datetime import datetime

import sqlalchemy as sa

from warehouse.columns import OPEN, PERSONAL, column, metadata


def _tie(name: str, target: str, refers: str, meaning: str) -> sa.Table:
    return sa.Table(
        name,
        metadata,
        column("post_key", str, "The post.", key=True),
        column(target, str, meaning, OPEN, refers=refers, key=True),
        column("score", float, "How probably it is right, over 0 and up to 1."),
        column("method", str, "How it was found."),
        column("evidence", dict, "What in the post and in the record met.", PERSONAL),
        column("stance", str, "Experimental: how the post speaks of it, if it shows.", null=True),
        column("model_version", str, "Version of matchers and catalogue that made it."),
        column("linked_at", datetime, "When it was made in this form."),
        column("charter", str, "Version of the charter it was made under.", null=True),
        sa.Index(None, target),
        comment=f"A tie of a post to {meaning.lower().removesuffix('.')}.",
    )


post_topic = _tie("post_topic", "topic_uri", "topic.uri", "A topic.")
post_dataset = _tie("post_dataset", "dataset_key", "dataset.dataset_key", "A dataset.")
post_entity = _tie("post_entity", "entity_key", "entity.entity_key", "A register's row.")

link_review = sa.Table(
    "link_review",
    metadata,
    column("review_key", str, "Key of the review.", key=True),
    column("post_key", str, "The post."),
    column("target", str, "What it is tied to: topic, dataset or entity."),
    column("target_key", str, "Key of that topic, dataset or entity."),
    column("method", str, "Method of the tie when it was reviewed."),
    column("verdict", str, "agree or disagree."),
    column("reviewer_role", str, "Role of the person; never a name."),
    column("reviewed_at", datetime, "When."),
    column("note", str, "Why, in the reviewer's words.", PERSONAL, null=True),
    sa.Index(None, "post_key"),
    comment="A person's verdict on a tie.",
)

former_tie = sa.Table(
    "former_tie",
    metadata,
    column("post_key", str, "The post.", key=True),
    column("target", str, "What it was tied to: topic, dataset or entity.", key=True),
    column("target_key", str, "Key of that topic, dataset or entity.", key=True),
    column("ended_at", datetime, "When it was found to be no more.", key=True),
    column("method", str, "How it was found."),
    column("score", float, "How probably it was right."),
    column("model_version", str, "Version of matchers and catalogue that made it."),
    column("linked_at", datetime, "When it was made."),
    column("reason", str, "Why it ended: post, methods, catalogue or review."),
    comment="A tie that is no more.",
    sqlite_with_rowid=False,
)

short_reply = sa.Table(
    "short_reply",
    metadata,
    column("parent_key", str, "The post it answers, maybe not stored.", key=True),
    column("post_key", str, "The post.", key=True),
    sa.Index(None, "post_key"),
    comment="A reply of so few words that it is tied with what it answers in view.",
    sqlite_with_rowid=False,
)

tie_threshold = sa.Table(
    "tie_threshold",
    metadata,
    column("target", str, "Kind of tie: topic, dataset or entity.", key=True),
    column("method", str, "Method of the ties.", key=True),
    column("target_key", str, "Key of one topic; empty: all of the method.", key=True),
    column("threshold", float, "Least score with which a tie is kept."),
    column("reviewed", int, "Verdicts it was set by."),
    column("agreed", int, "Those among them that agreed."),
    column("set_at", datetime, "When it was set."),
    comment="How sure a method has to be, as verdicts have shown.",
)

topic_model = sa.Table(
    "topic_model",
    metadata,
    column("topic_uri", str, "The topic.", OPEN, key=True),
    column("version", str, "Digest of the examples and the method it was trained with.", OPEN),
    column("examples", int, "Example posts it was trained with.", OPEN),
    column("precision", float, "Share of what it finds that is right, by cross-validation.", OPEN),
    column("recall", float, "Share of what is right that it finds, by cross-validation.", OPEN),
    column("is_used", bool, "Whether that is good enough for it to tie posts.", OPEN),
    column("trained_at", datetime, "When.", OPEN),
    comment="How well a topic is learnt from examples.",
)

sensitive_topic = sa.Table(
    "sensitive_topic",
    metadata,
    column("topic_uri", str, "The topic; empty: the vocabulary has none of that name.", key=True),
    column("named", str, "It or what is broader, as the charter names it.", key=True),
    column("min_authors", int, "Fewest authors behind a number on it."),
    comment="A topic of protected speech: its posts are counted, and none is shown by itself.",
    sqlite_with_rowid=False,
)
