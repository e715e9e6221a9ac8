"""Where the numbers of an issue come from: for each its query, and how to find it in the answer.

The queries ask the tables of the warehouse as they are. Run right after the issue was counted they
give its numbers; later they give those of what came and went since.
"""

from collections.abc import Iterator, Mapping
from typing import Any, Final

import msgspec
import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from digest.issue import Issue
from digest.scope import Scope
from warehouse.weekly import total_query
from warehouse.weekly_places import asked_query, communities_query
from warehouse.weekly_things import datasets_query, entities_query
from warehouse.weekly_topics import topics_query, unranked_query

_QUERIES: Final = {
    "total": total_query,
    "topics": topics_query,
    "unranked": unranked_query,
    "datasets": datasets_query,
    "entities": entities_query,
    "communities": communities_query,
    "questions": asked_query,
}
_WHOLE: Final = {
    "posts": ("total", "posts"),
    "authors": ("total", "authors"),
    "in_communities": ("total", "communities"),
    "withheld": ("total", "withheld"),
    "unranked": ("unranked", "unranked"),
}
"""Of a number of the whole issue: query and column."""
_LINES: Final[Mapping[str, tuple[str, str, Mapping[str, str]]]] = {
    "topics": ("topics", "topic_uri", {"posts": "posts"}),
    "unmet": ("topics", "topic_uri", {
        "posts": "unmet", "before": "unmet_before", "questions": "unmet_questions",
        "complaints": "unmet_complaints"}),
    "spoken": ("topics", "topic_uri", {
        "posts": "posts", "positive": "positive", "negative": "negative", "mixed": "mixed"}),
    "thanks": ("topics", "topic_uri", {"posts": "thanks"}),
    "datasets": ("datasets", "dataset_key", {
        "posts": "posts", "before": "before", "with_link": "with_link"}),
    "entities": ("entities", "entity_key", {
        "posts": "posts", "before": "before", "stars.0": "few_stars", "stars.1": "some_stars",
        "stars.2": "many_stars"}),
    "communities": ("communities", "community_key", {
        "posts": "posts", "before": "before", "authors": "authors"}),
    "join_in": ("questions", "community_key", {"questions": "questions"}),
}  # fmt: skip
"""Of a kind of line: its query, the column that its key stands in, and the columns of numbers."""
_DERIVED: Final = {
    "usual, low, high, change, spike_on, drift, four_weeks, four_before, forecast": (
        "posts by day of 26 weeks and the share of each day that was read: warehouse.series; "
        "what follows from them: transforms.signs and transforms.signs_forecast"
    ),
    "coverage": "hours_complete of v_coverage_day by 168, the mean of the purpose's sources",
    "join_in.share": "on_topics by posts of the query questions, as its first source reads it",
    "since": "the issue of the week before, as it is kept, beside this one",
}
"""Numbers that no single query gives, and what gives them."""


def queries_of(scope: Scope) -> dict[str, str]:
    """Return the queries that the issue's numbers come from, by name: SQL to be run as it is."""
    # What is held for the while of counting is nowhere later.
    of = scope.of._replace(is_held=False)
    dialect = _DIALECTS[scope.conn.dialect.name]
    return {name: _written(query(of), dialect) for name, query in _QUERIES.items()}


# The driver's own way to write parameters doubles each percent sign.
_DIALECTS: Final[dict[str, sa.Dialect]] = {
    "sqlite": sqlite.dialect(paramstyle="named"),
    "postgresql": postgresql.dialect(paramstyle="named"),  # type: ignore[no-untyped-call]
}


def _written(query: sa.Select[Any], dialect: sa.Dialect) -> str:
    return str(query.compile(dialect=dialect, compile_kwargs={"literal_binds": True}))


def figures_of(issue: Issue, queries: Mapping[str, str]) -> bytes:
    """Return as JSON each number with the name of its query, its row and its column there."""
    said = {
        "digest": issue.name,
        "week": issue.week,
        "snapshot": issue.snapshot,
        "numbers": list(_figures(issue)),
        "derived": _DERIVED,
        "queries": dict(sorted(queries.items())),
    }
    return msgspec.json.format(msgspec.json.encode(said), indent=1)


def _figures(issue: Issue) -> Iterator[dict[str, Any]]:
    whole: dict[str, Any] = msgspec.to_builtins(issue)
    for number, (query, column) in _WHOLE.items():
        yield {"number": number, "value": whole[number], "query": query, "column": column}
    for kind, (query, key, columns) in _LINES.items():
        found = whole[kind]
        parts = {f"{kind}.{part}": found[part] for part in ("lines", "rest")} if isinstance(
            found, dict
        ) else {kind: found}  # fmt: skip
        for at, lines in parts.items():
            for place, line in enumerate(lines):
                row = {key: line.get("uri") or line["key"] or None}
                for name, column in columns.items():
                    value = _value(line, name)
                    if value is not None:
                        yield {
                            "number": f"{at}.{place}.{name}", "value": value, "query": query,
                            "row": row, "column": column,
                        }  # fmt: skip


def _value(line: Mapping[str, Any], name: str) -> Any:
    name, _, place = name.partition(".")
    return line[name][int(place)] if place else line[name]
