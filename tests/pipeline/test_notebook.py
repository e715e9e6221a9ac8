"""An attacker's notebook: what somebody with an analyst's rights tries, to single out a resident.

The attacker has the analyst role (on SQLite, which knows none, the fullest export), every export,
the releases of a year of weeks, the register and the answers to requests, and knows a resident's
habits: her places, hobby, words and hours. An attempt succeeds when it says of posts in several
communities that one person wrote them, or lets out a number about fewer people than is promised.

Attempts to link are played in two towns that differ only in who wrote (`notebook_year`): an answer
that is the same in both knows nothing of who wrote it. `docs/privacy.md` lists all attempts, and
what is not closed.
"""

import itertools
import json
import re
import sqlite3
from collections.abc import Iterator
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import Any, Final

import pytest
import sqlalchemy as sa
from attacker import (
    HALF,
    POSTGRESQL,
    Attacker,
    attacking,
    drop_role,
    error_of,
    listed,
    new_schema,
    numbers_shown,
    posts_behind,
    release_of,
    rows_told,
    same_in_both,
)
from everywhere import held
from notebook_year import (
    HERS,
    KITES,
    LEAST,
    PROTECTED,
    QUOTED_WEEK,
    RARE_WORD,
    REMOVED,
    SMALL,
    UNIONS,
    WEEKS,
    monday,
    named,
    year_of,
)  # fmt: skip

from pipeline.digest import write_digest
from pipeline.disclose import Request
from pipeline.disclose_foi import disclose_foi
from pipeline.export import export
from pipeline.review import Wanted, export_review
from warehouse.queries import VIEWS
from warehouse.store import opened
from warehouse.tables import metadata, post


@pytest.fixture(scope="module", params=["sqlite", pytest.param(POSTGRESQL, marks=pytest.mark.slow)])
def towns(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Attacker, Attacker]]:
    """Return an attacker in the town where all that is hers is one person's, and in the other."""
    with ExitStack() as stack:
        found = []
        for name, is_one in (("one", True), ("many", False)):
            folder = tmp_path_factory.mktemp(name)
            url = f"sqlite:///{folder}/warehouse.db"
            if request.param == POSTGRESQL:
                url = new_schema(request.getfixturevalue("postgres"))
            year = year_of(folder, url, is_one=is_one, is_published=is_one)
            found.append(stack.enter_context(attacking(year, folder)))
        yield found[0], found[1]
        stack.close()
        if request.param == POSTGRESQL:
            drop_role(found)


@pytest.fixture
def one(towns: tuple[Attacker, Attacker]) -> Attacker:
    """Return the attacker in the town where she is one person."""
    return towns[0]


# Numbers: what was published, and what anybody may ask for


def test_difference_of_releases(one: Attacker) -> None:
    """Subtract last week's release from this one: what differs came or went since.

    Stopped: A week is counted once; later releases repeat its numbers.
    """
    releases = [release_of(folder) for folder in one.year.releases]
    assert (len(releases), len(releases[-1]) > WEEKS) == (WEEKS, True)
    for before, after in itertools.pairwise(releases):
        weeks = {row["week"] for row in before}
        assert [row for row in after if row["week"] in weeks] == before


def test_a_number_of_few(one: Attacker) -> None:
    """Look in all releases for a number that few people, or mostly one, stand behind.

    Stopped: Fewer than `min_authors` accounts, or one that wrote most: withheld.
    """
    behind, shown = posts_behind(one.year), numbers_shown(one)
    for cell, number in shown.items():
        wrote = [one.year.people[key] for key in behind[cell]]
        assert (len(wrote), len(set(wrote)) >= LEAST) == (number, True), cell
        assert max(map(wrote.count, wrote)) <= len(wrote) / 2, cell
    few = [cell for cell, keys in behind.items() if one.year.crowd(keys) < LEAST]
    assert (len(few) > WEEKS / 2, shown.keys().isdisjoint(few)) == (True, True)


def test_totals_minus_parts(one: Attacker) -> None:
    """Take topics, datasets and communities away from the week's total, and from each other.

    Stopped: Secondary suppression: what is left of a number is a number too.
    """
    behind, shown, tried = posts_behind(one.year), numbers_shown(one), 0
    for week in sorted({week for _, week, _ in shown}):
        whole = behind["whole", week, ""]
        cells = [(cell[0], behind[cell]) for cell in shown if cell[1] == week]
        for (_, of), (_, part) in itertools.permutations([*cells, ("whole", whole)], 2):
            if part < of:
                tried += 1
                assert one.year.crowd(of - part) >= LEAST, week
        for kind in ("topic", "dataset", "community"):
            left = whole.difference(*(keys for of, keys in cells if of == kind))
            assert not left or one.year.crowd(left) >= LEAST, (week, kind)
    assert tried > WEEKS / 2


