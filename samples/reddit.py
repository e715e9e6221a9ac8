"""r/Aberwennol on the wire: Reddit's API for one community, below /reddit.

Its application's id is "sample-client" and its secret "sample-secret".
"""

import base64
import binascii
import html
import json
from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs

from samples.asking import HTML, JSON, Answer, Asked, Route
from samples.parts.reddit import wire
from samples.parts.reddit.talk import Comment, Community, Remark, Submission, path_of

CLIENT, SECRET = "sample-client", "sample-secret"
_SPANS = {"hour": 1 / 24, "day": 1, "week": 7, "month": 30, "year": 365, "all": 36500}
_PER_WINDOW = 600


def _answer(asked: Asked, body: Any, status: int = 200, **headers: str) -> Answer:
    community = asked.town.reddit
    community.asked += 1
    used = community.asked % (_PER_WINDOW // 2)
    limits = {
        "x-ratelimit-used": str(used),
        "x-ratelimit-remaining": f"{_PER_WINDOW - used:.1f}",
        "x-ratelimit-reset": "431",
    }
    encoded = json.dumps(body, ensure_ascii=False).encode()
    return Answer(status, JSON, encoded, headers={**limits, **headers})


def _error(asked: Asked, status: int, message: str, **more: Any) -> Answer:
    return _answer(asked, {**more, "message": message, "error": status}, status)


def _token_of(community: Community) -> str:
    return f"sample-token-{community.today}"


def _token(asked: Asked) -> Answer:
    """Give a token to the application that says who it is."""
    scheme, _, sent = asked.headers.get("authorization", "").partition(" ")
    try:
        login = base64.b64decode(sent, validate=True).decode()
    except (binascii.Error, UnicodeDecodeError):
        login = ""
    if asked.method != "POST" or scheme.lower() != "basic" or login != f"{CLIENT}:{SECRET}":
        return _error(asked, 401, "Unauthorized")
    if parse_qs(asked.body.decode("utf-8", "replace")).get("grant_type") != ["client_credentials"]:
        return _answer(asked, {"error": "unsupported_grant_type"})
    token = _token_of(asked.town.reddit)
    return _answer(
        asked,
        {"access_token": token, "token_type": "bearer", "expires_in": 86400, "scope": "*"},
    )


def _with_token(route: Callable[[Asked, Community], Answer]) -> Callable[[Asked], Answer]:
    """Return the route for those only who show a token."""

    def checked(asked: Asked) -> Answer:
        community = asked.town.reddit
        shown = asked.headers.get("authorization", "").lower()
        if shown != f"bearer {_token_of(community)}".lower():
            said = 'Bearer realm="reddit", error="invalid_token"'
            body = {"message": "Unauthorized", "error": 401}
            return _answer(asked, body, 401, **{"www-authenticate": said})
        return route(asked, community)

    return checked


def _in_community(route: Callable[[Asked, Community], Answer]) -> Callable[[Asked], Answer]:
    """Return the route for the one community there is: another is private, the rest is not."""

    def checked(asked: Asked, community: Community) -> Answer:
        name = asked.parts[0].lower()
        if name == f"{community.name}_mods".lower():
            return _error(asked, 403, "Forbidden", reason="private")
        if name != community.name.lower():
            return _error(asked, 404, "Not Found")
        return route(asked, community)

    return _with_token(checked)


def _page(asked: Asked, ordered: Sequence[Submission | Comment]) -> tuple[list[Any], str | None]:
    """Return the things of the page asked for, and the name to ask behind.

    Behind an item that is not in the list any more the list begins anew, as Reddit's do.
    """
    names = [remark.name for remark in ordered]
    after = asked.query.get("after", [""])[0]
    start = names.index(after) + 1 if after in names else 0
    end = start + max(1, min(asked.whole("limit", 25), 100))
    return list(ordered[start:end]), names[end - 1] if end < len(names) else None


def _newest(remarks: Sequence[Any]) -> list[Any]:
    shown = [remark for remark in remarks if not remark.removed]
    return sorted(shown, key=lambda remark: (remark.created_at, remark.id), reverse=True)


def _new(asked: Asked, community: Community) -> Answer:
    shown, after = _page(asked, _newest(community.submissions))
    things = [wire.submission(community, each) for each in shown]
    if "after" not in asked.query:
        things.insert(min(3, len(things)), wire.advert(community))
    return _answer(asked, wire.listing(things, after))


def _comments(asked: Asked, community: Community) -> Answer:
    everything = [each for submission in community.submissions for each in submission.comments]
    shown, after = _page(asked, _newest(everything))
    things = [wire.comment(community, each) for each in shown]
    for thing, each in zip(things, shown, strict=True):
        thing["data"]["link_title"] = each.submission.title
    return _answer(asked, wire.listing(things, after))


def _search(asked: Asked, community: Community) -> Answer:
    """Find the submissions in which all words of one alternative stand."""
    query = asked.query.get("q", [""])[0]
    wanted = [words for part in query.split(" OR ") if (words := part.lower().split())]
    days = _SPANS.get(asked.query.get("t", ["all"])[0], _SPANS["all"])
    since = community.until - timedelta(days=days)
    hits = [
        each
        for each in community.submissions
        if each.created_at >= since
        and any(all(word.strip('"()') in _searched(each) for word in words) for words in wanted)
    ]
    shown, after = _page(asked, _newest(hits))
    return _answer(asked, wire.listing([wire.submission(community, s) for s in shown], after))


def _searched(submission: Submission) -> str:
    return f"{submission.title} {submission.text} flair:{submission.flair}".lower()


def _thread(asked: Asked, community: Community) -> Answer:
    id, comment_id = asked.parts
    found = community.remarks.get(f"t3_{id}")
    if not isinstance(found, Submission):
        return _error(asked, 404, "Not Found")
    comments: list[Any]
    if not comment_id:
        comments = wire.tree(community, found, 0)
    else:
        top = community.remarks.get(f"t1_{comment_id}")
        comments = [wire.branch(community, top)] if isinstance(top, Comment) else []
    both = [wire.listing([wire.submission(community, found)]), wire.listing(comments)]
    return _answer(asked, both)


def _more(asked: Asked, community: Community) -> Answer:
    """Give the comments asked for, flat; a hundred at once are the most."""
    ids = asked.query.get("children", [""])[0].split(",")
    if len(ids) > 100:
        return _answer(asked, {"json": {"errors": [["TOO_MANY_THING_IDS", "", "children"]]}})
    remarks = community.remarks
    found = [remarks[name] for id in ids if (name := f"t1_{id}") in remarks]
    things = [wire.comment(community, each) for each in found if isinstance(each, Comment)]
    return _answer(asked, {"json": {"errors": [], "data": {"things": things}}})


def _info(asked: Asked, community: Community) -> Answer:
    remarks = community.remarks
    names = asked.query.get("id", [""])[0].split(",")[:100]
    found = [wire.thing(community, remarks[name]) for name in names if name in remarks]
    return _answer(asked, wire.listing(found))


def _page_for_people(asked: Asked) -> Answer:
    """Show a submission and its comments to whoever follows a link."""
    community = asked.town.reddit
    found = community.remarks.get(f"t3_{asked.parts[0]}")
    if not isinstance(found, Submission) or found.removed:
        return Answer(404, HTML, b"<!doctype html><title>Not there</title><p>Not there.")
    shown: list[Remark] = [found, *(each for each in found.comments if not each.removed)]
    texts = "".join(f"<p>{html.escape(each.text)}</p>" for each in shown)
    title, path = html.escape(found.title), path_of(found, community.name)
    body = f"<!doctype html><title>{title}</title><h1>{title}</h1>{texts}<!-- {path} -->"
    return Answer(200, HTML, body.encode())


ROUTES: tuple[Route, ...] = (
    (r"/reddit/api/v1/access_token", _token),
    (r"/reddit/r/(\w+)/new", _in_community(_new)),
    (r"/reddit/r/(\w+)/comments", _in_community(_comments)),
    (r"/reddit/r/(\w+)/search", _in_community(_search)),
    (r"/reddit/search", _with_token(_search)),
    (r"/reddit/comments/(\w+)(?:/_/(\w+))?", _with_token(_thread)),
    (r"/reddit/api/morechildren", _with_token(_more)),
    (r"/reddit/api/info", _with_token(_info)),
    (r"/reddit/r/\w+/comments/(\w+)/\w*/?(?:\w+/?)?", _page_for_people),
)
