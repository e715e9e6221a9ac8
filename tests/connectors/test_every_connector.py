"""What every connector has to do; being in the catalogue is enough to be tested here."""

import json
import pkgutil
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, date, datetime
from functools import cache
from pathlib import Path
from random import Random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

import connectors
from connectors import CONNECTORS, Connector, connector_of
from contract.columns import COLUMNS
from contract.errors import FixSettings
from contract.page import Page
from contract.post import Post, Rejected, Skipped
from transforms.frame import frame_of

DATA = Path(__file__).parent / "data"
MIDDAY = datetime(2026, 1, 8, 12, tzinfo=UTC)
NO_PAGES = {
    "markdown": b"# Discourse\n\nSee `<rss>` and <feed> for *posts*.\n",
    "tsv": b"file\tbytes\tkind\nfeed.xml\t12\t<rss>\n",
    "html": b"<!DOCTYPE html>\n<html><head><title>rss</title></head></html>",
    "picture": b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR",
    "nothing": b"",
    "other json": b'{"name": "x"}',
}
every_connector = pytest.mark.parametrize(
    "connector", CONNECTORS, ids=[c.TERMS.platform for c in CONNECTORS]
)


OF_MANY_SITES = [c for c in CONNECTORS if not c.TERMS.credentials]
"""Their posts' ids tell the site; the others' are one platform's."""
WITH_POSTS = ("topic", "json_feed", "posts")


@cache
def cases_of(connector: Connector) -> list[Path]:
    files = sorted((DATA / connector.TERMS.platform).iterdir())
    return [file for file in files if not file.name.endswith(".expected.json")]


@cache
def json_cases_of(connector: Connector) -> list[Path]:
    """Return the cases that are JSON, whole."""
    found = []
    for case in cases_of(connector):
        if case.suffix == ".json":
            with suppress(ValueError):
                if isinstance(json.loads(case.read_text("utf-8-sig")), dict | list):
                    found.append(case)
    return found


OF_JSON = [c for c in CONNECTORS if json_cases_of(c)]


def page(connector: Connector, body: bytes, status: int = 200) -> Page:
    return Page(
        source="s", platform=connector.TERMS.platform, url="https://site.example/", status=status,
        received_at=MIDDAY, body=body,
    )  # fmt: skip


@every_connector
def test_the_file_has_the_platforms_name(connector: Connector) -> None:
    platform = connector.TERMS.platform
    assert connector.__name__ == f"connectors.{platform}"  # type: ignore[attr-defined]
    assert connector_of(platform) is connector
    assert platform in {module.name for module in pkgutil.iter_modules(connectors.__path__)}


@every_connector
def test_terms_are_complete(connector: Connector) -> None:
    terms = connector.TERMS
    assert terms.title
    assert terms.url.startswith("https://")
    assert date(2026, 1, 1) <= terms.read_on
    assert terms.limits
    assert all(rate.requests > 0 and rate.seconds > 0 for rate in terms.limits)
    assert terms.storage.endswith(".")
    assert terms.deletion.endswith(".")
    assert terms.attribution.endswith(".")
    assert 0 < terms.deletion_hours <= 24 * 7
    assert terms.forbidden
    assert set(terms.personal) <= set(COLUMNS)
    assert {"native_id", "url", "author_name", "text"} <= set(terms.personal)


@every_connector
def test_it_has_cases_and_knows_its_own_pages(connector: Connector) -> None:
    cases = cases_of(connector)
    assert len(cases) > 20
    for case in cases:
        expected = json.loads(case.with_suffix(".expected.json").read_text("utf-8"))
        assert connector.is_page(case.read_bytes()) == expected.get("is_page", True), case.name


@every_connector
@pytest.mark.parametrize("body", NO_PAGES.values(), ids=NO_PAGES)
def test_it_knows_what_is_no_page(connector: Connector, body: bytes) -> None:
    assert not connector.is_page(body)


@every_connector
@pytest.mark.parametrize("status", [404, 410, 500])
def test_an_error_is_skipped(connector: Connector, status: int) -> None:
    (outcome,) = connector.parse(page(connector, b"<html>Error", status))
    assert isinstance(outcome, Skipped)


