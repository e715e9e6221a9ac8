"""Credentials: where they come from, and that nobody sees them."""

import json
import pickle
from dataclasses import replace as replaced

import pytest

from connectors import discourse
from contract.charter import Source
from contract.credentials import Credentials
from contract.errors import FixSettings
from pipeline.credentials import credentials_of

TERMS = replaced(discourse.TERMS, credentials=("client_id", "client_secret"))
SOURCE = Source.model_validate(
    {"platform": "discourse", "url": "https://a.example", "purpose": "p", "conn_id": "town"}
)
HELD = {"client_id": "who", "client_secret": "hush-hush", "login": "who"}


def test_the_environment_comes_before_the_connection(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []

    def connections(conn_id: str) -> dict[str, str]:
        asked.append(conn_id)
        return HELD

    from_connection = credentials_of("town-x", SOURCE, TERMS, connections)
    assert dict(from_connection) == {"client_id": "who", "client_secret": "hush-hush"}
    assert asked == ["town"]
    monkeypatch.setenv(
        "GOODGUEST_CONN_TOWN_X", json.dumps({"client_id": "other", "client_secret": 12, "x": None})
    )
    from_environment = credentials_of("town-x", SOURCE, TERMS, connections)
    assert dict(from_environment) == {"client_id": "other", "client_secret": "12"}
    assert asked == ["town"]
    assert from_connection.id != from_environment.id


def test_a_platform_that_asks_for_none_gets_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GOODGUEST_CONN_TOWN_X", json.dumps(HELD))
    assert dict(credentials_of("town-x", SOURCE, discourse.TERMS)) == {}


@pytest.mark.parametrize("content", ["", "hush-hush", '["hush-hush"]', '{"client_id": "who"}'])
def test_what_is_missing_is_named_and_nothing_told(
    content: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GOODGUEST_CONN_TOWN_X", content)
    with pytest.raises(FixSettings, match="GOODGUEST_CONN_TOWN_X") as caught:
        credentials_of("town-x", SOURCE, TERMS)
    assert "hush" not in str(caught.value)


def test_they_show_in_no_representation() -> None:
    held = Credentials("town-x", HELD)
    for shown in (repr(held), str(held), f"{held}", f"{held!r}", held.id):
        assert "hush" not in shown
    assert "client_secret" in repr(held)
    assert pickle.loads(pickle.dumps(held))["client_secret"] == "hush-hush"
