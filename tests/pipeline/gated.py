"""Every command that could ask a platform, run while all that opens a socket is noted.

A program of its own: what looks at a process's sockets stays in it for ever.
"""

import json
import sys
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import yaml
from listening import listening

from contract.errors import GoodguestError, RetryLater
from pipeline.check import findings
from pipeline.collect import collect
from pipeline.comply import comply
from pipeline.importing import import_files
from pipeline.probing import said_to
from pipeline.refine import refine
from pipeline.settings import Settings

DATA = Path(__file__).parents[1] / "connectors" / "data"
APPROVAL = {"by": "It", "on": "2026-08-14", "ref": "R", "expires": "2099-01-01", "clause": "3"}
PERMISSION = {"by": "Its owner", "on": "2026-08-14", "ref": "letter"}
LAWFUL: dict[str, dict[str, Any]] = {
    "reddit": {"approval": APPROVAL, "select": {"communities": ["Town"]}},
    "x": {"approval": APPROVAL, "select": {"query": "pothole"},
          "budget": {"posts": 1000, "money": 5, "price": 0.005}},
    "discourse": {"permission": PERMISSION},
    "phpbb": {"permission": PERMISSION},
}  # fmt: skip
GATES: dict[str, tuple[str, ...]] = {
    "approval missing": ("reddit", "x"),
    "approval expired": ("reddit", "x"),
    "budget missing": ("x",),
    "permission missing": ("discourse", "phpbb"),
    "disabled": tuple(LAWFUL),
    "purpose expired": tuple(LAWFUL),
}
"""What keeps a platform from being asked. The last is the end of what is held of it."""
HEARD = {
    "reddit": "new_submissions.json", "x": "posts.json", "discourse": "latest_posts.json",
    "phpbb": "topic.html",
}  # fmt: skip
HELD = {"client_id": "i", "client_secret": "s", "bearer_token": "b"}
noted: list[str] = []


def _note(event: str, given: tuple[Any, ...]) -> None:
    # A name that is looked up is asked of somebody, too; SQLite opens no socket.
    if event in ("socket.connect", "socket.getaddrinfo", "socket.sendto", "socket.gethostbyname"):
        noted.append(event)


def _gated(charter: dict[str, Any], platform: str, gate: str | None) -> dict[str, Any]:
    changed: dict[str, Any] = json.loads(json.dumps(charter))
    source = changed["sources"][platform]
    if gate == "purpose expired":
        changed["purposes"]["none"]["expires"] = "2026-01-01"
    elif gate == "disabled":
        source["enabled"] = False
    elif gate == "approval expired":
        source["approval"]["expires"] = "2026-01-01"
    elif gate:
        del source[gate.split()[0]]
    return changed


def _commands(given: Settings, platform: str) -> dict[str, Callable[[], Any]]:
    return {
        "collect": lambda: collect(given, [platform]),
        "check": lambda: findings(given, probing=True),
        "probe": lambda: said_to(given, platform, "secret", HELD),
        "comply": lambda: comply(given, platform),
    }


def main(folder: Path, address: str) -> None:
    """Print for each platform, gate and command what was opened and what was said."""
    results = []
    for platform, lawful in LAWFUL.items():
        place = folder / platform
        given = listening(place, f"sqlite:///{place}/warehouse.db", [platform])
        charter = yaml.safe_load(given.charter.read_text("utf-8"))
        charter["sources"][platform] |= {
            **lawful, "url": address, "private_addresses": True, "conn_id": "secret",
        }  # fmt: skip
        given.charter.write_text(yaml.safe_dump(charter), "utf-8")
        import_files(given, platform, [DATA / platform / HEARD[platform]])
        assert refine(given)["posts_new"], "comply has something to ask for"
        gates = [None, *(gate for gate, platforms in GATES.items() if platform in platforms)]
        for gate in gates:
            given.charter.write_text(yaml.safe_dump(_gated(charter, platform, gate)), "utf-8")
            for name, command in _commands(given, platform).items():
                if (gate, name) == ("disabled", "comply"):
                    continue  # what is held has to be true, though nothing new is read
                noted.clear()
                said: Any = None
                with suppress(RetryLater):
                    try:
                        said = command()
                    except GoodguestError as error:
                        said = str(error)
                results.append([platform, gate, name, len(noted), str(said)])
    sys.stdout.write(json.dumps(results))


if __name__ == "__main__":
    sys.addaudithook(_note)
    main(Path(sys.argv[1]), sys.argv[2])
