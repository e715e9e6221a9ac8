"""The pages of our own: the start, a question with its answer, search, and a post."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any, Final

from datasette.app import Datasette
from datasette.utils.asgi import NotFound, Request, Response

from explorer import post
from explorer.cells import DATABASE, path
from explorer.chart import days_chart, weeks_chart
from explorer.facts import COVERED_WEEKS, Choice, Facts
from explorer.questions import BY_NAME, QUESTIONS, Question
from explorer.search import FIELDS, PAGE_POSTS, searched
from warehouse.calendar import monday_of, week_of_day

_CHART_WEEKS: Final = 12
_CHART_DAYS: Final = 42
_TOP: Final = 10


async def start_page(datasette: Datasette, request: Request) -> Response:
    """Return the start page: what this is, how much was read, questions, views."""
    facts = _facts(datasette)
    week = facts.default_week
    top = await rows_of(
        datasette,
        "select topic, topic_uri, week, sum(posts) as posts, sum(change) as change, "
        "min(coverage) as coverage from v_rising where week = :week group by topic_uri "
        "order by posts desc, topic limit :top",
        week=week,
        top=_TOP,
    )
    covered = await rows_of(
        datasette,
        "select source, week, avg(coverage) as coverage from v_coverage_day "
        "where week >= :first group by source, week order by source",
        first=_weeks_to(week, COVERED_WEEKS)[0],
    )
    return await _page(
        datasette, request, "start.html", week=week, top=top, questions=QUESTIONS,
        given=facts.defaults({}), **_by_source(covered),
    )  # fmt: skip


def _by_source(rows: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    return {
        "sources": sorted({row["source"] for row in rows}),
        "covered_weeks": sorted({row["week"] for row in rows})[-COVERED_WEEKS - 1 :],
        "covered": {(row["source"], row["week"]): row["coverage"] for row in rows},
    }


async def question_page(datasette: Datasette, request: Request) -> Response:
    """Return a ready-made question, its form filled in, and its answer."""
    facts, question = _facts(datasette), BY_NAME[request.url_vars["question"]]
    whole = facts.defaults({name: request.args.get(name) or "" for name in question.asks_for})
    given: dict[str, str] = {name: whole[name] for name in question.asks_for}
    # One more than the page has room for tells that there are more.
    first = f"{question.sql.rstrip()}\nlimit {question.most + 1}"
    answer = await datasette.execute(DATABASE, first, given)
    week = given.get("week")
    return await _page(
        datasette, request, "question.html", question=question, given=given,
        choices={name: _with(facts.choices(name), given[name]) for name in given},
        columns=answer.columns, rows=answer.rows[: question.most],
        truncated=len(answer.rows) > question.most,
        week=week, coverage=await _coverage(datasette, week) if week else None,
        links=_links(question, given), **await _charts(datasette, question, given),
    )  # fmt: skip


def _links(question: Question, given: Mapping[str, str]) -> dict[str, str]:
    return {
        "CSV": path(f"{question.name}.csv", **given),
        "JSON": path(f"{question.name}.json", **given, _shape="objects"),
        "SQL": path(sql=question.sql.strip(), **given),
    }


def _with(choices: tuple[Choice, ...], value: str) -> tuple[Choice, ...]:
    """Return the choices, and what was asked for by hand although it is none of them."""
    known = not value or any(choice.value == value for choice in choices)
    return choices if known else (Choice(value, value), *choices)


async def _coverage(datasette: Datasette, week: str) -> dict[str, Any]:
    rows = await rows_of(
        datasette,
        "select source, avg(coverage) as coverage from v_coverage_day where week = :week "
        "group by source order by coverage, source",
        week=week,
    )
    mean = sum(row["coverage"] for row in rows) / len(rows) if rows else None
    return {"mean": mean, "thin": [row for row in rows if row["coverage"] < 1]}


async def _charts(
    datasette: Datasette, question: Question, given: Mapping[str, str]
) -> dict[str, Any]:
    if question.name == "what_people_say":
        return {
            "spoken": await _spoken(datasette, given["topic"], given["week"]),
            **await _topic_chart(datasette, given["topic"], given["week"]),
        }
    if question.name == "thin_coverage":
        return await _coverage_chart(datasette)
    return {}


async def _spoken(datasette: Datasette, topic: str, week: str) -> dict[str, Any]:
    """Return how many posts on the topic show which stance and give how many stars."""
    names = ("positive_posts", "negative_posts", "mixed_posts", "ratings_low", "ratings_middle",
             "ratings_high")  # fmt: skip
    sums = ", ".join(f"coalesce(sum({name}), 0) as {name}" for name in ("posts", *names))
    (row,) = await rows_of(
        datasette,
        f"select {sums} from v_topic_week where topic_uri = :topic and week = :week",  # noqa: S608  # names of our own
        topic=topic,
        week=week,
    )
    stances, stars = (sum(row[name] for name in some) for some in (names[:3], names[3:]))
    return {**row, "stances": stances, "stars": stars}


async def _topic_chart(datasette: Datasette, topic: str, week: str) -> dict[str, Any]:
    weeks = _weeks_to(week, _CHART_WEEKS)
    posts = await rows_of(
        datasette,
        "select week, sum(posts) as posts from v_topic_week where topic_uri = :topic "
        "and week between :first and :last group by week",
        topic=topic, first=weeks[0], last=weeks[-1],
    )  # fmt: skip
    read = await rows_of(
        datasette,
        "select week, avg(coverage) as coverage from v_coverage_day "
        "where week between :first and :last group by week",
        first=weeks[0], last=weeks[-1],
    )  # fmt: skip
    by_week = {row["week"]: row["posts"] for row in posts}
    share = {row["week"]: row["coverage"] for row in read}
    charted = [
        {
            "week": each,
            # What nobody read is not known to be nothing.
            "posts": by_week.get(each, 0 if share.get(each) else None),
            "coverage": share.get(each),
            "chosen": each == week,
        }
        for each in weeks
    ]
    return {"chart": weeks_chart("weeks", charted), "charted": charted}


async def _coverage_chart(datasette: Datasette) -> dict[str, Any]:
    rows = await rows_of(
        datasette,
        "select source, day, coverage from v_coverage_day where day > "
        "(select date(max(day), :back) from v_coverage_day) order by day, source",
        back=f"-{_CHART_DAYS} days",
    )
    if not rows:
        return {}
    sources, days = sorted({r["source"] for r in rows}), sorted({r["day"] for r in rows})
    read = {(row["source"], row["day"]): row["coverage"] for row in rows}
    return {
        "chart": days_chart("days", sources, days, read),
        "chart_sources": sources, "chart_days": days,
    }  # fmt: skip


async def search_page(datasette: Datasette, request: Request) -> Response:
    """Return the search, and the posts that hold what was typed, the newest first."""
    facts = _facts(datasette)
    given = {name: (request.args.get(name) or "")[:500] for name in FIELDS}
    asked = request.args.get("page") or "1"
    page = int(asked) if asked.isascii() and asked.isdecimal() and len(asked) < 4 else 1
    found = await searched(datasette, given, max(1, page))
    kept = {**given, "page": str(page + 1)}
    return await _page(
        datasette, request, "search.html", given=given, found=found, page=page,
        choices={name: _with(facts.choices(name), given[name]) for name in FIELDS[1:]},
        more=path("-", "search", **kept) if found and len(found.posts) > PAGE_POSTS else None,
    )  # fmt: skip


async def post_page(datasette: Datasette, request: Request) -> Response:
    """Return a post with its ties. Raises NotFound when the export has none of that key."""
    key = request.url_vars["key"]
    found = await post.read(datasette, key)
    if found is None:
        raise NotFound(
            "No post of this key is in the export: it was removed upstream, it is a copy of "
            "another post, it is on a topic of protected speech, of which no single post is shown, "
            "or it was never read."
        )
    return await _page(datasette, request, "post.html", **found)


async def to_post(datasette: Datasette, request: Request) -> Response:
    """Lead from a row of v_post to the page of the post."""
    return Response.redirect(path("-", "post", request.url_vars["key"]))


async def rows_of(datasette: Datasette, sql: str, **given: Any) -> list[dict[str, Any]]:
    """Return the rows of a query over the export."""
    return [dict(row) for row in (await datasette.execute(DATABASE, sql, given)).rows]


def _weeks_to(week: str, count: int) -> list[str]:
    """Return that many ISO weeks, the last of which is this one; of none, the week alone."""
    try:
        monday = monday_of(week)
        return [week_of_day(monday - timedelta(weeks=back)) for back in reversed(range(count))]
    except (ValueError, OverflowError):
        return [week]


def _facts(datasette: Datasette) -> Facts:
    facts: Facts = datasette.jinja_env.globals["facts"]
    return facts


async def _page(datasette: Datasette, request: Request, template: str, **context: Any) -> Response:
    return Response.html(await datasette.render_template(template, context, request=request))