def test_small_communities_in_the_releases(one: Attacker) -> None:
    """Look in all releases for the community of three writers, and for hers alone.

    Stopped: No line and no name; a week of few is as one of nobody.
    """
    said = [row["subject"] for folder in one.year.releases for row in release_of(folder)]
    assert ("roads" in said, set(SMALL) & set(said)) == (True, set())
    assert held([*SMALL, "kites"], *one.year.releases) == {}


def test_absence_of_an_erased_account(one: Attacker) -> None:
    """Compare what was public the week before and after somebody had an account erased.

    Stopped: Published numbers stay; those of the register are rounded.
    """
    half = WEEKS // 2
    before, after = (release_of(one.year.releases[week]) for week in (half - 1, half))
    weeks = {row["week"] for row in before}
    assert [row for row in after if row["week"] in weeks] == before
    then, now = one.year.registers
    for older, newer in zip(then["sources"], now["sources"], strict=True):
        changed = {name for name in older if older[name] != newer[name]}
        assert changed <= {"posts_kept", "removed_in_a_year", "removals_waiting"}
        # That some were removed in that time may be seen, not how many.
        told = [str(newer[name]) for name in changed]
        assert all(re.fullmatch(r"none|fewer than 10|about [\d,]*0", text) for text in told), told
    assert all(key not in json.dumps(one.year.registers) for key in one.year.erased)


def test_a_row_of_requests_for_information(one: Attacker, tmp_path: Path) -> None:
    """Ask under freedom of information for each topic in each week, and for all, and subtract.

    Stopped: Answers hold published numbers, and no others.
    """

    def asked(name: str, **by: str) -> set[tuple[str, str, str, int]]:
        disclose_foi(one.year.given, Request("R-1", "law officer"), tmp_path / name, **by)
        said = json.loads((tmp_path / name / "answer.json").read_text("utf-8"))
        return {(x["kind"], x["week"], x["subject"], x["posts"]) for x in said["figures"]}

    whole = asked("all")
    released = {(*cell, number) for cell, number in numbers_shown(one).items()}
    assert {row for row in whole if row[1] > HALF} == released
    for number, uri in enumerate((KITES, UNIONS)):
        assert asked(f"topic{number}", topic=uri) == set()
    assert asked("week", week=named(monday(QUOTED_WEEK))) < whole
    assert held([*HERS.values(), *SMALL, RARE_WORD, PROTECTED], tmp_path / "all") == {}


# Links: which posts one person wrote


def test_a_join_by_any_column(towns: tuple[Attacker, Attacker]) -> None:
    """Join any view with any other by any column: times, likes, tags, ties, answers, languages.

    Stopped: No column of any view has to do with who wrote.
    """
    for view in VIEWS:
        rows = [rows_told(attacker.ask, view, "authors") for attacker in towns]
        assert rows[0] == rows[1], view
    assert len(rows_told(towns[0].ask, "v_post")) > 20 * WEEKS


def test_a_pair_of_one_author(towns: tuple[Attacker, Attacker]) -> None:
    """Find two posts in two communities that a view counts as of one author.

    Stopped: Views name no number of authors below five.
    """
    views = ("v_topic_week", "v_community_week", "v_dataset_demand_week", "v_entity_week")
    counted = [(view, row) for view in views for row in towns[0].ask(f"select * from {view}")]
    few = [row for _, row in counted if row["authors"] is not None and row["authors"] < LEAST]
    assert (len(counted) > WEEKS, few) == (True, [])
    with opened(towns[0].year.given.warehouse) as engine, engine.connect() as connection:
        pairs = (
            "select count(*) from topic_week where authors = 1 and posts > 1 and communities > 1"
        )
        assert connection.exec_driver_sql(pairs).scalar_one() > 0  # there would be some to find


def test_pseudonyms_anywhere(one: Attacker, tmp_path: Path) -> None:
    """Look for her pseudonyms, of before and after a change of keys, in all there is to have.

    Stopped: Pseudonyms leave the store in no file; words in full exports only.
    """
    levels = (("csv", "open"), ("csv", "internal"), ("csv", "personal"), ("parquet", "personal"))
    for form, level in (*levels, ("sqlite", "personal")):
        export(one.year.given, tmp_path / form / level, form, level)
    write_digest(one.year.given, "weekly", week=named(monday(QUOTED_WEEK)), out=tmp_path / "digest")
    export_review(one.year.given, tmp_path / "sheet.csv", Wanted(), 1_000)
    (tmp_path / "register.json").write_text(json.dumps(one.year.registers))
    everything = (tmp_path, *one.year.releases)
    assert held(HERS.values(), *everything) == {}
    assert held([RARE_WORD], tmp_path / "csv" / "open", tmp_path / "csv" / "internal") == {}
    assert held([RARE_WORD], tmp_path / "csv" / "personal")
    assert held([PROTECTED, REMOVED], *everything) == {}