@every_connector
@given(st.data())
@settings(max_examples=150, deadline=None)
def test_damage_is_never_silent_and_never_raises(connector: Connector, data: st.DataObject) -> None:
    """A page that is cut, doubled or has bytes changed gives outcomes all the same."""
    body = bytearray(data.draw(st.sampled_from(cases_of(connector))).read_bytes())
    for _ in range(data.draw(st.integers(1, 4))):
        at = data.draw(st.integers(0, max(len(body) - 1, 0)))
        junk = data.draw(
            st.binary(max_size=4) | st.sampled_from([b"&#x110000;", b'"', b"<", b"\0"])
        )
        body[at : at + data.draw(st.integers(0, 8))] = junk
    file = data.draw(st.sampled_from([None, "imported"]))
    outcomes = list(connector.parse(replace(page(connector, bytes(body)), file=file)))
    assert outcomes
    for outcome in outcomes:
        assert isinstance(outcome, Post | Rejected | Skipped)
        if isinstance(outcome, Post):
            assert outcome.native_id
            assert outcome.created_at is None or outcome.created_at.tzinfo is UTC


ODD: tuple[Any, ...] = (
    None, True, -1, 1.5, 2**63, -(2**70), "", "x", "\0", "http://[x", "//[",
    "9999-12-31T23:59:59-12:00", "0001-01-01T00:00:00+14:00",
    [], {}, [None], [1], ["x"], {"a": 1}, [{}], [[]],
)  # fmt: skip
"""What stands in JSON where something else belongs."""


@pytest.mark.parametrize("connector", OF_JSON, ids=[c.TERMS.platform for c in OF_JSON])
def test_a_value_of_any_other_kind_becomes_an_outcome(connector: Connector) -> None:
    """A batch can be made of what is read, whatever stands in place of any value of a page."""
    cases, dice = json_cases_of(connector), Random(connector.TERMS.platform)
    posts: list[Post] = []
    for _ in range(1000):
        held = {"": json.loads(dice.choice(cases).read_text("utf-8-sig"))}
        holder, key = dice.choice(list(places_in(held)))
        holder[key] = dice.choice(ODD)
        body, file = json.dumps(held[""]).encode(), dice.choice([None, "imported"])
        outcomes = list(connector.parse(replace(page(connector, body), file=file)))
        assert outcomes
        posts += [outcome for outcome in outcomes if isinstance(outcome, Post)]
    # Of all at once: what of one post fits no column fits none here either.
    assert len(frame_of(posts)) == len(posts) > 400


def places_in(value: Any) -> Iterator[tuple[Any, Any]]:
    """Yield each place of a value that lists and objects hold, as the holder and its key."""
    pairs = value.items() if isinstance(value, dict) else enumerate(value)
    for key, inner in pairs:
        yield value, key
        if isinstance(inner, dict | list):
            yield from places_in(inner)


@pytest.mark.parametrize("connector", OF_MANY_SITES, ids=[c.TERMS.platform for c in OF_MANY_SITES])
@pytest.mark.parametrize("url", ["", "http://[x", "nonsense"])
def test_a_page_without_an_address_is_rejected(connector: Connector, url: str) -> None:
    """Its posts would get the ids of no site."""
    body = next(c for c in cases_of(connector) if c.stem in WITH_POSTS).read_bytes()
    (outcome,) = connector.parse(replace(page(connector, body), url=url))
    assert isinstance(outcome, Rejected)


@every_connector
@pytest.mark.timeout(20)
@pytest.mark.parametrize(
    "body",
    [
        b"[" * 300_000,
        b'{"version": "https://jsonfeed.org/version/1", "items": ' + b"[" * 300_000,
        b'{"post_stream": ' * 100_000,
        b"<rss version='2.0'><channel><item><title>" + b"<![CDATA[" * 100_000,
        b"<rss version='2.0'><channel><item><description>" + b"<a>" * 30_000,
        b"<rss version='2.0'><channel><item><description>" + b"&lt;a href='" * 30_000,
    ],
    ids=["lists", "items", "objects", "cdata", "tags", "quotes"],
)
def test_what_is_made_to_hurt_does_not(connector: Connector, body: bytes) -> None:
    assert list(connector.parse(page(connector, body)))


def test_an_unknown_platform_is_told_which_there_are() -> None:
    with pytest.raises(FixSettings, match="found 'usenet'; allowed are bluesky, discourse, feed"):
        connector_of("usenet")
