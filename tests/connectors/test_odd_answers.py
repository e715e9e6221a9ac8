"""A server that writes something else in the place of any value: no run falls over it."""

import json
from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from itertools import islice
from random import Random
from typing import Any

import pytest
from loopback import LOOPBACK, Time
from msgspec.structs import replace
from reads import READS, Read
from test_every_connector import ODD, places_in

from connectors import CONNECTORS, connector_of
from connectors.answers import Answer
from connectors.http import Client
from contract.charter import Source
from contract.credentials import Credentials
from contract.errors import GoodguestError
from contract.page import Window
from contract.post import Post
from contract.terms import Rate
from samples.server import serve
from samples.town import build_town

UNTIL = datetime.combine(date(2026, 11, 22), time(), UTC)
OF_JSON = {"discourse", "flickr", "mastodon", "reddit", "wordpress", "x"}
READ_ODDLY = {name: read for name, read in READS.items() if read.platform in OF_JSON}
TIMES, MOST_PAGES, MOST_POSTS = 6, 8, 30


class Odd(Client):
    """A client whose answers have, if there are `dice`, one value that is another."""

    dice: Random | None = None

    def _ask(self, *asked: Any) -> Answer:
        answer = super()._ask(*asked)
        is_json = answer.status == 200 and answer.body.startswith((b"{", b"["))
        if self.dice is None or not is_json or self.dice.random() < 0.4:
            return answer
        held = {"": json.loads(answer.body)}
        holder, key = self.dice.choice(list(places_in(held)))
        holder[key] = self.dice.choice(ODD)
        return replace(answer, body=json.dumps(held[""]).encode())


@pytest.fixture(scope="module")
def town() -> Iterator[str]:
    with serve(build_town(UNTIL.date()), per_ten_seconds=10**6) as address:
        yield address


def source_of(address: str, read: Read) -> Source:
    said = {"platform": read.platform, "url": f"{address}{read.prefix}", "purpose": "test"}
    said |= {"account_kind": "organisation", "select": read.select}  # type: ignore[dict-item]
    return Source.model_validate(said)


def odd(read: Read, dice: Random | None) -> Odd:
    clock = Time(UNTIL + timedelta(minutes=1))
    client = Odd(
        agency="Town of Example", contact="listening@example.gov", limits=(Rate(10**6, 1.0),),
        credentials=Credentials("town", dict(read.credentials)), private_hosts=LOOPBACK,
        clock=clock.clock, sleep=clock.sleep,
    )  # fmt: skip
    client.dice = dice
    return client


def test_all_platforms_but_those_of_markup_and_bluesky_are_tried() -> None:
    """The town has no Bluesky of its own."""
    assert {c.TERMS.platform for c in CONNECTORS} - {"bluesky", "feed", "phpbb"} == OF_JSON
    assert {read.platform for read in READ_ODDLY.values()} == OF_JSON


@pytest.mark.parametrize("read", READ_ODDLY.values(), ids=READ_ODDLY)
def test_an_odd_value_in_an_answer_stops_a_run_in_our_own_words_if_at_all(
    town: str, read: Read
) -> None:
    connector, source = connector_of(read.platform), source_of(town, read)
    window = Window(UNTIL - timedelta(days=read.days), UNTIL)
    with odd(read, None) as client:
        pages = list(islice(connector.fetch(client, "town", source, window, None), MOST_PAGES))
    outcomes = [outcome for page in pages for outcome in connector.parse(page)]
    posts = [(o.native_id, o.url) for o in outcomes if isinstance(o, Post)][-MOST_POSTS:]
    assert posts
    for seed in range(TIMES):
        for ask in (
            lambda c: connector.fetch(c, "town", source, window, None),
            lambda c: connector.recheck(c, source, posts),
            lambda c: [connector.probe(c, "town", source)],
        ):
            with odd(read, Random(f"{read} {seed}")) as client:
                try:
                    for each in islice(ask(client), MOST_PAGES + MOST_POSTS):
                        assert each
                except GoodguestError:
                    continue
