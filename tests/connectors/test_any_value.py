"""Whatever stands where a text belongs, each record of a page becomes an outcome."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from connectors import CONNECTORS, Connector
from contract.page import Page
from contract.post import Post, Rejected, Skipped

DATA = Path(__file__).parent / "data"
OTHERS: tuple[Any, ...] = (None, 12, True, ["x"], {"x": "y"}, "\ud83d", "long " * 20_000)


def places_of_texts(value: Any, path: str = "") -> Iterator[tuple[str, Any, Any]]:
    """Yield each text of a decoded page: the names that lead to it, its holder and its key."""
    pairs = value.items() if isinstance(value, dict) else enumerate(value)
    for key, inner in pairs:
        at = f"{path}.{key}" if isinstance(value, dict) else path
        if isinstance(inner, dict | list):
            yield from places_of_texts(inner, at)
        elif isinstance(inner, str):
            yield at, value, key


def cases_of(platform: str) -> Iterator[tuple[Any, dict[str, Any]]]:
    for case in sorted((DATA / platform).glob("*.json")):
        if case.name.endswith(".expected.json"):
            continue
        try:
            read = json.loads(case.read_text("utf-8-sig"))
        except ValueError:
            continue
        expected = json.loads(case.with_suffix(".expected.json").read_text("utf-8"))
        yield read, expected["page"]


OF_JSON = [c for c in CONNECTORS if next(cases_of(c.TERMS.platform), None)]


@pytest.mark.parametrize("connector", OF_JSON, ids=[c.TERMS.platform for c in OF_JSON])
def test_any_value_in_place_of_a_text_becomes_an_outcome(connector: Connector) -> None:
    """Each text of any case once, the cases in order: one of that path is like the next."""
    platform, met = connector.TERMS.platform, set()
    for read, envelope in cases_of(platform):
        holder = {"": read}
        for path, around, key in places_of_texts(holder):
            if path in met:
                continue
            met.add(path)
            said = around[key]
            for other in OTHERS:
                around[key] = other
                page = Page(
                    source="case", platform=platform, body=json.dumps(holder[""]).encode(),
                    received_at=datetime(2026, 1, 8, tzinfo=UTC),
                    **{"url": f"https://{platform}.example/", **envelope},
                )  # fmt: skip
                outcomes = list(connector.parse(page))
                assert outcomes, (path, other)
                assert all(isinstance(o, Post | Rejected | Skipped) for o in outcomes), path
                assert isinstance(connector.unknown_fields(page), set)
            around[key] = said
    assert len(met) > 20
