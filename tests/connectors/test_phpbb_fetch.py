"""What is asked of a board, and what is not asked twice."""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from loopback import NOON, Site, Told
from runs import fetching, killed_after, outcomes, source, state_after, whole

from connectors.http import Client
from connectors.phpbb import recheck
from contract.errors import FixSettings, RetryLater, StopSource
from contract.page import Page
from contract.post import Post
from samples.asking import Asked
from samples.parts.phpbb.talk import Board, Entry, Member, Topic, build_board
from samples.phpbb import ROUTES
from samples.phrases import read_texts

Make = Callable[..., Client]
TODAY = NOON.date()
MONDAY = TODAY - timedelta(days=TODAY.weekday(), weeks=8)


@pytest.fixture
def board(site: Site) -> Board:
    """The allotment society's board as it was at midnight, below /board."""
    built = build_board(read_texts(), MONDAY, TODAY)
    for path in ("index.php", "viewforum.php", "viewtopic.php"):
        site.answers[f"/board/{path}"] = answering(site, built, f"/board/{path}")
    return built


def answering(site: Site, board: Board, path: str) -> Callable[[dict[str, list[str]]], Told]:
    def answer(query: dict[str, list[str]]) -> Told:
        route = next(route for pattern, route in ROUTES if re.fullmatch(pattern, path))
        town: Any = SimpleNamespace(phpbb=board)
        said = route(Asked(town=town, path=path, query=query, base=site.base))
        return Told(said.body, said.status, {"Content-Type": said.kind})

    return answer


def ids(pages: list[Page]) -> list[int]:
    return [int(o.native_id.split("/p/")[1]) for o in outcomes(pages) if isinstance(o, Post)]


def since(board: Board, days: float) -> set[int]:
    start = NOON - timedelta(days=days)
    return {post.id for post in board.posts.values() if post.created_at >= start}


def read(site: Site, what: str) -> list[str]:
    return [target for target in site.asked if target.startswith(f"/board/{what}")]


def test_a_board_is_read_whole(site: Site, client: Make, board: Board) -> None:
    pages, end = whole(fetching(client(), source("phpbb", f"{site.base}/board"), days=70))
    assert end == "complete"
    assert sorted(ids(pages)) == sorted(board.posts)
    found = {o.native_id: o for o in outcomes(pages) if isinstance(o, Post)}
    name = site.base.removeprefix("http://") + "/board"
    assert len(found) > 150
    for post_id, post in board.posts.items():
        topic, got = board.topic_of(post_id), found[f"{name}/p/{post_id}"]
        assert topic
        assert (got.created_at, got.edited_at) == (post.created_at, edited(post))
        assert got.root_id == f"{name}/t/{topic.id}"
        assert (got.title, got.community_name) == (topic.title, topic.forum.name)
        assert (got.author_name, got.author_id is None) == (
            post.author.name,
            post.author.id is None,
        )
        assert got.kind == ("post" if post is topic.posts[0] else "reply")
        assert got.parent_id == parent(name, topic, post)
        assert (post.author.signature or "no signature") not in got.body
    assert not any("sid=" in page.url or "p=" in page.url for page in pages)


def edited(post: Entry) -> datetime | None:
    """The mark of an edit tells minutes only."""
    return post.edited_at and post.edited_at.replace(second=0)


def parent(name: str, topic: Topic, post: Entry) -> str | None:
    if post is topic.posts[0]:
        return None
    return f"{name}/p/{post.quoted.id}" if post.quoted else f"{name}/t/{topic.id}"


