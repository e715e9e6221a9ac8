"""A parsing case is a payload and, beside it, the page it came as and what must become of it."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec
import pytest

from connectors import CONNECTORS, connector_of
from contract.page import Page
from contract.post import Post

DATA = Path(__file__).parent / "data"
CASES = sorted(f for f in DATA.glob("*/*") if not f.name.endswith(".expected.json"))
RECEIVED_AT = datetime(2026, 1, 8, 12, 0, tzinfo=UTC)


def outcomes_of(payload: Path, page: dict[str, Any]) -> list[dict[str, Any]]:
    """Return what parsing gives, without the fields that say nothing or the same for all."""
    platform = payload.parent.name
    envelope = {"url": f"https://{platform}.example/feed.xml", **page}
    parsed = connector_of(platform).parse(
        Page(
            source="case",
            platform=platform,
            received_at=RECEIVED_AT,
            body=payload.read_bytes(),
            **envelope,
        )
    )
    return [_shown(outcome) for outcome in parsed]


def _shown(outcome: Any) -> dict[str, Any]:
    fields = msgspec.to_builtins(outcome)
    if isinstance(outcome, Post):
        defaults = msgspec.to_builtins(Post(platform="", native_id="", kind="post"))
        assert (outcome.platform, outcome.source) != ("", "")
        assert outcome.observed_at == RECEIVED_AT
        skip = ("platform", "source", "observed_at")
        fields = {
            name: value
            for name, value in fields.items()
            if name == "kind" or (value != defaults[name] and name not in skip)
        }
        fields["links"] = [link["url"] for link in fields.get("links", ())]
        fields["tags"] = [f"{tag['tag']} ({tag['added_by']})" for tag in fields.get("tags", ())]
        fields["media"] = list(fields.get("media", ()))
        fields = {name: value for name, value in fields.items() if value != []}
    return {type(outcome).__name__: {k: v for k, v in fields.items() if v not in (None, "")}}


@pytest.mark.parametrize("case", CASES, ids=[f"{c.parent.name}-{c.name}" for c in CASES])
def test_case(case: Path) -> None:
    expected = json.loads(case.with_suffix(".expected.json").read_text("utf-8"))
    assert outcomes_of(case, expected["page"]) == expected["outcomes"]


def test_every_platform_has_cases() -> None:
    assert {case.parent.name for case in CASES} == {c.TERMS.platform for c in CONNECTORS}
    assert len(CASES) >= 40
