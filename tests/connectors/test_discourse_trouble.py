"""What a run does when a forum refuses, fails or answers nonsense."""

from datetime import timedelta

import pytest
from forum import Make, Topic, numbers, open_forum, told
from loopback import Site, Time, Told
from runs import ago, fetching, outcomes, source, state_after, whole

from contract.errors import RateLimited, RetryLater, StopSource
from contract.post import Skipped

HTML = Told("<!DOCTYPE html><title>Just a moment</title>")
CUT = Told('{"post_stream": {"po')
BROKEN = pytest.mark.parametrize("broken", [HTML, CUT, told({"hello": 1})], ids=str)


@pytest.mark.parametrize(
    ("answer", "rule"),
    [
        (told({"errors": ["gone"]}, 404), "gone"),
        (told({"errors": ["gone"]}, 410), "gone"),
        (told({"errors": ["no"], "error_type": "invalid_access"}, 403), "gone"),
        (Told("You may not.", 403, {"X-Discourse-Route": "topics/show"}), "gone"),
    ],
)
def test_a_topic_that_is_gone_is_landed_as_such(
    site: Site, client: Make, answer: Told, rule: str
) -> None:
    open_forum(site, Topic(11, 2, ago(hours=1)), Topic(12, 2, ago(hours=2)))
    site.answers["/t/11.json"] = answer
    pages, end = whole(fetching(client(), source("discourse", site.base, categories=["roads"])))
    assert end == "complete"
    assert outcomes(pages)[0] == Skipped(rule=rule)
    assert numbers(pages[1:]) == {12: [1, 2]}


def test_a_topic_that_leads_to_no_address_is_left_out(site: Site, client: Make) -> None:
    open_forum(site, Topic(11, 2, ago(hours=1)), Topic(12, 2, ago(hours=2)))
    site.answers["/t/11.json"] = Told(status=302, headers={"Location": "http://[login"})
    pages, end = whole(fetching(client(), source("discourse", site.base, categories=["roads"])))
    assert (numbers(pages), end) == ({12: [1, 2]}, "pages left out")


def test_a_topic_that_comes_in_the_shape_of_another_page_is_landed(
    site: Site, client: Make
) -> None:
    topic = Topic(11, 2, ago(hours=1))
    open_forum(site, topic)
    site.answers["/t/11.json"] = told({"latest_posts": topic.all_posts})
    pages, end = whole(fetching(client(), source("discourse", site.base, categories=["roads"])))
    assert (numbers(pages), end) == ({11: [1, 2]}, "complete")


def test_a_forum_that_refuses_us_is_not_asked_on(site: Site, client: Make) -> None:
    open_forum(site, Topic(11, 2, ago(hours=1)), Topic(12, 2, ago(hours=2)))
    site.answers["/t/11.json"] = Told("<html>blocked", 403)
    with pytest.raises(StopSource, match="answered 403"):
        whole(fetching(client(), source("discourse", site.base, categories=["roads"])))
    assert "/t/12.json" not in site.asked


def two(site: Site) -> None:
    open_forum(site, Topic(11, 2, ago(hours=1)), Topic(12, 2, ago(hours=2)))


@BROKEN
def test_a_topic_that_is_never_right_is_left_out_and_asked_for_the_next_time(
    site: Site, client: Make, broken: Told
) -> None:
    two(site)
    right = site.answers["/t/11.json"]
    site.answers["/t/11.json"] = broken
    forum = source("discourse", site.base, categories=["roads"])
    pages, end = whole(fetching(client(), forum))
    assert (numbers(pages), end) == ({12: [1, 2]}, "pages left out")
    # Twice when it is met, twice when all else is read.
    assert site.asked.count("/t/11.json") == 4
    site.answers["/t/11.json"] = right
    pages, end = whole(fetching(client(), forum, state_after(pages)))
    assert (numbers(pages), end) == ({11: [1, 2]}, "complete")


@BROKEN
def test_a_topic_that_is_right_the_second_time_is_read(
    site: Site, client: Make, broken: Told
) -> None:
    two(site)
    right = site.answers["/t/11.json"]
    site.answers["/t/11.json"] = [broken, right]  # type: ignore[list-item]
    pages, end = whole(fetching(client(), source("discourse", site.base, categories=["roads"])))
    assert (numbers(pages), end) == ({11: [1, 2], 12: [1, 2]}, "complete")


def test_a_topic_that_fails_holds_up_no_other_and_not_for_ever(
    site: Site, client: Make, time: Time
) -> None:
    two(site)
    site.answers["/t/11.json"] = Told(status=500)
    run = fetching(client(), source("discourse", site.base, categories=["roads"]))
    landed = [next(run)]
    assert numbers(landed) == {12: [1, 2]}
    with pytest.raises(RetryLater):
        next(run)
    time.now += timedelta(hours=7)
    forum = source("discourse", site.base, categories=["roads"])
    pages, end = whole(fetching(client(), forum, landed[-1].cursor))
    assert (pages, end) == ([], "pages left out")


def test_a_forum_that_is_down_is_not_asked_for_all_its_topics(site: Site, client: Make) -> None:
    topics = [Topic(10 + n, 1, ago(hours=n)) for n in range(1, 10)]
    open_forum(site, *topics)
    site.answers |= {f"/t/{topic.id}.json": Told(status=503) for topic in topics}
    with pytest.raises(RetryLater):
        whole(fetching(client(), source("discourse", site.base, categories=["roads"])))
    assert len({target for target in site.asked if target.startswith("/t/")}) == 5