@pytest.mark.parametrize("select", [{}, {"categories": ["site and paths"]}, {"categories": ["5"]}])
def test_a_killed_run_goes_on_where_it_stood(
    site: Site, client: Make, board: Board, select: dict[str, Any]
) -> None:
    wanted = source("phpbb", f"{site.base}/board", **select)
    pages, end = whole(fetching(client(), wanted, days=30))
    assert end == "complete"
    contents = read(site, "viewtopic")
    assert len(pages) == len(contents) >= 4
    for count in range(1, len(pages) + 1):
        landed = killed_after(fetching(client(), wanted, days=30), count)
        site.asked.clear()
        rest, end = whole(fetching(client(), wanted, landed[-1].cursor, days=30))
        assert [p.url for p in landed + rest] == [p.url for p in pages]
        assert [p.body for p in landed + rest] == [p.body for p in pages]
        assert site.asked_but_robots == contents[count:]
        assert end == "complete"
        assert state_after(landed + rest) == state_after(pages)


def test_a_topic_is_read_from_its_last_page_back_to_the_window(
    site: Site, client: Make, board: Board
) -> None:
    long = max(board.topics.values(), key=lambda t: len(t.posts))
    assert len(long.posts) > 10
    last = long.posts[-1].created_at
    days = (NOON - last) / timedelta(days=1) + 0.5
    pages, end = whole(fetching(client(), source("phpbb", f"{site.base}/board"), days=days))
    asked = [target for target in read(site, "viewtopic") if f"t={long.id}&" in target]
    assert end == "complete"
    assert since(board, days) <= set(ids(pages))
    assert asked == [f"/board/viewtopic.php?t={long.id}&start=10"]


def test_only_topics_whose_last_post_moved_are_opened(
    site: Site, client: Make, board: Board
) -> None:
    wanted = source("phpbb", f"{site.base}/board")
    pages, _ = whole(fetching(client(), wanted, days=40))
    state = state_after(pages)
    last = {str(t.id): str(t.posts[-1].id) for t in board.topics.values()}
    assert {topic: mark for topic, (mark, *_) in state["seen"].items()}.items() <= last.items()
    site.asked.clear()
    assert whole(fetching(client(), wanted, state, days=40)) == ([], "complete")
    assert read(site, "viewtopic") == []
    # An unchanged topic at the foot of a list ends it: one page of each forum.
    assert len(read(site, "viewforum")) == 4
    topic = next(t for t in board.topics.values() if t.posts[-1].created_at > NOON - timedelta(20))
    topic.posts.append(Entry(Member("Tilda"), NOON, "New.", id=max(board.posts) + 1))
    again, end = whole(fetching(client(), wanted, state, days=40))
    assert (end, {f"t={topic.id}&" in page.url for page in again}) == ("complete", {True})
    assert max(board.posts) in ids(again)
    assert len(state_after(again)["seen"]) == len(state["seen"])
    # A window that reaches further back than ever reads on.
    earlier, _ = whole(fetching(client(), wanted, state_after(again), days=70))
    assert set(ids(earlier)) >= set(board.posts) - set(ids(pages)) - set(ids(again))


def test_pinned_moved_and_closed_ones(site: Site, client: Make, board: Board) -> None:
    moved = next(t for t in board.topics.values() if t.moved_from)
    pinned = next(t for t in board.topics.values() if t.is_sticky)
    wanted = source("phpbb", f"{site.base}/board", categories=["Site and paths"])
    pages, end = whole(fetching(client(), wanted, days=30))
    assert end == "complete"
    # The shadow of a topic that was moved away leads out of the selection; the old notice on top
    # neither ends the list nor is read; nothing but the list of a closed forum is asked for.
    urls = " ".join(page.url for page in pages)
    assert f"t={moved.id}&" not in urls
    assert f"t={pinned.id}&" not in urls
    assert len(pages) >= 5
    forums = {o.community_name for o in outcomes(pages) if isinstance(o, Post)}
    assert forums == {"Site and paths"}


def test_a_topic_moved_while_the_run_goes_on_is_not_landed(
    site: Site, client: Make, board: Board
) -> None:
    wanted = source("phpbb", f"{site.base}/board", categories=["3"])
    run = fetching(client(), wanted, days=30)
    next(run)
    for topic in board.topics.values():
        topic.forum = board.forums[0]
    assert whole(run) == ([], "complete")


