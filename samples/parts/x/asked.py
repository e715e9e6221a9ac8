"""How the town's X is asked and answers: the key, the fields, the limits, the refusals."""

import json
from collections.abc import Callable
from datetime import datetime
from typing import Any

from samples.asking import JSON, Answer, Asked
from samples.parts.x.model import Talk

TOKEN = "sample-bearer-token"  # noqa: S105  # the key to an invented town
FIELDS = ("tweet.fields", "user.fields", "place.fields", "media.fields", "expansions")
_PER_QUARTER = 450


def said(asked: Asked, body: Any, status: int = 200) -> Answer:
    """Return the body as JSON, with X's rate headers."""
    talk = talk_of(asked)
    talk.asked += 1
    reset = int(talk.clock().timestamp()) // 900 * 900 + 900
    headers = {
        "x-rate-limit-limit": str(_PER_QUARTER),
        "x-rate-limit-remaining": str(_PER_QUARTER - talk.asked % (_PER_QUARTER - 50)),
        "x-rate-limit-reset": str(reset),
    }
    return Answer(status, JSON, json.dumps(body, ensure_ascii=False).encode(), headers=headers)


def talk_of(asked: Asked) -> Talk:
    """Return what the town says on X."""
    found: Talk = asked.town.x
    return found


def refused(asked: Asked, status: int, title: str, detail: str, **more: Any) -> Answer:
    """Return a problem as X describes them."""
    kind = "about:blank" if status == 401 else "https://api.twitter.com/2/problems/invalid-request"
    body = {"title": title, "detail": detail, "type": kind, "status": status, **more}
    return said(asked, body, status)


def invalid(asked: Asked, name: str, message: str) -> Answer:
    """Return what X says of a parameter it does not take."""
    value = asked.query.get(name, [""])
    errors = [{"parameters": {name: value}, "message": message}]
    detail = "One or more parameters to your request was invalid."
    return refused(asked, 400, "Invalid Request", detail, errors=errors)


def keyed(route: Callable[[Asked], Answer]) -> Callable[[Asked], Answer]:
    """Return the route for those who have the key."""

    def answer(asked: Asked) -> Answer:
        if asked.headers.get("authorization") == f"Bearer {TOKEN}":
            return route(asked)
        return refused(asked, 401, "Unauthorized", "Unauthorized")

    return answer


def listed(asked: Asked, name: str) -> list[str]:
    """Return the parts of a parameter that commas separate."""
    return [part for part in asked.query.get(name, [""])[0].split(",") if part]


def moment(asked: Asked, name: str) -> datetime | None:
    """Return a parameter that is a time, if it was given."""
    given = asked.query.get(name, [""])[0]
    return datetime.fromisoformat(given) if given else None