def test_maintenance_is_waited_for(site: Site, client: Make) -> None:
    two(site)
    read_only = {"errors": ["The site is in read only mode."], "error_type": "read_only"}
    site.answers["/c/roads/5/l/latest.json"] = told(read_only, 503)
    with pytest.raises(RetryLater, match="answered 503"):
        whole(fetching(client(), source("discourse", site.base, categories=["roads"])))


def limit(seconds: float) -> Told:
    extras = {"wait_seconds": seconds, "time_left": f"{seconds} seconds"}
    said = {"errors": ["Too often."], "error_type": "rate_limit", "extras": extras}
    return told(said, 429)


def test_a_limit_said_in_the_body_alone_is_kept(site: Site, client: Make, time: Time) -> None:
    two(site)
    right = site.answers["/t/11.json"]
    site.answers["/t/11.json"] = [limit(41), right]  # type: ignore[list-item]
    pages, _ = whole(fetching(client(), source("discourse", site.base, categories=["roads"])))
    assert numbers(pages) == {11: [1, 2], 12: [1, 2]}
    assert max(time.slept) == pytest.approx(41)
    site.answers["/t/11.json"] = limit(3600)
    with pytest.raises(RateLimited) as limited:
        whole(fetching(client(), source("discourse", site.base, categories=["roads"])))
    assert limited.value.at >= time.now + timedelta(minutes=59)


@pytest.mark.parametrize(
    "answer",
    [
        Told(status=302, headers={"Location": "/login"}),
        Told(status=302, headers={"Location": "/session/sso?return_path=%2F"}),
        told({"errors": ["Log in."], "error_type": "not_logged_in"}, 403),
    ],
)
@pytest.mark.parametrize("path", ["/c/roads/5/l/latest.json", "/t/11.json", "/posts.json"])
def test_a_forum_for_members_is_left_alone(
    site: Site, client: Make, answer: Told, path: str
) -> None:
    two(site)
    site.answers[path] = answer
    select = {} if path == "/posts.json" else {"categories": ["roads"]}
    with pytest.raises(StopSource, match="members only; ask its owner"):
        whole(fetching(client(), source("discourse", site.base, **select)))
    assert "/login" not in site.asked


def test_a_topic_with_a_new_name_or_home_is_followed(site: Site, client: Make) -> None:
    open_forum(site, Topic(11, 25, ago(hours=1), hours_apart=0.1), Topic(12, 2, ago(hours=2)))
    site.answers["/t/12.json"] = Told(status=301, headers={"Location": "/t/new-name/12.json"})
    site.answers["/t/new-name/12.json"] = Told(status=301, headers={"Location": "/t/11.json"})
    pages, end = whole(fetching(client(), source("discourse", site.base, tags=["lamps"])))
    site.answers["/tag/lamps.json"] = told({"topic_list": {"topics": [Topic(12, 2, ago()).head]}})
    pages, end = whole(fetching(client(), source("discourse", site.base, tags=["lamps"])))
    assert (numbers(pages), end) == ({11: list(range(1, 26))}, "complete")


def test_redirects_in_a_circle_leave_the_topic_out(site: Site, client: Make) -> None:
    two(site)
    site.answers["/t/11.json"] = Told(status=302, headers={"Location": "/t/x/11.json"})
    site.answers["/t/x/11.json"] = Told(status=302, headers={"Location": "/t/11.json"})
    pages, end = whole(fetching(client(), source("discourse", site.base, categories=["roads"])))
    assert (numbers(pages), end) == ({12: [1, 2]}, "pages left out")


def test_what_robots_excludes_is_left_out_and_told(site: Site, client: Make) -> None:
    open_forum(site, Topic(11, 2, ago(hours=1)), Topic(12, 2, ago(hours=2)))
    site.answers["/robots.txt"] = Told("User-agent: *\nDisallow: /t/11.json")
    pages, end = whole(fetching(client(), source("discourse", site.base, categories=["roads"])))
    assert (numbers(pages), end) == ({12: [1, 2]}, "pages left out")


def test_a_latest_page_that_is_never_right_is_stepped_over(
    site: Site, client: Make, time: Time
) -> None:
    open_forum(site, Topic(11, posts=90, last=ago(hours=1), hours_apart=0.1))
    answer = site.answers["/posts.json"]
    site.answers["/posts.json"] = lambda query: (
        HTML if query.get("before") == ["1180"] else answer(query)  # type: ignore[operator]
    )
    forum = source("discourse", site.base)
    run = fetching(client(), forum)
    landed = [next(run)]
    with pytest.raises(RetryLater):
        next(run)
    time.now += timedelta(hours=7)
    pages, end = whole(fetching(client(), forum, landed[-1].cursor))
    assert end == "pages left out"
    assert numbers(landed + pages)[11] == [*range(1, 31), *range(81, 91)]


def test_what_is_not_there_any_more_is_no_failure_of_the_rest(site: Site, client: Make) -> None:
    topic = Topic(11, posts=45, last=ago(hours=1), hours_apart=0.1)
    open_forum(site, topic)
    site.answers["/t/11/posts.json"] = told({"errors": ["gone"]}, 404)
    pages, end = whole(fetching(client(), source("discourse", site.base, categories=["roads"])))
    assert end == "complete"
    assert outcomes(pages)[20:] == [Skipped(rule="gone")]
