"""A page of X: a search's answer, with its posts, their authors and their pictures.

https://docs.x.com/x-api/posts/search-all-posts
"""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from bench.sayings import Saying, moment

ASKED: Final = "https://api.x.com/2/tweets/search/all"
_EPOCH: Final = datetime(2010, 11, 4, 1, 42, 54, 657000, tzinfo=UTC)
_EDITED_AFTER: Final = timedelta(minutes=10)
_SUBJECTS: Final = tuple(
    {
        "domain": {
            "id": str(30 + number),
            "name": f"Unified Twitter Taxonomy {number}",
            "description": "A taxonomy of user interests, invented for a measurement.",
        },
        "entity": {
            "id": str(10**18 + 7919 * number),
            "name": f"Town life {number}",
            "description": "Roads, parks, schools and all that people share.",
        },
    }
    for number in range(40)
)


def native_id(number: int, posts: int, later: timedelta = timedelta()) -> str:
    """Return the id of a post by its number among so many: its upper bits are its time."""
    since = moment(number, posts) + later - _EPOCH
    return str((since // timedelta(milliseconds=1) << 22) | (number & 0x3FFFFF))


def page(said: Sequence[Saying], posts: int) -> dict[str, Any]:
    """Return a page of the search, the newest post first."""
    tweets = [_tweet(saying, posts) for saying in reversed(said)]
    authors = dict.fromkeys(saying.author for saying in said)
    media = [_medium(saying) for saying in said if _has_medium(saying)]
    return {
        "data": tweets,
        "includes": {"users": [_user(author) for author in authors], "media": media},
        "meta": {
            "newest_id": tweets[0]["id"], "oldest_id": tweets[-1]["id"],
            "result_count": len(tweets), "next_token": f"b26v89c19zqg8o3f{said[0].number:032}",
        },
    }  # fmt: skip


def _tweet(said: Saying, posts: int) -> dict[str, Any]:
    own = first = native_id(said.number, posts)
    history, at = [first], said.created_at
    if said.version:
        own, at = native_id(said.number, posts, _EDITED_AFTER), at + _EDITED_AFTER
        history = [first, own]
    text, entities = _written(said)
    luck = said.number * 7919 + said.version
    tweet: dict[str, Any] = {
        "id": own,
        "text": text,
        "author_id": _account(said.author),
        "conversation_id": first if said.answers is None else native_id(said.answers, posts),
        "created_at": f"{at:%Y-%m-%dT%H:%M:%S}.{at.microsecond // 1000:03}Z",
        "edit_history_tweet_ids": history,
        "edit_controls": {
            "edits_remaining": 6 - len(history), "is_edit_eligible": said.answers is None,
            "editable_until": f"{said.created_at + timedelta(hours=1):%Y-%m-%dT%H:%M:%S}.000Z",
        },
        "lang": said.lang,
        "possibly_sensitive": False,
        "reply_settings": "everyone",
        "public_metrics": {
            "retweet_count": luck % 5, "reply_count": luck % 3, "like_count": luck % 41,
            "quote_count": luck % 2, "bookmark_count": luck % 4, "impression_count": luck % 4_000,
        },
        "entities": entities,
        "context_annotations": [_SUBJECTS[(luck + place) % 40] for place in range(luck % 7)],
    }  # fmt: skip
    if said.answers is not None:
        other = native_id(said.answers, posts)
        tweet["referenced_tweets"] = [{"type": "replied_to", "id": other}]
        tweet["in_reply_to_user_id"] = _account(said.answers % 1_000 + 1)
    if _has_medium(said):
        tweet["attachments"] = {"media_keys": [_medium_key(said)]}
    return tweet


def _written(said: Saying) -> tuple[str, dict[str, Any]]:
    """Return the text as X writes it, and what stands where in it."""
    entities: dict[str, Any] = {}
    text = ""
    if said.mention is not None:
        name = f"invented_writer_{said.mention}"
        entities["mentions"] = [
            {"start": 0, "end": len(name) + 1, "username": name, "id": _account(said.mention)}
        ]
        text = f"@{name} "
    text += said.words
    if said.tags:
        entities["hashtags"] = []
    for tag in said.tags:
        entities["hashtags"].append({"start": len(text) + 1, "end": len(text) + 2 + len(tag),
                                     "tag": tag})  # fmt: skip
        text += f" #{tag}"
    if said.url:
        short = f"https://t.co/In{said.number:08}"
        entities["urls"] = [
            {
                "start": len(text) + 1, "end": len(text) + 1 + len(short), "url": short,
                "expanded_url": said.url, "display_url": f"{said.url[8:34]}…",
                "images": [{"url": f"https://pbs.twimg.com/news_img/{said.number}/0?name=orig",
                            "width": 1200, "height": 630}],
                "status": 200, "title": "What a page says of itself, which is not much",
                "description": "A sentence or two that somebody wrote below the headline.",
                "unwound_url": said.url,
            }
        ]  # fmt: skip
        text += f" {short}"
    entities["annotations"] = [
        {"start": 0, "end": 5, "probability": 0.4127, "type": "Place", "normalized_text": "Town"}
    ]
    return text, entities


def _user(author: int) -> dict[str, Any]:
    return {
        "id": _account(author),
        "name": f"Invented Writer {author}",
        "username": f"invented_writer_{author}",
        "created_at": "2015-03-01T10:00:00.000Z",
        "description": "Nobody at all, who writes of the town and never was there. Views my own.",
        "location": "An invented town",
        "profile_image_url": f"https://pbs.twimg.com/profile_images/{author}/none_normal.jpg",
        "protected": False,
        "verified": author % 9 == 0,
        "verified_type": "business" if author % 90 == 0 else "none",
        "url": "",
        "public_metrics": {
            "followers_count": author % 5_000, "following_count": author % 700,
            "tweet_count": author % 20_000, "listed_count": author % 40,
            "like_count": author % 3_000, "media_count": author % 200,
        },
    }  # fmt: skip


def _account(author: int) -> str:
    return str(10**18 + author * 104_729)


def _has_medium(said: Saying) -> bool:
    return said.number % 5 == 1


def _medium_key(said: Saying) -> str:
    return f"3_{10**18 + said.number}"


def _medium(said: Saying) -> dict[str, Any]:
    return {
        "media_key": _medium_key(said), "type": "photo", "width": 1536, "height": 2048,
        "url": f"https://pbs.twimg.com/media/Invented{said.number}.jpg",
        "alt_text": "A street of the town, seen from a window",
    }  # fmt: skip
