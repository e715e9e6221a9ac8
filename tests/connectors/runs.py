"""Runs of `fetch`, whole and killed, as the pipeline would make them."""

from collections.abc import Generator
from datetime import datetime, timedelta
from itertools import islice
from typing import Any

from loopback import NOON

from connectors import connector_of
from connectors.http import Client
from contract.charter import Select, Source
from contract.page import Page, Window, line_of_page, page_of_line
from contract.post import Outcome

UNTIL = NOON


def window(days: float = 2) -> Window:
    return Window(UNTIL - timedelta(days=days), UNTIL)


def source(platform: str, base: str, **select: Any) -> Source:
    return Source.model_validate(
        {"platform": platform, "url": base, "purpose": "test", "select": Select(**select)}
    )


def fetching(
    client: Client, wanted: Source, cursor: dict[str, Any] | None = None, days: float = 2
) -> Generator[Page, None, str]:
    return connector_of(wanted.platform).fetch(client, "town", wanted, window(days), cursor)


def whole(pages: Generator[Page, None, str]) -> tuple[list[Page], str]:
    """Return all pages and why there were no more."""
    got = []
    while True:
        try:
            got.append(next(pages))
        except StopIteration as end:
            return got, end.value.because


def killed_after(pages: Generator[Page, None, str], count: int) -> list[Page]:
    """Return the first pages as they would be read from the landing zone after a crash."""
    got = [page_of_line(line_of_page(page)) for page in islice(pages, count)]
    pages.close()
    return got


def state_after(pages: list[Page]) -> dict[str, Any]:
    """Return what is kept between runs, as it is read again."""
    (page,) = (page_of_line(line_of_page(page)) for page in pages[-1:])
    return {key: value for key, value in (page.cursor or {}).items() if key != "run"}


def outcomes(pages: list[Page]) -> list[Outcome]:
    return [o for page in pages for o in connector_of(page.platform).parse(page)]


def ago(**kind: float) -> datetime:
    return UNTIL - timedelta(**kind)