def test_a_selected_forum_for_members_only_is_told(site: Site, client: Make, board: Board) -> None:
    wanted = source("phpbb", f"{site.base}/board", categories=["5", "Committee"])
    _, end = whole(fetching(client(), wanted, days=30))
    assert end == "pages left out"
    alone = source("phpbb", f"{site.base}/board", categories=["Committee"])
    with pytest.raises(StopSource, match="members only; select others, or ask"):
        whole(fetching(client(), alone))


def test_a_forum_must_be_one(site: Site, client: Make, board: Board) -> None:
    wanted = source("phpbb", f"{site.base}/board", categories=["Shed"])
    with pytest.raises(FixSettings, match=r"names 0 forums .*2 \(Growing\), 3 \(Site and paths\)"):
        whole(fetching(client(), wanted))


@pytest.mark.parametrize(
    ("told", "match"),
    [
        (Told("<html>Blocked</html>", 403), "answered 403"),
        (Told(status=404), "shows guests no forums"),
        (Told('<html><body id="phpbb"><input type="password"></html>'), "shows guests no forums"),
        (Told('<html><body id="phpbb"><input type="password"></html>', 403), "shows guests no"),
    ],
)
def test_what_is_no_open_board_is_stopped(site: Site, client: Make, told: Told, match: str) -> None:
    site.answers["/board/index.php"] = told
    with pytest.raises(StopSource, match=match):
        whole(fetching(client(), source("phpbb", f"{site.base}/board")))
    assert len(site.asked_but_robots) == 1


@pytest.mark.parametrize("odd", ["", "<html>One moment</html>", "<html id='phpbb'><body>"])
def test_what_may_be_an_accident_is_come_back_for(site: Site, client: Make, odd: str) -> None:
    site.answers["/board/index.php"] = Told(odd)
    with pytest.raises(RetryLater, match=r"not a page of phpBB or MyBB|half a page"):
        whole(fetching(client(), source("phpbb", f"{site.base}/board")))
    assert len(site.asked_but_robots) == 2


def test_what_robots_excludes_is_left_out(site: Site, client: Make, board: Board) -> None:
    site.answers["/robots.txt"] = Told("User-agent: *\nDisallow: /board/viewtopic.php")
    pages, end = whole(fetching(client(), source("phpbb", f"{site.base}/board")))
    assert (pages, end) == ([], "pages left out")
    site.answers["/robots.txt"] = Told("User-agent: *\nDisallow: /board/")
    with pytest.raises(StopSource, match=r"robots\.txt .* ask the forum's owner"):
        whole(fetching(client(), source("phpbb", f"{site.base}/board")))


def test_a_topic_that_is_gone_is_landed_as_such(site: Site, client: Make, board: Board) -> None:
    run = fetching(client(), source("phpbb", f"{site.base}/board"), days=30)
    first = next(run)
    gone = sorted(board.posts)
    for post_id in gone:
        board.delete_post(post_id)
    rest, end = whole(run)
    assert end == "complete"
    assert len(ids([first])) > 0
    assert {getattr(o, "rule", None) for o in outcomes(rest)} == {"gone"}


