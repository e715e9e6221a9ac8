"""Whether posts of a forum still stand, and what cannot be known."""

from forum import Make, Topic, open_forum, told
from loopback import Site, Told
from runs import ago, source

from connectors.discourse import recheck


def test_recheck_asks_once_a_topic_and_says_only_what_it_knows(site: Site, client: Make) -> None:
    long = Topic(11, posts=30, last=ago(hours=1))
    open_forum(site, long, Topic(12, 2, ago(hours=2)))
    here = [p for p in long.all_posts[:20] if p["post_number"] != 4]
    here[1] = {**here[1], "hidden": True}
    site.answers |= {
        "/t/11.json": told({**long.head, "post_stream": {"posts": here, "stream": []}}),
        "/posts/by_number/11/29.json": told({"errors": ["gone"]}, 404),
        "/posts/by_number/13/1.json": Told("not JSON"),
    }
    name = site.base.removeprefix("http://")
    asked = [(11, n) for n in (1, 2, 4, 28, 29)] + [(12, 2), (13, 1), (14, 1), (14, 2)]
    posts = [(f"{name}/t/{topic}/{number}", None) for topic, number in asked]
    found = dict(
        recheck(client(), source("discourse", site.base), [("other.example/t/1/1", None), *posts])
    )
    assert {key.split("/t/")[1]: verdict for key, verdict in found.items()} == {
        "11/1": "there", "11/2": "gone", "11/4": "gone", "11/28": "there", "11/29": "gone",
        "12/2": "there", "14/1": "gone", "14/2": "gone",
    }  # fmt: skip
    assert site.asked_but_robots == [
        "/t/11.json", "/posts/by_number/11/28.json", "/posts/by_number/11/29.json",
        "/posts/by_number/12/2.json", "/posts/by_number/13/1.json", "/posts/by_number/13/1.json",
        "/t/14.json",
    ]  # fmt: skip


def test_nothing_is_said_of_a_topic_that_was_merged_into_another(site: Site, client: Make) -> None:
    open_forum(site, Topic(11, posts=3, last=ago(hours=1)), Topic(12, posts=3, last=ago(hours=1)))
    site.answers["/t/12.json"] = Told(status=301, headers={"Location": "/t/11.json"})
    name = site.base.removeprefix("http://")
    posts = [(f"{name}/t/{topic}/{number}", None) for topic in (11, 12) for number in (1, 2)]
    found = dict(recheck(client(), source("discourse", site.base), posts))
    assert found == {f"{name}/t/11/1": "there", f"{name}/t/11/2": "there"}
