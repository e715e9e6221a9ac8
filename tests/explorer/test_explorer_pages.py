"""The pages say what the export holds, in words, and nothing a post says becomes HTML."""

import csv
import io
import json
import re
import shutil
import sqlite3
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from html import unescape
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import quote

import pytest
from explored import HOSTILE, HOSTILE_KEY, Explored, served
from place import LAST_WEEK

from explorer.evidence import METHODS, evidence_in_words
from explorer.facts import week_in_words
from explorer.questions import BY_NAME, QUESTIONS
from pipeline.review import import_review
from warehouse.queries import VIEWS
from warehouse.view_columns import VIEW_COLUMNS


class Read(HTMLParser):
    """The words and the links of a page, and what would run in a browser."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.words, self.links, self.running = "", [], []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        self.links += [str(given["href"])] if tag == "a" else []
        self.running += [tag] if tag in ("script", "img", "iframe", "style") else []
        self.running += [name for name in given if name.startswith("on") or name == "style"]

    def handle_data(self, data: str) -> None:
        self.words += data


def read(explored: Explored, path: str, **query: str) -> Read:
    answer = explored.get(path, **query)
    assert answer.status_code == 200, answer.text
    return Read(answer.text)


def test_the_start_leads_to_every_question_and_view(explored: Explored) -> None:
    page = read(explored, "/")
    for question in QUESTIONS:
        assert question.title in page.words
    for name, view in VIEWS.items():
        assert f"/goodguest/{name}" in page.links
        assert " ".join(view.comment.split()[:5]) in page.words
    assert "as of 2026-11-22 07:00 UTC" in " ".join(page.words.split())
    assert "not endorsed or certified by SmugMug" in page.words
    ((topic, posts),) = explored.rows(
        "select topic, sum(posts) from v_topic_week where week = ? group by topic_uri "
        "order by 2 desc, 1 limit 1",
        LAST_WEEK,
    )
    assert re.search(rf"{re.escape(topic)}\s*{posts}\s*[+-]", page.words)


@pytest.mark.parametrize("view", VIEWS)
def test_a_view_says_what_it_means(view: str, explored: Explored) -> None:
    page = read(explored, f"/goodguest/{view}")
    assert VIEWS[view].comment in page.words
    for (column,) in explored.rows("select column from dictionary_column where view = ?", view):
        assert VIEW_COLUMNS[column].meaning in page.words
    ((rows,),) = explored.rows(f"select count(*) from {view}")
    assert f"{rows:,} row" in page.words


@pytest.mark.parametrize("question", QUESTIONS, ids=lambda question: question.name)
def test_a_question_is_answered_as_the_export_says(question, explored: Explored) -> None:  # type: ignore[no-untyped-def]
    page = explored.get(f"/goodguest/{question.name}").text
    chosen = dict(
        re.findall(r'<select id="\S+" name="(\w+)">.*?value="([^"]*)" selected', page, re.S)
    )
    assert set(chosen) == set(question.asks_for)
    assert chosen.get("week", LAST_WEEK) == LAST_WEEK
    link = re.search(r'href="(/goodguest/[^"]*\.csv[^"]*)"', page)
    assert link
    sheet = list(csv.DictReader(io.StringIO(explored.get(link[1].replace("&amp;", "&")).text)))
    shown = len(re.findall('<li class="post">' if question.shown == "posts" else "<tr><th", page))
    shown -= 2 if question.shown == "table" and question.name == "what_people_say" else 0
    heads = len(re.findall("<thead><tr><th", page)) if question.shown == "table" else 0
    assert shown - heads == len(sheet) > 0


def test_an_answer_too_long_for_its_page_says_so_and_is_whole_as_a_file(
    explored: Explored, monkeypatch: pytest.MonkeyPatch
) -> None:
    name = "what_people_say"
    monkeypatch.setitem(BY_NAME, name, replace(BY_NAME[name], most=2))
    page = explored.get(f"/goodguest/{name}").text
    assert ">More than 2 posts<" in page
    assert page.count('<li class="post">') == 2
    link = re.search(r'href="(/goodguest/[^"]*\.csv[^"]*)"', page)
    assert link
    sheet = explored.get(unescape(link[1])).text
    assert len(list(csv.DictReader(io.StringIO(sheet)))) > 2


def test_what_people_say_is_what_is_tied(explored: Explored) -> None:
    (uri, topic), *_ = explored.rows(
        "select topic_uri, min(topic) from v_topic_week where week = ? group by 1 "
        "having sum(posts) between 5 and 100 order by sum(posts) desc",
        LAST_WEEK,
    )
    posts = dict(explored.rows("select post_key, created_at from v_post where week = ?", LAST_WEEK))
    ties = explored.rows("select post_key from v_post_tie where target_key = ?", uri)
    expected = [posts[key] for (key,) in ties if key in posts]
    page = explored.get("/goodguest/what_people_say", topic=uri, week=LAST_WEEK).text
    found = [posts[key] for key in re.findall(r'<h3><a href="/goodguest/-/post/(\w+)"', page)]
    assert found == sorted(expected, reverse=True)
    ((counted,),) = explored.rows(
        "select sum(posts) from v_topic_week where week = ? and topic_uri = ?", LAST_WEEK, uri
    )
    assert '<rect class="bar chosen"' in page
    assert f">{counted}</text>" in page
    assert f'<td class="n">{counted}</td>' in page
    assert f">{topic}</option>" in page


@pytest.mark.parametrize(
    "view",
    ["v_topic_week", "v_post", "v_post_tie", "v_entity_tag", "v_topic_week?_sort=week",
     "v_topic_week?_sort_desc=posts", "v_topic_week?_sort=posts", "v_rising?_sort_desc=ratio",
     "v_coverage_day?_sort_desc=coverage", "v_post?_sort=week"],
)  # fmt: skip
def test_rows_and_further_pages_are_led_to(view: str, explored: Explored) -> None:
    first = r'<tr><td[^>]*><a href="([^"]+)"'
    page, rows = explored.get(f"/goodguest/{view}").text, []
    assert read(explored, re.findall(first, page)[0]).words
    ((count,),) = explored.rows(f"select count(*) from {view.partition('?')[0]}")
    (sheet,) = (link for link in Read(page).links if ".csv" in link)
    assert len(list(csv.reader(io.StringIO(explored.get(sheet).text)))) == count + 1
    for _ in range(count // 50 + 1):
        rows += re.findall(first, page)
        more = re.search(r'href="([^"]+)" rel="next"', page)
        page = explored.get(unescape(more[1]).removeprefix(explored.url)).text if more else ""
    assert len(rows) == len(set(rows)) == count


def test_an_empty_answer_says_why(explored: Explored) -> None:
    page = read(explored, "/goodguest/what_people_say", topic="urn:none", week="2011-W01")
    assert "Nothing that was read in this week is tied to this topic" in page.words
    assert "so an empty answer says nothing" in page.words


def test_a_posts_page_holds_all_that_is_known(explored: Explored) -> None:
    ((key,),) = explored.rows(
        "select post_key from v_post as p where (select count(*) from v_post_tie as t "
        "where t.post_key = p.post_key) > 3 and exists (select 1 from v_post as answer "
        "where answer.parent_key = p.post_key) and parent_key in (select post_key from v_post) "
        "order by 1 limit 1"
    )
    page = read(explored, f"/goodguest/-/post/{key}")
    (text, title, parent), = explored.rows(
        "select text, post_title, parent_key from v_post where post_key = ?", key)  # fmt: skip
    assert text in page.words
    assert title in page.words
    answers = explored.rows("select post_key from v_post where parent_key = ?", key)
    for (other,) in [(parent,), *answers]:
        assert f"/goodguest/-/post/{other}" in page.links
    for target, target_key, label, method, evidence, is_counted in explored.rows(
        "select target, target_key, label, method, evidence, is_counted from v_post_tie "
        "where post_key = ?",
        key,
    ):
        assert label in page.words
        if is_counted:
            assert evidence_in_words(target, json.loads(evidence), method) in page.words
        assert f"post:{key},{target},{target}:{target_key}," in page.words


def test_every_tie_is_told_in_words(explored: Explored) -> None:
    ties = explored.rows(
        "select target, method, evidence from v_post_tie where post_key <> ?", HOSTILE_KEY
    )
    assert {method for _, method, _ in ties} <= set(METHODS)
    told = [evidence_in_words(target, json.loads(said), method) for target, method, said in ties]
    assert all(told)
    assert not any("None" in said for said in told)


def test_the_lines_of_a_post_can_be_reviewed(explored: Explored, tmp_path: Path) -> None:
    ((key, count),) = explored.rows(
        "select post_key, count(*) from v_post_tie group by 1 having count(*) > 2 "
        "and post_key <> ? order by 1 limit 1",
        HOSTILE_KEY,
    )
    page = read(explored, f"/goodguest/-/post/{key}").words
    lines = re.findall(r"^post(?:_key|:\w+),.*$", page, re.M)
    judged = tmp_path / "ties.csv"
    judged.write_text("\n".join([lines[0], *(f"{line}agree" for line in lines[1:])]), "utf-8")
    result = import_review(explored.given, judged, "data analyst")
    assert (result["stored"], result["messages"]) == (count, [])


@pytest.mark.parametrize(
    ("asked", "said"),
    [("_sort=likes", "can be sorted by"), ("_sort_desc=text", "can be sorted by"),
     ("_sort=nope", "no column nope; it has post_key, day,"), ("_facet=nope", "no column nope"),
     ("nope=Jane", "no column nope"), ("nope__contains=Jane", "no column nope"),
     ("_filter_column_1=nope", "no column nope"), ("_through={}", "join the views"),
     ("_next=abc", "begin at the first"), ("_sort=day&_next=a,b,c", "begin at the first")],
)  # fmt: skip
@pytest.mark.parametrize("form", ["", ".json"])
def test_what_cannot_be_asked_is_answered_in_words(
    form: str, asked: str, said: str, explored: Explored
) -> None:
    answer = explored.get(f"/goodguest/v_post{form}?{asked}")
    assert answer.status_code == 400
    assert said in answer.text


@pytest.mark.parametrize(
    "path",
    [
        f"-/post/{HOSTILE_KEY}",
        f"what_people_say?topic=urn:evil&week={LAST_WEEK}",
        "-/search?q=script+alert",
        f"-/search?q={quote(HOSTILE)}",
        f"v_post?post_key={HOSTILE_KEY}",
        f"v_post_tag?post_key={HOSTILE_KEY}",
        "v_post_tie?target_key=urn:evil",
        f"?sql=select+*+from+v_post+where+post_key='{HOSTILE_KEY}'",
        f"?sql={quote(HOSTILE)}",
    ],
)
def test_what_a_post_says_stays_words(path: str, explored: Explored) -> None:
    page = Read(explored.get(f"/goodguest/{path}").text)
    assert page.running == []
    assert "<script>alert(1)</script>" in page.words
    assert "{{ 7*7 }}" in page.words
    assert not any(link.startswith("javascript:") for link in page.links)


def test_a_link_out_tells_nobody_where_it_came_from(explored: Explored) -> None:
    ((key, url),) = explored.rows("select post_key, url from v_post where url like 'http%' limit 1")
    page = explored.get(f"/goodguest/-/post/{key}").text
    assert f'href="{url}" rel="noopener noreferrer nofollow"' in page


def test_what_nobody_read_is_not_charted_as_nothing(explored: Explored) -> None:
    page = explored.get("/goodguest/what_people_say", week="2011-W12").text
    assert page.count(">–</text>") == 12
    assert ">0</text>" not in page
    assert "2011-W12 not read" in page


def test_thin_coverage_has_eight_weeks(explored: Explored) -> None:
    page = read(explored, "/goodguest/thin_coverage")
    weeks = {week for (week,) in explored.rows("select distinct week from v_coverage_day")}
    assert set(re.findall(r"\d{4}-W\d\d", page.words)) == set(sorted(weeks)[-8:])
    assert "/goodguest/v_coverage_day" in page.links
    ((least,),) = explored.rows("select min(coverage) from v_coverage_day")
    assert ("Nothing is thin" in page.words) is (least == 1)


@pytest.mark.parametrize(("days", "said"), [(0.9, None), (1.1, "1 day old"), (2.1, "2 days old")])
def test_every_page_says_how_old_its_copy_is(
    days: float, said: str | None, explored: Explored, tmp_path: Path
) -> None:
    copy = shutil.copy(explored.database, tmp_path / "goodguest.db")
    made = (datetime.now(UTC) - timedelta(days=days)).isoformat()
    with closing(sqlite3.connect(copy)) as connection:
        connection.execute("update about set value = ? where name = 'exported_at'", (made,))
        connection.commit()
    with served(Path(copy)) as url:
        for path in ("/", "/goodguest/v_post", "/nope"):
            words = Explored(explored.given, Path(copy), url).get(path).text
            assert re.findall("This copy is (.*?):", words) == ([said] if said else [])


def test_a_week_has_its_days() -> None:
    assert week_in_words("2026-W46") == "2026-W46, 9 to 15 November"
    assert week_in_words("2026-W01") == "2026-W01, 29 December to 4 January"
    assert week_in_words("2026-W99") == "2026-W99"
