"""The town is the same every time, as large as promised, and has the stories it should have."""

import re
import time
from collections import Counter
from datetime import UTC, date, datetime, timedelta
from datetime import time as clock

import phonenumbers
import pytest
from sample_site import TODAY

from samples.phrases import read_texts
from samples.town import Town, build_town

STORIES = {
    "crossing": r"crossing|zebra|croesfan|groesfan|przejści|переход",
    "library": r"\blibrary\b|llyfrgell|bibliote",
    "care home": r"Heron House",
    "underpass": r"\bEel\b|underpass|tanlwybr",
    "toilets": r"toilet|\bloos?\b|toalet",
}
FADING = {"bins": r"\bbins?\b|recycl|\bcaddy\b", "roadworks": r"Bridge Road|temporary lights"}


def rows(town: Town) -> list[tuple[object, ...]]:
    posts = [(p.id, p.number, p.created_at, p.raw, p.version) for p in town.posts.values()]
    items = [(i.native_id, i.title, i.html) for i in (*town.articles, *town.comments, *town.news)]
    return [*posts, *items]


def a_week(town: Town, pattern: str) -> list[int]:
    """Return how many forum posts of each of the eight complete weeks match."""
    first = TODAY - timedelta(days=TODAY.weekday(), weeks=8)
    weeks = Counter(
        (p.created_at.date() - first).days // 7
        for p in town.posts.values()
        if re.search(pattern, f"{town.topics[p.topic_id].title} {p.raw}", re.IGNORECASE)
    )
    return [weeks[w] for w in range(8)]


def test_same_day_same_town(town: Town) -> None:
    assert rows(build_town(TODAY)) == rows(town)


def test_a_later_day_of_the_week_only_adds(town: Town) -> None:
    friday = build_town(TODAY - timedelta(days=2))
    written = {p.id: p.raw for p in friday.posts.values()}
    assert len(written) < len(town.posts)
    assert written.items() <= {p.id: p.raw for p in town.posts.values()}.items()


def test_another_week_has_other_ids(town: Town) -> None:
    later = build_town(TODAY + timedelta(weeks=1))
    assert not later.posts.keys() & town.posts.keys()
    assert not later.topics.keys() & town.topics.keys()
    ids = {i.native_id for i in (*town.articles, *town.comments)}
    assert not ids & {i.native_id for i in (*later.articles, *later.comments)}


@pytest.mark.parametrize("day", [TODAY, date(2026, 11, 16), date(2027, 1, 1), date(2028, 2, 29)])
def test_volumes_and_time(day: date) -> None:
    began = time.perf_counter()
    town = build_town(day)
    assert time.perf_counter() - began < 1.5
    end = datetime.combine(day, clock(), UTC)
    moments = [p.created_at for p in town.posts.values()] + [c.created_at for c in town.comments]
    assert max(moments) < end
    assert max(p.updated_at for p in town.posts.values()) < end
    assert min(moments) > end - timedelta(days=65)
    assert 1350 < len(town.posts) < 1900
    assert 110 < len(town.topics) < 145
    assert 40 <= len(town.articles) <= 50
    assert 220 < len(town.comments) < 400
    assert 45 < len(town.news) + len(town.notices) < 70
    assert 1 + sum(1 + (len(t.shown) - 1) // 20 for t in town.topics.values()) < 220


@pytest.mark.parametrize("pattern", STORIES.values(), ids=STORIES)
def test_stories_peak_in_the_last_complete_week(town: Town, pattern: str) -> None:
    weeks = a_week(town, pattern)
    assert weeks[7] == max(weeks)
    assert weeks[7] >= 1.4 * weeks[6]
    assert weeks[7] >= 2.5 * sum(weeks[:6]) / 6
    assert weeks[7] >= 25


@pytest.mark.parametrize("pattern", FADING.values(), ids=FADING)
def test_other_stories_fade(town: Town, pattern: str) -> None:
    weeks = a_week(town, pattern)
    assert weeks[7] < weeks[0] / 3


def test_many_people_tell_each_story(town: Town) -> None:
    for pattern in STORIES.values():
        since = datetime(2026, 11, 9, tzinfo=UTC)
        told = {
            p.author.id
            for p in town.posts.values()
            if since <= p.created_at and re.search(pattern, p.raw, re.IGNORECASE)
        }
        assert len(told) >= 15


def test_posts_are_not_copies_of_each_other_but_for_the_spam(town: Town) -> None:
    people = [p for p in town.posts.values() if p.author.role == "resident"]
    texts = Counter(p.raw for p in people if not p.is_deleted_by_author)
    long = {text: n for text, n in texts.items() if n > 1 and len(text) > 60}
    assert not long
    spam = Counter(p.raw for p in town.posts.values() if p.author.role == "spammer")
    assert max(spam.values()) >= 7


def test_the_press_release_stands_in_all_three_places(town: Town) -> None:
    begins = "Aberwennol Town Council press release: Heavy rain"
    assert any(p.raw.startswith(begins) for p in town.posts.values())
    assert any(begins in a.html for a in town.articles)
    assert any(begins in n.html for n in town.news)


def test_everything_that_happens_on_a_real_forum_happens(town: Town) -> None:
    posts = list(town.posts.values())
    everything = "\n".join(p.cooked for p in posts)
    for markup in ('class="quote', 'class="onebox', 'class="emoji"', 'class="mention"', "utm_"):
        assert markup in everything
    assert any(p.is_hidden for p in posts)
    assert any(p.is_deleted_by_author for p in posts)
    assert any(p.version > 1 for p in posts)
    assert any(p.author.name == "" for p in posts)
    assert any(p.author.name is None for p in posts)
    assert {p.kind for p in posts} == {"regular", "moderator", "small action"}
    assert {"closed.enabled", "pinned.enabled"} <= {p.action for p in posts}
    assert {p.lang for p in posts} == {"en", "cy", "pl", "de", "uk", "ar"}
    gaps = [t for t in town.topics.values() if len(t.shown) < t.shown[-1].number]
    assert len(gaps) > 10


def test_every_slot_and_choice_is_filled(town: Town) -> None:
    texts = [p.raw for p in town.posts.values()]
    texts += [i.html for i in (*town.articles, *town.comments, *town.news, *town.notices)]
    assert not [t for t in texts if re.search(r"\{\w+\}|\[[^\]]*\|[^\]]*\]", t)]


def test_nobody_real_is_in_it() -> None:
    """Addresses are of reserved domains, numbers of the range kept for fiction (029 2018 0xxx)."""
    texts = str(read_texts())
    hosts = set(re.findall(r"https?://([^/\s'\")\]?]+)", texts))
    mails = set(re.findall(r"[\w.]+@([\w-]+(?:\.[\w-]+)+)", texts))
    assert hosts
    assert mails
    assert all(host.endswith(".example") for host in hosts | mails)
    numbers = [m.number for m in phonenumbers.PhoneNumberMatcher(texts, "GB")]
    assert len(numbers) >= 3
    assert all(re.fullmatch(r"2920180\d{3}", str(n.national_number)) for n in numbers)


def test_changes_of_the_town() -> None:
    town = build_town(TODAY)
    topic = max(town.topics.values(), key=lambda t: len(t.shown))
    first, second, third = topic.shown[0], topic.shown[1], topic.shown[2]
    town.delete_post(second.id)
    assert second.id not in town.posts
    assert second not in topic.shown
    town.delete_post(third.id, by_author=True)
    assert third.cooked == "<p>(post deleted by author)</p>"
    town.delete_post(first.id)
    assert topic.id not in town.topics
    assert third.id not in town.posts
