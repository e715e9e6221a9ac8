"""A cursor of another version, or one that somebody changed: asked anew, or refused by name."""

import json
from collections.abc import Generator, Iterator
from datetime import UTC, date, datetime, time, timedelta
from itertools import islice
from random import Random
from typing import Any

import pytest
from loopback import LOOPBACK, Time
from msgspec.structs import replace
from reads import READS, Read
from test_every_connector import ODD, places_in

from connectors import connector_of
from connectors.http import Client
from contract.charter import Source
from contract.credentials import Credentials
from contract.errors import GoodguestError
from contract.page import Page, Window, line_of_page, page_of_line
from contract.terms import Rate
from samples.server import serve
from samples.town import build_town

UNTIL = datetime.combine(date(2026, 11, 22), time(), UTC)
CHANGES = 20
ANEW = "the state is of another version"


@pytest.fixture(scope="module")
def town() -> Iterator[str]:
    with serve(build_town(UNTIL.date()), per_ten_seconds=10**6) as address:
        yield address


def pages_of(
    address: str, read: Read, cursor: dict[str, Any] | None
) -> Generator[Page, None, None]:
    source = Source.model_validate(
        {
            "platform": read.platform,
            "url": f"{address}{read.prefix}",
            "purpose": "test",
            "account_kind": "organisation",
            "select": read.select,
        }
    )
    clock = Time(UNTIL + timedelta(minutes=1))
    with Client(
        agency="Town of Example", contact="listening@example.gov", limits=(Rate(10**6, 1.0),),
        credentials=Credentials("town", dict(read.credentials)), private_hosts=LOOPBACK,
        clock=clock.clock, sleep=clock.sleep,
    ) as client:  # fmt: skip
        window = Window(UNTIL - timedelta(days=read.days), UNTIL)
        yield from connector_of(read.platform).fetch(client, "town", source, window, cursor)


@pytest.mark.parametrize("read", READS.values(), ids=READS)
def test_no_cursor_makes_a_run_fall_over_or_go_round(
    town: str, read: Read, caplog: pytest.LogCaptureFixture
) -> None:
    pages = [page_of_line(line_of_page(p)) for p in islice(pages_of(town, read, None), 3)]
    right = json.dumps(pages[-1].cursor)
    dice = Random(right)
    for _ in range(CHANGES):
        changed = {"": json.loads(right)}
        # The cursor itself is an object, as landed pages and the store keep it.
        holder, key = dice.choice([place for place in places_in(changed) if place[1] != ""])
        holder[key] = dice.choice(ODD)
        assert list(connector_of(read.platform).parse(replace(pages[-1], cursor=changed[""])))
        caplog.clear()
        fetched = pages_of(town, read, changed[""])
        try:
            landed = list(islice(fetched, 1))
            # A run that begins anew ends as any other.
            if ANEW not in caplog.text:
                landed += islice(fetched, 400)
        except GoodguestError:
            continue
        finally:
            fetched.close()
        assert len(landed) < 400