@dataclass
class MyBB:
    """A MyBB board of one thread, as it answers: beyond the end it begins again."""

    posts: int
    listed: int = 0
    pages_shown: list[int] = field(default_factory=list)
    overrun: Callable[[int, int], int] = lambda page, last: 1

    def install(self, site: Site) -> None:
        site.answers["/index.php"] = Told(mybb(forum_link(4, "Site")))
        site.answers["/forumdisplay.php"] = lambda _: Told(mybb(self.row()))
        site.answers["/showthread.php"] = lambda query: Told(self.thread(int(query["page"][0])))

    def row(self) -> str:
        pages = "".join(thread_link(n) for n in range(1, -(-(self.listed or self.posts) // 10) + 1))
        return (
            f'<table class="tborder"><tr><td><span id="tid_9"><a href="showthread.php?tid=9">T</a>'
            f'</span>{pages}</td><td><a href="javascript:MyBB.whoPosted(9);">{self.posts}</a></td>'
            f'<td><span class="lastpost">{stamp(0)}</span></td></tr></table>'
        )

    def thread(self, page: int) -> str:
        last = -(-self.posts // 10)
        page = page if page <= last else self.overrun(page, last)
        self.pages_shown.append(page)
        shown = range((page - 1) * 10 + 1, min(page * 10, self.posts) + 1)
        pager = "".join(
            thread_link(n, "pagination_page")
            if n != page
            else f' <span class="pagination_current">{n}</span>'
            for n in range(1, last + 1)
        )
        posts = "".join(
            f'<div class="post" id="post_{n}"><div class="author_information"><strong>ines</strong>'
            f'</div><div class="post_head"><a href="showthread.php?tid=9&amp;pid={n}">#{n}</a>'
            f'<span class="post_date">{stamp(self.posts - n)}</span></div>'
            f'<div class="post_body" id="pid_{n}">Post {n}</div></div>'
            for n in shown
        )
        nav = '<div class="navigation"><a href="forumdisplay.php?fid=4">Site</a>'
        return mybb(f'{nav}<span class="active">T</span></div>'
                    f'<div class="pagination">{pager}</div>{posts}')  # fmt: skip


def stamp(hours_ago: float) -> str:
    return f"{NOON - timedelta(hours=hours_ago):%d-%m-%Y, %Hh%M}"


def mybb(body: str) -> str:
    return f'<html><head><title>MyBB</title></head><body>{body}<a href="member.php">.</a></html>'


def forum_link(forum: int, name: str) -> str:
    href = f"forumdisplay.php?fid={forum}"
    return f'<table class="tborder"><tr><td><a href="{href}">{name}</a></td></tr></table>'


def thread_link(page: int, name: str = "p") -> str:
    href = "showthread.php?tid=9" + (f"&amp;page={page}" if page > 1 else "")
    return f'<a href="{href}" class="{name}">{page}</a>'


def test_mybb_is_read_from_the_last_page_back(site: Site, client: Make) -> None:
    board = MyBB(posts=65)
    board.install(site)
    pages, end = whole(fetching(client(), source("phpbb", site.base)))
    assert (end, board.pages_shown) == ("complete", [7, 6, 5, 4, 3, 2])
    assert sorted(ids(pages)) == list(range(11, 66))
    kinds = {o.kind for o in outcomes(pages) if isinstance(o, Post)}
    assert kinds == {"reply"}


@pytest.mark.parametrize(
    ("overrun", "shown"),
    [
        (lambda page, last: 1, [1, 4, 3, 2]),
        (lambda page, last: last, [4, 3, 2]),
    ],
    ids=["page one again", "the last page again"],
)
def test_beyond_the_end_of_a_thread(
    site: Site, client: Make, overrun: Callable[[int, int], int], shown: list[int]
) -> None:
    board = MyBB(posts=38, listed=75, overrun=overrun)
    board.install(site)
    pages, end = whole(fetching(client(), source("phpbb", site.base), days=1.1))
    assert (end, board.pages_shown) == ("complete", shown)
    assert set(ids(pages)) >= set(range(12, 39))


def test_a_board_that_always_shows_its_last_page_is_not_asked_for_ever(
    site: Site, client: Make
) -> None:
    board = MyBB(posts=65)
    board.install(site)
    always = board.thread(7)
    site.answers["/showthread.php"] = Told(always)
    pages, end = whole(fetching(client(), source("phpbb", site.base), days=30))
    assert (len(pages), end) == (2, "pages left out")


def test_a_list_that_repeats_itself_ends(site: Site, client: Make) -> None:
    board = MyBB(posts=1)
    board.install(site)
    later = '<div class="pagination"><a href="forumdisplay.php?fid=4&amp;page={}">n</a></div>'
    site.answers["/forumdisplay.php"] = lambda query: Told(
        mybb(board.row() + later.format(int(query["page"][0]) + 1))
    )
    pages, end = whole(fetching(client(), source("phpbb", site.base)))
    assert (len(pages), end) == (1, "complete")
    assert sum("forumdisplay" in target for target in site.asked) == 2


def test_recheck_asks_once_a_page_and_says_only_what_it_knows(
    site: Site, client: Make, board: Board
) -> None:
    name = site.base.removeprefix("http://") + "/board"
    wanted = [
        (f"{name}/p/{post}", f"{site.base}/board/viewtopic.php?p={post}#p{post}")
        for post in sorted(board.posts)
    ]
    topic = next(t for t in board.topics.values() if len(t.posts) > 4)
    deleted = topic.posts[2].id
    board.delete_post(deleted)
    verdicts = dict(
        recheck(
            client(),
            source("phpbb", f"{site.base}/board"),
            [("other.example/p/1", "https://other.example/viewtopic.php?p=1"), *wanted],
        )
    )
    assert [key for key, verdict in verdicts.items() if verdict == "gone"] == [
        f"{name}/p/{deleted}"
    ]
    assert set(verdicts) == {key for key, _ in wanted}
    pages = sum(-(-len(t.posts) // 10) for t in board.topics.values())
    assert len(read(site, "viewtopic")) == pages + 1
    assert len(read(site, "index")) == 1


def test_a_board_closed_for_repairs_is_asked_again_the_next_time(
    site: Site, client: Make, board: Board
) -> None:
    closed = Told('<html><body id="phpbb"><p>Sorry, but this board is unavailable.</p></html>')
    site.answers["/board/viewtopic.php"] = closed
    pages, end = whole(fetching(client(), source("phpbb", f"{site.base}/board"), days=5))
    assert {getattr(o, "rule", None) for o in outcomes(pages)} == {"message"}
    assert (end, state_after(pages)) == ("pages left out", {"seen": {}})


def test_a_board_that_does_not_turn_its_pages_is_told(site: Site, client: Make) -> None:
    board = MyBB(posts=65)
    board.install(site)
    site.answers["/showthread.php"] = Told(board.thread(1))
    pages, end = whole(fetching(client(), source("phpbb", site.base), days=30))
    assert (len(pages), end) == (2, "pages left out")


@pytest.mark.parametrize(
    "told",
    [
        Told('<html><body id="phpbb"><p>This board is currently disabled.</p></html>'),
        Told('<html><body id="phpbb"><p>This board is currently disabled.</p></html>', 404),
        Told("<html>nothing here</html>", 404),
        Told('<html><body id="phpbb"><form><input type="password"></form></html>'),
        Told('<html><body id="phpbb"><form><input type="password"></form></html>', 403),
    ],
)
def test_a_board_that_is_closed_says_nothing_of_its_posts(
    site: Site, client: Make, told: Told
) -> None:
    site.answers |= {"/index.php": told, "/viewtopic.php": told}
    name = site.base.removeprefix("http://")
    posts = [(f"{name}/p/7", f"{site.base}/viewtopic.php?p=7#p7")]
    assert list(recheck(client(), source("phpbb", site.base), posts)) == []


def test_the_board_is_the_same_in_a_week_and_only_grows() -> None:
    texts = read_texts()
    early = build_board(texts, MONDAY, date(2026, 1, 6))
    late = build_board(texts, MONDAY, TODAY)
    assert set(early.posts) < set(late.posts)
    assert all(late.posts[i].text == post.text for i, post in early.posts.items())
    assert len(build_board(texts, MONDAY, MONDAY + timedelta(weeks=9)).posts) > 175
    assert datetime.combine(TODAY, NOON.time(), UTC) == NOON
