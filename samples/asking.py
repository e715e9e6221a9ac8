"""What a visitor of the town asks, and what the town answers."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING

from samples import pages
from samples.model import Post, Topic

if TYPE_CHECKING:
    from samples.town import Town

JSON = "application/json; charset=utf-8"
HTML = "text/html; charset=utf-8"
RSS = "application/rss+xml; charset=utf-8"
ATOM = "application/atom+xml; charset=utf-8"
FEED = "application/feed+json; charset=utf-8"

Query = dict[str, list[str]]


@dataclass
class Answer:
    """A response; with `modified` it can be asked for conditionally."""

    status: int
    kind: str
    body: bytes
    modified: datetime | None = None
    headers: dict[str, str] = field(default_factory=dict)


class NotThereError(Exception):
    """Nothing is at the address, or no longer."""

    def __init__(self, *, as_json: bool) -> None:
        error = {
            "errors": ["The requested URL or resource could not be found."],
            "error_type": "not_found",
        }
        self.answer = (
            Answer(404, JSON, json.dumps(error).encode())
            if as_json
            else Answer(404, HTML, pages.not_there().encode())
        )


@dataclass(frozen=True)
class Asked:
    """A request as the routes see it; `as_json` when the address or the client says so.

    `parts` are what the route's pattern names of the path; headers have lower-case names.
    """

    town: "Town"
    path: str
    query: Query
    base: str
    as_json: bool = False
    method: str = "GET"
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    parts: tuple[str, ...] = ()

    def whole(self, name: str, default: int) -> int:
        value = self.query.get(name, [""])[0]
        return int(value) if value.isdigit() else default

    def topic(self, topic_id: str) -> Topic:
        found = self.town.topics.get(int(topic_id))
        if found is None:
            raise NotThereError(as_json=self.as_json)
        return found

    def post(self, found: Post | None) -> Post:
        if found is None or found.is_deleted:
            raise NotThereError(as_json=self.as_json)
        return found


Route = tuple[str, Callable[[Asked], Answer]]
"""A pattern for the whole path, and what answers there."""
