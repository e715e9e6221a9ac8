"""r/Aberwennol, read from its own server's answers as Reddit would be."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, cast
from urllib.parse import parse_qs, urlsplit

import pytest
from loopback import LOOPBACK, Site, Time, Told

from connectors import reddit
from connectors.http import Client
from contract.charter import Source
from contract.credentials import Credentials
from contract.errors import StopSource
from contract.page import Page, Window
from contract.post import Outcome, Post, Skipped
from contract.terms import Rate
from samples.asking import Asked
from samples.parts.reddit.talk import Comment, Community, talk
from samples.reddit import CLIENT, ROUTES, SECRET
from samples.town import Town

TODAY = date(2026, 11, 22)


@dataclass
class OnlyReddit:
    """As much of a town as Reddit's routes ask for."""

    reddit: Community


@pytest.fixture
def community(site: Site) -> Community:
    """Return r/Aberwennol, which the site answers for."""
    town = cast(Town, OnlyReddit(talk(TODAY)))

    def answer(target: str) -> Told:
        parts = urlsplit(target)
        for pattern, route in ROUTES:
            if match := re.fullmatch(pattern, parts.path):
                body = site.bodies[-1]
                asked = Asked(
                    town=town, path=parts.path, query=parse_qs(parts.query), base=site.base,
                    method="POST" if body else "GET", headers=site.headers[-1], body=body,
                    parts=match.groups(),
                )  # fmt: skip
                found = route(asked)
                return Told(found.body, found.status, {"content-type": found.kind, **found.headers})
        return Told("", 404)

    site.answer = answer  # type: ignore[method-assign]
    return town.reddit


@pytest.fixture
def client(community: Community) -> Iterator[Client]:
    time = Time(now=community.until)
    with Client(
        agency="Town of Example", contact="listening@example.gov", limits=(Rate(90, 60.0),),
        credentials=Credentials("town", {"client_id": CLIENT, "client_secret": SECRET}),
        private_hosts=LOOPBACK, clock=time.clock, sleep=time.sleep,
    ) as made:  # fmt: skip
        yield made


def read(client: Client, site: Site, weeks: int = 10, **select: Any) -> tuple[list[Page], str]:
    source = Source.model_validate(
        {"platform": "reddit", "url": f"{site.base}/reddit", "purpose": "test", "select": select}
    )
    until = client.now()
    pages = reddit.fetch(
        client, "town", source, Window(until - timedelta(weeks=weeks), until), None
    )
    got = []
    while True:
        try:
            got.append(next(pages))
        except StopIteration as end:
            return got, end.value.because


def outcomes(pages: list[Page]) -> list[Outcome]:
    return [outcome for page in pages for outcome in reddit.parse(page)]


def test_the_whole_community_in_a_few_requests(
    site: Site, community: Community, client: Client
) -> None:
    pages, end = read(client, site, communities=["Aberwennol"])
    posts = [o for o in outcomes(pages) if isinstance(o, Post)]
    shown = {name for name, remark in community.remarks.items() if not remark.removed}
    assert end == "complete"
    assert len(posts) == len({post.native_id for post in posts})
    assert {post.native_id for post in posts} == shown
    assert len(pages) <= 4
    assert sum(post.kind == "post" for post in posts) >= 38
    assert 230 <= sum(post.kind == "comment" for post in posts) <= 280
    assert sum(isinstance(o, Skipped) and o.rule == "advertisement" for o in outcomes(pages)) == 1
    assert {post.author_kind for post in posts} == {"bot", "unknown"}
    assert any(post.author_id is None and not post.removed_at for post in posts)
    assert any(len(post.media) == 3 for post in posts)
    assert any(post.parent_id == "t3_1nthm4" for post in posts)
    assert all(post.title and post.url for post in posts)
    assert set().union(*(reddit.unknown_fields(page) for page in pages)) == set()


def test_whole_threads_with_more_deeper_and_removed_ones(
    site: Site, community: Community, client: Client
) -> None:
    threads = [submission.id for submission in community.submissions]
    pages, end = read(client, site, threads=threads)
    posts = [o for o in outcomes(pages) if isinstance(o, Post)]
    assert end == "complete"
    assert {post.native_id for post in posts} == set(community.remarks)
    asked = {target.partition("?")[0].removeprefix("/reddit/") for target in site.asked}
    assert "api/morechildren" in asked
    assert any("/_/" in path for path in asked)
    removed = {post.native_id for post in posts if post.removed_at}
    assert removed == {name for name, remark in community.remarks.items() if remark.removed}
    assert len(removed) >= 2


def test_a_search_and_what_is_deleted_afterwards(
    site: Site, community: Community, client: Client
) -> None:
    pages, end = read(client, site, communities=["aberwennol"], query="cockle OR llyfrgell")
    posts = {o.native_id: o for o in outcomes(pages) if isinstance(o, Post)}
    assert end == "complete"
    assert 6 <= sum(post.kind == "post" for post in posts.values()) < 20
    assert sum(post.kind == "comment" for post in posts.values()) > 60
    here = {name: each for name, each in community.remarks.items() if not each.removed}
    submission = next(name for name in posts if name.startswith("t3_") and name in here)
    leaf = next(
        name for name, each in here.items()
        if isinstance(each, Comment) and not each.replies and each.submission.name != submission
    )  # fmt: skip
    stays = next(name for name in here if name not in (submission, leaf))
    community.delete(submission, by="author")
    community.delete(leaf)
    source = Source.model_validate(
        {"platform": "reddit", "url": f"{site.base}/reddit", "purpose": "test"}
    )
    wanted = [(name, None) for name in (submission, leaf, stays)]
    assert dict(reddit.recheck(client, source, wanted)) == {
        submission: "gone", leaf: "gone", stays: "there",
    }  # fmt: skip


FLAIRS = "flair:Roads OR flair:Council OR flair:Question OR flair:Cymraeg OR flair:Town"


def test_by_flair_threads_come_whole_with_what_was_taken_away(
    site: Site, community: Community, client: Client
) -> None:
    pages, end = read(client, site, communities=["Aberwennol"], query=FLAIRS)
    posts = {o.native_id: o for o in outcomes(pages) if isinstance(o, Post)}
    wanted = [s for s in community.submissions if s.flair != "Picture" and not s.removed]
    assert end == "complete"
    assert posts.keys() == {each.name for s in wanted for each in (s, *s.comments)}
    reasons = {post.removal_reason for post in posts.values() if post.removed_at}
    assert "removed by a moderator" in reasons
    stands = [post for post in posts.values() if not post.removed_at]
    assert {post.kind for post in stands if post.author_id is None} == {"post", "comment"}


@pytest.mark.parametrize(
    ("name", "said"), [("Aberwennol_mods", "is private"), ("NowhereAtAll", "is not there")]
)
def test_what_is_not_open(
    site: Site, community: Community, client: Client, name: str, said: str
) -> None:
    with pytest.raises(StopSource, match=said):
        read(client, site, communities=[name])


def test_a_later_day_of_a_week_only_adds() -> None:
    earlier, later = talk(TODAY - timedelta(days=4)).remarks, talk(TODAY).remarks
    assert set(earlier) < set(later)
    assert all(later[name].text == remark.text for name, remark in earlier.items())
    assert not set(later) & set(talk(TODAY + timedelta(weeks=1)).remarks)
