"""The charter's word and a platform's terms come before the first byte."""

import socket
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import yaml
from place import hurry
from stores import made_and_let_go

from connectors import CONNECTORS, Connector
from contract.errors import FixSettings, GoodguestError, StopSource
from pipeline.collect import collect_source
from pipeline.settings import Settings

APPROVAL = {"by": "It", "on": "2026-08-14", "ref": "GEU-1", "expires": "2099-01-01", "clause": "3"}
PERMISSION = {"by": "Its owner", "on": "2026-08-14", "ref": "letter"}
BUDGET = {"posts": 1000, "money": 5, "price": 0.005}
SELECTIONS = {
    "categories": ["a"], "communities": ["a"], "tags": ["a"], "query": "a", "feeds": ["/a"],
    "threads": ["1"], "lists": ["1"], "albums": ["a/1"], "machine_tags": ["a:b=c"],
    "box": [0, 1, 2, 3], "accounts": ["a"], "archive": True,
}  # fmt: skip
every_connector = pytest.mark.parametrize(
    "connector", CONNECTORS, ids=[c.TERMS.platform for c in CONNECTORS]
)


def given(folder: Path, connector: Connector, url: str, **source: Any) -> Settings:
    terms = connector.TERMS
    allowed: dict[str, Any] = {
        "platform": terms.platform,
        "url": url,
        "purpose": "test",
        "private_addresses": True,
        "permission": PERMISSION,
    }
    if terms.needs_approval:
        allowed["approval"] = APPROVAL
    if terms.is_metered:
        allowed["budget"] = BUDGET
    agency = {"name": "T", "contact": "a@b.example", "privacy_notice": "https://b.example"}
    purpose = {"title": "t", "legal_basis": "b", "dpia": "d", "owner": "o", "expires": "2099-01-01"}
    sources = {"town": {k: v for k, v in (allowed | source).items() if v is not None}}
    charter = folder / "charter.yaml"
    charter.write_text(
        yaml.safe_dump({"agency": agency, "purposes": {"test": purpose}, "sources": sources})
    )
    store = f"sqlite:///{folder}/warehouse.db"
    made_and_let_go(store)
    return Settings(
        charter=charter, data=folder, warehouse=store, landing=f"{folder}/landing", smtp=None
    )


def connections(conn_id: str) -> dict[str, str]:
    names = ("bearer_token", "client_id", "client_secret", "api_key", "identifier", "app_password")
    return dict.fromkeys(names, conn_id)


def listen(folder: Path, connector: Connector, url: str, **source: Any) -> None:
    collect_source(
        given(folder, connector, url, conn_id="secret", **source),
        "town",
        until=datetime(2026, 11, 22, tzinfo=UTC),
        connections=connections,
    )


LACKING = [
    ("needs_approval", {"approval": None}, "asks for an approval"),
    ("needs_approval", {"approval": APPROVAL | {"expires": "2026-09-01"}}, "expired on 2026-09-01"),
    ("is_metered", {"budget": None}, "costs money"),
    ("needs_permission", {"permission": None}, "asks for a permission"),
]


@pytest.mark.parametrize(
    ("connector", "lacking", "said"),
    [
        pytest.param(c, lacking, said, id=f"{c.TERMS.platform}: {said}")
        for c in CONNECTORS
        for wanted, lacking, said in LACKING
        if getattr(c.TERMS, wanted)
    ],
)
def test_no_byte_leaves_without_what_the_terms_want(
    connector: Connector, lacking: dict[str, Any], said: str, tmp_path: Path
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        listening.setblocking(False)
        url = f"http://127.0.0.1:{listening.getsockname()[1]}"
        with pytest.raises(StopSource, match=said):
            listen(tmp_path, connector, url, **lacking)
        with pytest.raises(BlockingIOError):
            listening.accept()


@every_connector
def test_with_it_the_platform_is_asked(
    connector: Connector, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The socket of the test above would have heard it."""
    monkeypatch.setattr("pipeline.collect.Client", hurry())
    monkeypatch.setattr("connectors.http._TIMEOUTS", (0.2, 0.2))
    wanted = next((s for s in ("query", "communities") if s in connector.TERMS.selections), None)
    with socket.create_server(("127.0.0.1", 0)) as listening:
        listening.setblocking(False)
        url = f"http://127.0.0.1:{listening.getsockname()[1]}"
        with pytest.raises(GoodguestError):
            listen(tmp_path, connector, url, select={wanted: SELECTIONS[wanted]} if wanted else {})
        caller, _ = listening.accept()
        caller.close()


@pytest.mark.parametrize(
    ("connector", "selected"),
    [
        pytest.param(c, selected, id=f"{c.TERMS.platform}: {selected}")
        for c in CONNECTORS
        for selected in SELECTIONS
        if selected not in c.TERMS.selections
    ],
)
def test_what_a_platform_cannot_be_asked_for_is_named(
    connector: Connector, selected: str, tmp_path: Path
) -> None:
    with pytest.raises(FixSettings, match=rf"sources\.town\.select\.{selected}: .*allowed here"):
        listen(
            tmp_path, connector, "http://127.0.0.1:9", account_kind="organisation",
            select={selected: SELECTIONS[selected]},
        )  # fmt: skip