def test_rare_words(towns: tuple[Attacker, Attacker]) -> None:
    """Search for a word only she uses, and from what is found for what else she wrote.

    Stopped: A search gives what holds the word; no row leads on to other posts.
    """

    def attempt(attacker: Attacker) -> Any:
        found = attacker.found(RARE_WORD)
        shown = attacker.ask(f"select * from v_post where post_key in ({listed(found)})")
        return found, sorted(map(str, shown), key=repr)

    found, _ = same_in_both(towns, attempt)
    hers = towns[0].year.hers
    # Those she used it in, and nothing leads from them to the others: half of hers and more.
    assert set(found) < set(hers)
    assert len(found) < len(hers) / 2


def test_a_quote_looked_up(towns: tuple[Attacker, Attacker], tmp_path: Path) -> None:
    """Look up by full-text search what a digest quotes, to get to the author's other posts.

    Stopped: The same: the quoted post is found, and it leads no further.
    """
    week = named(monday(QUOTED_WEEK))

    def attempt(attacker: Attacker) -> Any:
        out = tmp_path / attacker.folder.name
        write_digest(attacker.year.given, "weekly", week=week, out=out)
        issue = json.loads(next(out.glob("*.issue.json")).read_text("utf-8"))
        quoted = [quote["text"] for quote in issue["quotes"]]
        assert quoted
        return [
            (text, attacker.found(f'"{" ".join(text.split()[:6]).strip(",.")}"')) for text in quoted
        ]

    for text, found in same_in_both(towns, attempt):
        assert (text, len(found) >= 1) == (text, True)


def test_the_hours_she_keeps(towns: tuple[Attacker, Attacker]) -> None:
    """Ask for all that was written at 03:17:04.123457, as if a clock were a signature.

    Stopped: Rows of one hour are as much many people's as one's.
    """
    same_in_both(towns, lambda attacker: attacker.ask(
        "select post_key, community, created_at from v_post"
        " where cast(created_at as text) like '%03:17:04.123457%' order by post_key"
    ))  # fmt: skip


def test_a_walk_along_a_conversation(towns: tuple[Attacker, Attacker]) -> None:
    """Walk from a post to the answers to it and to theirs, as between two who talk.

    Stopped: Answers have keys of posts, not of who talks.
    """
    same_in_both(towns, lambda attacker: attacker.ask(
        "select above.post_key as first, below.post_key as second, below.community,"
        " below.author_kind from v_post below join v_post above"
        " on above.post_key = below.parent_key order by 1, 2"
    ))  # fmt: skip


def test_a_post_put_into_two_communities(towns: tuple[Attacker, Attacker]) -> None:
    """Use that she put one post into two communities: find the copy, and so that both are hers.

    Stopped: Copies are counted and not shown, and no search finds them.
    """
    with opened(towns[0].year.given.warehouse) as engine, engine.connect() as connection:
        query = sa.select(post.c.post_key).where(post.c.near_duplicate_of.is_not(None))
        (copy,) = connection.scalars(query)

    def attempt(attacker: Attacker) -> Any:
        rows = attacker.ask(f"select * from v_post where copies > 0 or post_key = '{copy}'")
        assert [row["post_key"] for row in rows] != [copy]
        return [(row["copies"], row["community"]) for row in rows], attacker.found("crooked kerb")

    (shown, found) = same_in_both(towns, attempt)
    assert (len(shown), copy in found) == (1, False)


def test_a_public_post_known_by_its_id(towns: tuple[Attacker, Attacker]) -> None:
    """Work out the key of a post from its public id, and read what else its row tells.

    Stopped: The row tells what the place shows, and its ties.
    """
    key = towns[0].year.hers[0]

    def attempt(attacker: Attacker) -> Any:
        ties = attacker.ask(f"select * from v_post_tie where post_key = '{key}'")
        return attacker.ask(f"select * from v_post where post_key = '{key}'"), sorted(
            map(str, ties)
        )

    ((row,), ties) = same_in_both(towns, attempt)
    assert ties
    assert {"native_id", "content_hash", "text_signature", "sketch", "landing"}.isdisjoint(row)


