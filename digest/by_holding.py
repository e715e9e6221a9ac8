"""The lines of what the agency holds: its datasets and its registers' rows."""

from digest.examples import examples_of
from digest.issue import DatasetLine, EntityLine
from digest.quoting import one_line, web_address
from digest.scope import LINES, Scope
from digest.weeks import monday
from warehouse.weekly_things import DatasetCount, EntityCount, datasets, entities, new_tags

_TAGS, _LONGEST_TAG = 6, 40


def dataset_lines(scope: Scope) -> list[DatasetLine]:
    """Return the datasets that posts of the week talk about or link, those with most first."""
    counts = [x for x in datasets(scope.conn, scope.of) if _may_be_told(x, scope)]
    examples = examples_of(scope, "dataset", [x.key for x in counts[:LINES]])
    return [
        DatasetLine(
            title=one_line(x.title),
            url=web_address(x.landing_page),
            posts=x.posts,
            before=scope.under.posts_before(x.before),
            with_link=x.with_link,
            example=examples.get(x.key),
            key=x.key,
        )
        for x in counts
    ]


def entity_lines(scope: Scope) -> list[EntityLine]:
    """Return the registers' rows that posts of the week name, those with most first."""
    counts = [x for x in entities(scope.conn, scope.of) if _may_be_told(x, scope)]
    shown = [x.key for x in counts[:LINES]]
    examples = examples_of(scope, "entity", shown)
    tags = new_tags(scope.conn, scope.of, shown, monday(scope.of.week).isoformat())
    return [
        EntityLine(
            name=one_line(x.name),
            register=x.register,
            place=one_line(x.place) if x.place else None,
            posts=x.posts,
            before=scope.under.posts_before(x.before),
            stars=(x.few_stars, x.some_stars, x.many_stars),
            tags=tuple(one_line(tag, _LONGEST_TAG) for tag in tags.get(x.key, ())[:_TAGS]),
            example=examples.get(x.key),
            key=x.key,
        )
        for x in counts
    ]


def _may_be_told(count: DatasetCount | EntityCount, scope: Scope) -> bool:
    """Return whether it is more than what few people said on sensitive topics alone."""
    return bool(count.open) or count.authors >= scope.fewest_authors
