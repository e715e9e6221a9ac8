"""Asking X through tweepy: what for, what it may cost, and what X's refusals mean."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, NamedTuple

from connectors.answers import Answer, Judged
from connectors.decoding import decoded
from connectors.http import Client
from connectors.parts.x.fields import first_of, identity, objects, text
from contract.charter import Source
from contract.errors import GoodguestError, RetryLater, StopSource

if TYPE_CHECKING:
    import tweepy

    from connectors.sessions import Through

_BUILT_IN = "https://api.twitter.com"


class Cost(NamedTuple):
    """What X may charge for: posts, and how many posts cost as much as all of it.

    By https://docs.x.com/x-api/getting-started/pricing an account that comes with posts costs as
    two of them, a picture as one. Asking for the same again on the same day (UTC) costs nothing.
    """

    posts: int
    worth: int

    def times(self, number: int) -> "Cost":
        """Return what so many of it cost."""
        return Cost(self.posts * number, self.worth * number)


NOTHING, A_POST, AN_ACCOUNT = Cost(0, 0), Cost(1, 1), Cost(0, 2)
A_POST_WITH_ALL = Cost(3, 3 * 1 + 3 * 2 + 4 * 1)
"""It comes with the one it answers, the one it quotes or shares, their authors and its pictures."""

# tweepy asks by the names of before July 2026, which X still takes.
FIELDS: dict[str, list[str]] = {
    "tweet_fields": [
        "attachments", "author_id", "community_id", "conversation_id", "created_at",
        "edit_history_tweet_ids", "entities", "geo", "id", "in_reply_to_user_id", "lang",
        "note_tweet", "public_metrics", "referenced_tweets", "text", "withheld",
    ],
    # Of people only what tells an organisation, and whether the account is withheld.
    "user_fields": ["id", "name", "username", "verified_type", "withheld"],
    "place_fields": ["country_code", "full_name", "id", "name", "place_type"],
    "media_fields": ["alt_text", "media_key", "preview_image_url", "type", "url", "variants"],
    "expansions": [
        "author_id", "geo.place_id", "attachments.media_keys", "referenced_tweets.id",
        "referenced_tweets.id.author_id",
    ],
}  # fmt: skip

_CAP = (
    "the cap of posts of X's own plan is used up; asking again does not help before its period "
    "ends or the plan is changed in the developer console"
)
_OF_STATUS = {
    401: "X does not take the bearer token: make a new one in the developer console and put it "
    "into the source's connection",
    402: "X's account has no credits left: buy some in the developer console, or wait",
    403: "X does not allow this: the plan, the declared use or the kind of key does not cover it",
}
_OF_REASON = {
    "client-not-enrolled": "the key's App belongs to no project or plan: attach it to one in the "
    "developer console",
    "unsupported-authentication": "X wants another kind of key than a bearer token for this",
}


class Talk(NamedTuple):
    """Both ends of the line: tweepy, which asks, and the session that holds the raw answers.

    `refusals` has an entry for each answer to the latest question that brought no posts for sure.
    """

    api: "tweepy.Client"
    session: "Through"
    client: Client
    refusals: list[int]


def talk_to(client: Client, source: Source) -> Talk:
    """Return tweepy, with the manners of the client: it has none of its own.

    By itself it knows one host, waits for ever, tries once and logs its token at DEBUG.
    """
    # Loaded by who asks: what is landed is read without them.
    import tweepy
    from requests import Response

    from connectors.sessions import Through, hush

    refusals: list[int] = []

    def judge(answer: Answer) -> Judged | None:
        if answer.status >= 400:
            refusals.append(answer.status)
        return judged(answer)

    hush("tweepy.client")
    session = Through(client, moved={_BUILT_IN: str(source.url)}, judge=judge)
    api = tweepy.Client(bearer_token=client.credentials["bearer_token"], return_type=Response)
    api.session = session
    return Talk(api, session, client, refusals)


def asked(talk: Talk, at_most: Cost, ask: "Callable[[tweepy.Client], Any]") -> Answer:
    """Return X's answer: 200, or what tells that the question was wrong (400, 404 …).

    All it holds is counted against the budget, also what posts refer to: X charges for what it
    returns. Raises OutOfBudget when that could be more than is left.
    """
    from tweepy import HTTPException

    budget, before = talk.client.budget, talk.client.requests
    talk.refusals.clear()
    if at_most != NOTHING:
        budget.reserve(*at_most)
    try:
        ask(talk.api)
        brought = _cost_of(talk.session.last.body) if at_most.posts else at_most
    except HTTPException:
        brought = NOTHING
    except GoodguestError:
        # What never came, or not whole, may have been charged: what was set aside stays so.
        if at_most != NOTHING and len(talk.refusals) == talk.client.requests - before:
            budget.settle(*NOTHING)
        raise
    if at_most != NOTHING:
        budget.settle(*brought)
    return talk.session.last


def judged(answer: Answer) -> Judged | None:
    """Return what X's own words mean.

    https://docs.x.com/x-api/fundamentals/response-codes-and-errors
    """
    read = decoded(answer.body)
    if answer.status in (200, 201, 400, 404) and not isinstance(read, dict):
        return Judged(RetryLater, f"answered {answer.status} without JSON")
    if answer.status < 400 and answer.status not in (200, 201):
        return Judged(RetryLater, f"answered {answer.status}, which its API never does")
    kind = (text(read, "type") or "").rsplit("/", 1)[-1]
    if answer.status == 429:
        # The other 429 is over when the window is; its headers say when.
        is_cap = kind == "usage-capped" or text(read, "title") == "UsageCapExceeded"
        return Judged(StopSource, _CAP) if is_cap else None
    if answer.status not in _OF_STATUS:
        return None
    advice = _OF_REASON.get(text(read, "reason") or "") or _OF_REASON.get(kind)
    return Judged(StopSource, advice or _OF_STATUS[answer.status])


def _cost_of(body: bytes) -> Cost:
    """Return what X charges for the answer: each post once, the accounts and the pictures."""
    read = decoded(body)
    includes = first_of(read, "includes")
    found = objects(read, "data") + objects(includes, "tweets") + objects(includes, "posts")
    posts = len({id_ for post in found if (id_ := identity(post, "id"))})
    accounts, pictures = objects(includes, "users"), objects(includes, "media")
    return Cost(posts, posts + AN_ACCOUNT.worth * len(accounts) + len(pictures))