def test_a_tag_and_a_house_only_she_writes_of(towns: tuple[Attacker, Attacker]) -> None:
    """Use a tag and a register's row that nobody writes of but her, and their weekly counts.

    Stopped: The same rows stand there when many write; authors below five are not told.
    """

    def attempt(attacker: Attacker) -> Any:
        tags = attacker.ask("select * from v_entity_tag")
        weeks = attacker.ask("select week, posts, authors from v_entity_week order by week")
        return sorted(map(str, tags)), weeks

    tags, weeks = same_in_both(towns, attempt)
    assert (len(tags), {row["authors"] for row in weeks}) == (1, {None})


# The database itself


def test_error_messages(one: Attacker) -> None:
    """Ask what fails on a row that is left out, so that the error message tells what it holds.

    Stopped: Barriers on PostgreSQL's views; words are read after the guard.
    """
    told = []
    for view, columns in _SAID.items():
        for column in columns:
            fails = f"cast({column} as int) = 1"
            words = " or ".join(
                f"{column} like '%{word}%'" for word in (PROTECTED, REMOVED, UNIONS)
            )
            query = f"select * from {view} where {fails}"
            told += [error_of(one, query), error_of(one, f"{query} and ({words})")]
    few = "topic_uri like '%/unions' and 1 / (posts - posts) = 1"
    told += [error_of(one, f"select * from {view} where {few}") for view in _COUNTED]
    if one.kind == POSTGRESQL:
        assert any("invalid input syntax" in message for message in told)  # of what is shown
    assert [m for m in told if PROTECTED in m or REMOVED in m or "unions" in m] == []
    assert [m for m in told if "division" in m] == []


_COUNTED: Final = ("v_topic_week", "v_unmet_demand", "v_rising")
_SAID: Final = {
    "v_post": ("text", "post_title", "url"),
    "v_post_tag": ("tag",),
    "v_post_tie": ("label", "target_key", "cast(evidence as text)"),
    "v_former_tie": ("label", "target_key"),
    **dict.fromkeys(_COUNTED, ("topic", "topic_uri")),
}
"""The columns that say something in words."""


def test_a_search_made_to_fool(one: Attacker) -> None:
    """Search with signs, parts of words and nulls that mean something to the database.

    Stopped: Only words and phrases are sought, of posts that are shown.
    """
    made = (f"{PROTECTED} OR kerb", f"{PROTECTED}:*", f"{PROTECTED[:6]}*", "* OR 1=1",
            f'"{PROTECTED}', f"' || '{PROTECTED}", f"{PROTECTED} | kerb", f"{REMOVED}")  # fmt: skip
    assert one.found("kerb")
    assert [text for text in made if one.found(text)] == []
    if one.kind == POSTGRESQL:
        shown = {row["post_key"] for row in one.ask("select post_key from v_post")}
        odd = ("array[null]", "array['']::text[]", "null", "array[]::text[]",
               f"array['{PROTECTED}', null]")  # fmt: skip
        for phrases in (*(f"array[$${text}$$]" for text in made), *odd):
            with suppress(sa.exc.DataError):  # what is no phrase is refused
                found = one.ask(f"select goodguest_search({phrases}) as post_key")
                assert {row["post_key"] for row in found} <= shown, phrases
        return
    for text in made:
        quoted = text.replace("'", "''")
        rows = "select rowid from v_post_fts where v_post_fts match"
        query = f"select text from v_post where rowid in ({rows} '{quoted}')"
        with suppress(sqlite3.OperationalError):  # what is no query is refused
            assert PROTECTED not in repr(one.ask(query)), text


def test_statistics_plans_and_counters(one: Attacker) -> None:
    """Read what the database remembers of values, estimates and counts of rows for its plans.

    Stopped: The role may not read statistics; an export holds no more than its views.
    """
    if one.kind == POSTGRESQL:
        tables = ", ".join(f"'{name}'" for name in metadata.tables)
        for view in ("pg_stats", "pg_stats_ext_exprs"):
            assert one.ask(f"select * from {view} where tablename in ({tables})") == []
        for view in ("pg_statistic", "pg_stat_statements"):
            assert "denied" in (said := error_of(one, f"select * from {view}")) or "exist" in said
        for guess in (PROTECTED, HERS["forum"]):
            plans = [str(one.ask(f"explain select * from v_post where text like '%{word}%'"))
                     for word in (guess, "neverwritten")]  # fmt: skip
            assert plans[0].replace(guess, "neverwritten") == plans[1]
        return
    names = {row["name"] for row in one.ask("select name from sqlite_master")}
    assert names.isdisjoint({"sqlite_stat4", "sqlite_sequence", *metadata.tables})


def test_the_tables_behind(one: Attacker) -> None:
    """Read the tables: authors, who looked, who opted out, versions of the charter, removals.

    Stopped: The role reads views; an export has no tables.
    """
    for table in metadata.tables:
        assert any(
            no in error_of(one, f"select * from {table}") for no in ("denied", "no such table")
        )
