"""What asks for one account, in each platform's own words: found, and what looks like it is not."""

import pytest

from connectors.persons import asked_in_address, asked_in_words

WORDS = {
    "x": ("from:jane", "lamp FROM:jane", "from :jane", "from：jane", "＠jane", "@jane", "to:jane",
          "retweets_of:jane", "list:1234", "lamp (fr\u200bom:jane)", "-(-from:jane)",
          'a "b" from:jane "c"', 'x \\" from:jane \\" y', "from\n:jane", "url:x.com/jane",
          'from:"jane"', '"@jane"', 'url:"x.com/jane"'),
    "bluesky": ("from:jane.bsky.social", "mentions:jane.bsky.social", "to:me", "did:plc:abcd2345"),
    "reddit": ("author:jane", "AUTHOR_fullname:t2_1", "user:jane", "u/jane", "/user/jane",
               "url:reddit.com/u/jane", "u_jane", 'site:"reddit.com/u/jane"', '"u_jane"'),
    "discourse": ("@jane", "lamp @jane", "user:jane", "assigned:jane", '"the lamp @jane broke"'),
    "flickr": ("by:jane", "owner=jane", "12037949754@N01", "flickr:user=jane", "foaf:person=jane",
               '"@jane"', '"owner=jane"'),
}  # fmt: skip
PLAIN = {
    "x": ('pothole -from:somebot "from: the council"', "mail a@town.example", "url:town.example",
          "place:town lang:en", "url:lax.com", "away from home"),
    "bluesky": ("potholes lang:en", "domain:town.example", "road to: nowhere"),
    "reddit": ("flair:roads", "subreddit:town", "title:lamp", "menu/lunch"),
    "discourse": ("lamp #roads tags:quay", "users of the road", '"lamp" "@"'),
    "flickr": ("bridge", "geo:lat=51", "photo taken by night"),
}  # fmt: skip
ADDRESSES = (
    "/@ida.rss", "/@ida/feed", "/%40ida.atom", "/＠ida.rss", "//@ida.rss", "/users/ida.atom",
    "/users/ida/outbox", "/users/ida/activity.json", "/u/ida/activity.rss", "/u/ida.rss",
    "/U/Ida.RSS", "/%75ser/ida/.rss", "/%2575ser/ida/.rss", "/feeds/u/ida.xml",
    "/user/ida/topics.rss",
    "/user/1/track/feed", "/posts.rss?username=ida", "/user_actions.json?offset=0&username=ida",
    "/topics/created-by/ida.rss", "/search.rss?q=%40ida", "/search.rss?q=author%3Aida",
    "/r/Town/search.rss?q=lamp+author:ida", "/r/u_ida/.rss", "/author/ida/feed", "/author/ida",
    "/?author=3&feed=rss2", "/feed/?author=3", "/?author_name=ida",
    "/wp-json/wp/v2/posts?author[]=3",
    "/members/ida/activity/feed/", "/profile/ida.bsky.social/rss", "/api/v1/accounts/1/statuses",
    "/feeds/videos.xml?channel_id=UC1", "/feeds/videos.xml?user=ida",
    "/feeds/videos.xml?accountName=ida", "/search.php?author=ida&sr=posts",
    "/index.php?action=.xml;sa=recent;u=5", "/~ida/feed.xml",
    "https://www.flickr.com/services/feeds/photos_public.gne?format=rss&id=1@N01",
    "https://api.flickr.com/services/feeds/photos_faves.gne?nsid=1@N01",
    "https://www.flickr.com/photos/ida", "https://github.com/ida.atom", "/submitted?id=ida",
    "https://medium.com/feed/@ida",
)  # fmt: skip
PLACES = (
    "/feed", "/index.xml", "/roads.xml?page=1", "/tags/lamps.rss", "/category/quay/feed",
    "/?feed=rss2&cat=3", "/comments/feed/", "/c/roads/5.rss", "/latest.rss", "/posts.rss",
    "/r/Town/.rss", "/r/Town/search.rss?q=street+lamp", "/user-guide/news.xml", "/authors.xml",
    "/feeds/videos.xml?playlist_id=PLabc", "/people/feed", "/members.rss",
    "/g/volunteers/posts.rss",
    "https://www.flickr.com/services/feeds/photos_public.gne?tags=bridge",
    "https://www.flickr.com/services/feeds/groups_pool.gne?id=1@N21",
    "/t/lamps-out/12.rss", "/feeds/all.atom.xml", "/news?contact=a@town.example", "/feed?author=",
)  # fmt: skip


@pytest.mark.parametrize(("platform", "words"), [(p, w) for p, some in WORDS.items() for w in some])
def test_a_search_that_asks_for_one_account_is_seen(platform: str, words: str) -> None:
    assert asked_in_words(platform, words)


@pytest.mark.parametrize(("platform", "words"), [(p, w) for p, some in PLAIN.items() for w in some])
def test_a_search_for_words_is_one(platform: str, words: str) -> None:
    assert asked_in_words(platform, words) == []


@pytest.mark.parametrize("address", ADDRESSES)
def test_an_address_that_follows_one_account_is_seen(address: str) -> None:
    whole = address if "://" in address else f"https://town.example{address}"
    assert asked_in_address(whole)


@pytest.mark.parametrize("address", PLACES)
def test_an_address_of_a_place_or_a_topic_is_one(address: str) -> None:
    whole = address if "://" in address else f"https://town.example{address}"
    assert asked_in_address(whole) is None
