"""Credentials: where they come from, and that nobody sees them."""

import base64
import json
import logging
import pickle
from dataclasses import replace as replaced
from datetime import UTC, datetime

import pytest
from backports import zstd
from place import TODAY, Place

from connectors import discourse
from contract.charter import Source
from contract.credentials import Credentials
from contract.errors import FixSettings
from pipeline.collect import collect
from pipeline.credentials import credentials_of
from pipeline.refine import refine
from samples.connections import CONNECTIONS

MIDNIGHT = datetime(TODAY.year, TODAY.month, TODAY.day, tzinfo=UTC)

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


def test_login_and_password_stand_for_what_the_terms_name() -> None:
    def connections(_: str) -> dict[str, str]:
        return {"login": "who", "password": "hush-hush"}

    found = credentials_of("town-x", SOURCE, TERMS, connections)
    assert dict(found) == {"client_id": "who", "client_secret": "hush-hush"}
    alone = replaced(TERMS, credentials=("api_key",))
    assert dict(credentials_of("town-x", SOURCE, alone, connections)) == {"api_key": "hush-hush"}


def test_a_platform_that_asks_for_none_gets_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GOODGUEST_CONN_TOWN_X", json.dumps(HELD))
    assert dict(credentials_of("town-x", SOURCE, discourse.TERMS)) == {}


def test_what_may_be_given_is_taken_whole_or_not_at_all(monkeypatch: pytest.MonkeyPatch) -> None:
    may = replaced(discourse.TERMS, optional_credentials=("client_id", "client_secret"))
    assert dict(credentials_of("town-x", SOURCE, may, lambda _: {})) == {}
    found = credentials_of("town-x", SOURCE, may, lambda _: {"login": "who", "password": "hush"})
    assert dict(found) == {"client_id": "who", "client_secret": "hush"}
    monkeypatch.setenv("GOODGUEST_CONN_TOWN_X", '{"client_id": "who"}')
    with pytest.raises(FixSettings, match="have no client_secret"):
        credentials_of("town-x", SOURCE, may)


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


def test_no_key_is_kept_or_logged(place: Place, caplog: pytest.LogCaptureFixture) -> None:
    """Whatever is landed, stored, written or said of a run that used them."""
    caplog.set_level(logging.DEBUG)
    results = collect(place.given, list(CONNECTIONS), until=MIDNIGHT)
    refine(place.given)
    secrets = [value.encode() for held in CONNECTIONS.values() for value in held.values()]
    secrets += [base64.b64encode(b"sample-client:sample-secret"), b"Bearer"]
    assert all(result["records"] > 20 for result in results.values()), results
    looked_at = 0
    for file in place.folder.rglob("*"):
        if file.is_file():
            content = file.read_bytes()
            if file.suffix == ".zst":
                content = zstd.decompress(content)
                looked_at += 1
            assert not [s for s in secrets if s in content], file
    assert looked_at == sum(result["pages"] for result in results.values())
    ours = [r for r in caplog.records if not r.name.startswith("samples.")]
    assert any(r.name == "goodguest.http" for r in ours)
    said = f"{[(r.getMessage(), r.exc_text) for r in ours]} {results}".encode()
    assert not [s for s in secrets if s in said]
