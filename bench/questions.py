"""What analysts ask of the views, and how long the warehouse takes to answer."""

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import partial
from statistics import median
from threading import Timer
from typing import Any, Final, NamedTuple

import sqlalchemy as sa

from warehouse.search import search_posts

SLOWEST: Final = 2.0
"""Seconds an answer may take."""
_RUNS: Final = 5
_PATIENCE: Final = 30.0
"""Seconds after which a question is not asked again, or given up."""


class Question(NamedTuple):
    """What is asked of a view, in words and as a query over the given of `Answer`."""

    view: str
    words: str
    sql: str


class Answer(NamedTuple):
    """Seconds of the median of the runs and of the slowest, the first left out; rows that came."""

    view: str
    words: str
    seconds: float
    slowest: float
    rows: int


def _weekly(view: str, thing: str, key: str) -> Iterator[Question]:
    yield Question(view, "a week", f"select * from {view} where week = :week")  # noqa: S608
    yield Question(
        view,
        f"all weeks of one {thing}",
        f"select * from {view} where {key} = :{key} order by week",  # noqa: S608
    )
    yield Question(
        view,
        f"the year's sums, by {thing}",
        f"select {key}, sum(posts) as posts from {view} where week >= :year_ago group by {key} "  # noqa: S608
        "order by posts desc limit 20",
    )
    yield Question(view, "all of it, counted", f"select count(*), sum(posts) from {view}")  # noqa: S608


QUESTIONS: Final = (
    *_weekly("v_topic_week", "topic", "topic_uri"),
    *_weekly("v_community_week", "community", "community_key"),
    *_weekly("v_dataset_demand_week", "dataset", "dataset_key"),
    *_weekly("v_unmet_demand", "topic", "topic_uri"),
    *_weekly("v_entity_week", "register's row", "entity_key"),
    Question(
        "v_entity_tag", "of one register's row",
        "select * from v_entity_tag where entity_key = :entity_key order by posts desc",
    ),
    Question("v_entity_tag", "all of it, counted", "select count(*) from v_entity_tag"),
    Question(
        "v_rising", "what rose most in a week",
        "select * from v_rising where week = :week order by change desc limit 20",
    ),
    Question(
        "v_rising", "all weeks of one topic",
        "select * from v_rising where topic_uri = :topic_uri order by week",
    ),
    Question("v_rising", "all of it, counted", "select count(*) from v_rising"),
    Question("v_coverage_day", "a week", "select * from v_coverage_day where week = :week"),
    Question("v_coverage_day", "all of it", "select * from v_coverage_day"),
    Question("v_source_health", "all of it", "select * from v_source_health"),
    Question("v_spending_month", "all of it", "select * from v_spending_month"),
    Question("v_link_precision", "all of it", "select * from v_link_precision"),
    Question("v_link_precision_topic", "all of it", "select * from v_link_precision_topic"),
    Question("v_post", "one post", "select * from v_post where post_key = :post_key"),
    Question("v_post_tie", "one post", "select * from v_post_tie where post_key = :post_key"),
    Question("v_post_tag", "one post", "select * from v_post_tag where post_key = :post_key"),
    Question(
        "v_post", "a topic's posts in a week",
        "select p.* from v_post as p join v_post_tie as t on t.post_key = p.post_key "
        "where p.week = :week and t.target = 'topic' and t.target_key = :topic_uri "
        "order by p.created_at",
    ),
    Question(
        "v_post_tie", "a dataset's 50 surest in a month",
        "select t.* from v_post_tie as t join v_post as p on p.post_key = t.post_key "
        "where t.target = 'dataset' and t.target_key = :dataset_key and p.day >= :month_ago "
        "order by t.score desc, t.post_key limit 50",
    ),
    Question(
        "v_post", "a day of a community",
        "select * from v_post where day = :day and community_key = :community_key",
    ),
    Question(
        "v_post", "a week's languages",
        "select lang, count(*) as posts from v_post where week = :week group by lang",
    ),
    Question(
        "v_post", "the latest 100",
        "select post_key, day, source, post_title from v_post "
        "where week = :last_week order by created_at desc limit 100",
    ),
    Question("v_post", "all of it, counted", "select count(*) from v_post"),
    Question("v_post_tie", "all of it, counted", "select count(*) from v_post_tie"),
    Question(
        "v_post_tag", "a tag's posts in a week",
        "select p.post_key, p.day from v_post as p join v_post_tag as t on t.post_key = p.post_key "
        "where t.tag = :tag and p.week = :week",
    ),
    Question("v_post_tag", "all of it, counted", "select count(*) from v_post_tag"),
)  # fmt: skip
"""At least one of every view; a day, a week or one thing of it is what a page or a chart shows."""


SEARCHES: Final = (
    ("a word that many say", "frequent", ()),
    ("a word that few say", "rare", ()),
    ("three words in a row", "phrase", ()),
    ("a word that many say, in a topic's week", "frequent", ("topic_uri", "week")),
    ("a word that many say, in a community", "frequent", ("community_key",)),
)
"""What is searched for: in words, which of the given, and which of the given it is narrowed to."""
_NARROWED: Final = {"topic_uri": "topic", "community_key": "community", "week": "week"}
_FOUND: Final = 20


def answers(engine: sa.Engine, given: Mapping[str, Any]) -> Iterator[Answer]:
    """Yield how long each question and each search takes; `given` are the values they ask for."""
    for question in QUESTIONS:
        query = sa.text(question.sql)
        names = query.compile().params.keys()
        yield _asked(engine, question, query, {name: given[name] for name in names})
    for words, wanted, narrowed in SEARCHES:
        only = {_NARROWED[name]: given[name] for name in narrowed}
        search = partial(search_posts, engine, [given[wanted]], _FOUND, **only)
        yield _timed("search", words, partial(_count, search))


def reading_takes(engine: sa.Engine) -> float:
    """Return the seconds it takes to read every post once: what the other times are measured by."""
    everything = "select count(*), max(length(text)) from post"
    return _asked(
        engine, Question("post", "all of it", everything), sa.text(everything), {}
    ).seconds


def _count(search: Callable[[], Sequence[Any]]) -> int:
    return len(search())


def _asked(engine: sa.Engine, question: Question, query: Any, given: dict[str, Any]) -> Answer:
    with engine.connect() as connection:

        def ask() -> int:
            with _cut_off(connection):
                return len(connection.execute(query, given).all())

        return _timed(question.view, question.words, ask)


def _timed(view: str, words: str, ask: Callable[[], int]) -> Answer:
    runs: list[float] = []
    found = 0
    while len(runs) <= _RUNS and sum(runs) < _PATIENCE:
        began = time.perf_counter()
        try:
            found = ask()
        except sa.exc.OperationalError:
            if time.perf_counter() - began < _PATIENCE:
                raise
        runs.append(time.perf_counter() - began)
    warm = runs[1:] or runs
    return Answer(view, words, median(warm), max(warm), found)


@contextmanager
def _cut_off(connection: sa.Connection) -> Iterator[None]:
    """Stop what the connection does once nobody would wait for it any longer."""
    driver: Any = connection.connection.driver_connection
    stop = driver.interrupt if connection.dialect.name == "sqlite" else driver.cancel
    timer = Timer(_PATIENCE, stop)
    timer.start()
    try:
        yield
    finally:
        timer.cancel()
