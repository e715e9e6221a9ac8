"""An installation that tells its alerts to a mail server and a webhook on loopback."""

from collections import namedtuple
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import pytest
from alerted import Hook, House, hooked
from mailbox_server import Inbox, serving


@pytest.fixture(autouse=True)
def _in_a_hurry_on_a_disk_with_room(monkeypatch: pytest.MonkeyPatch) -> None:
    usage = namedtuple("usage", "total used free")(10**13, 0, 10**13)
    monkeypatch.setattr("pipeline.check.shutil", SimpleNamespace(disk_usage=lambda _: usage))
    monkeypatch.setattr("pipeline.alert_webhook._WAITS", (0.0, 0.0))


@pytest.fixture
def inbox() -> Inbox:
    return Inbox()


@pytest.fixture
def hook() -> Hook:
    return Hook()


@pytest.fixture
def house(tmp_path: Path, store_url: str, inbox: Inbox, hook: Hook) -> Iterator[House]:
    """Return an installation of three sources that tells by mail and by webhook."""
    with serving(inbox) as smtp, hooked(hook) as webhook:
        house = House(tmp_path, store_url, {"one": {}, "two": {}, "three": {}})
        yield house.with_channels(smtp=smtp, webhook=webhook)
        house.engine.dispose()
