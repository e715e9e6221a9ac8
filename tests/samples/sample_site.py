"""The town of one Sunday on its server, and how tests ask it."""

import contextlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any

import requests

from samples.server import serve
from samples.town import Town, build_town

TODAY = date(2026, 11, 22)
AGENT = {"User-Agent": "A test of the sample town (test@goodguest.example)"}


@dataclass
class Site:
    """A running town and how to ask it."""

    town: Town
    base: str
    session: requests.Session

    def get(self, path: str, **headers: str) -> requests.Response:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return self.session.get(self.base + path, headers={**AGENT, **named}, timeout=10)

    def json(self, path: str) -> Any:
        response = self.get(path)
        if response.status_code == 429:  # the one that is planned
            response = self.get(path)
        assert response.status_code == 200, (path, response.status_code)
        return json.loads(response.content)


@contextlib.contextmanager
def running(per_ten_seconds: int) -> Iterator[Site]:
    town = build_town(TODAY)
    with serve(town, per_ten_seconds=per_ten_seconds) as base, requests.Session() as session:
        yield Site(town, base, session)
