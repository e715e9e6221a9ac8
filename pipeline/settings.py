"""Where things are: the settings an operator gives by environment variables."""

import os
import secrets
import tempfile
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import quote

from contract.charter import Charter
from contract.charter_file import load_charter
from contract.errors import FixSettings

KEY_VARIABLE = "GOODGUEST_KEY"
KEY_FILE = "pseudonym.key"
"""In the folder of data."""


@dataclass(frozen=True, slots=True)
class Settings:
    """The settings of one installation; what may hold a secret is left out of `repr`."""

    charter: Path
    data: Path
    warehouse: str = field(repr=False)
    landing: str
    smtp: str | None = field(repr=False)
    webhook: str | None = field(default=None, repr=False)
    """Where alerts are sent as CloudEvents; its address may hold a token."""
    explorer: str | None = None
    """Where the analysts' explorer stands, for links to it."""
    unsubscribe: str | None = None
    """Where `goodguest unsubscribing` is reached from outside, for one click in a mail."""

    @property
    def matchers(self) -> Path:
        """Where what is made of the catalogue to find ties is kept, from one run to the next."""
        return self.data / "matchers"

    def load_charter(self) -> Charter:
        """Return the charter, or raise FixSettings with all its mistakes.

        One that asks for what a platform forbids is none.
        """
        from pipeline.forbidden import forbidden

        return load_charter(self.charter, forbidden)


def settings() -> Settings:
    """Return the settings of this process: `GOODGUEST_*`, else the embedded defaults."""
    data = Path(os.environ.get("GOODGUEST_DATA", "data")).absolute()
    own = Path("charter.yaml")
    default = own if own.exists() else Path("samples/charter.yaml")
    return Settings(
        charter=Path(os.environ.get("GOODGUEST_CHARTER", default)).absolute(),
        data=data,
        warehouse=os.environ.get(
            "GOODGUEST_WAREHOUSE", f"sqlite:///{quote(str(data))}/warehouse.db"
        ),
        landing=os.environ.get("GOODGUEST_LANDING", f"{data}/landing"),
        smtp=os.environ.get("GOODGUEST_SMTP"),
        webhook=os.environ.get("GOODGUEST_WEBHOOK"),
        explorer=os.environ.get("GOODGUEST_EXPLORER"),
        unsubscribe=os.environ.get("GOODGUEST_UNSUBSCRIBE"),
    )


def pseudonym_key(given: Settings) -> bytes:
    """Return the secret behind the pseudonyms: `GOODGUEST_KEY`, else a file made at first use.

    Raises FixSettings when the key is shorter than 16 bytes.
    """
    if key := os.environ.get(KEY_VARIABLE):
        return _long_enough(key.encode(), KEY_VARIABLE)
    return key_in(given.data / KEY_FILE)


def key_in(path: Path) -> bytes:
    """Return the key in the file, which is made where there is none."""
    if not path.exists():
        _make_key(path)
    return _long_enough(path.read_bytes().strip(), str(path))


def _make_key(path: Path) -> None:
    """Write a new key, whole, unless another process was faster."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile("w", dir=path.parent, prefix=f".{path.name}-") as file:
        file.write(secrets.token_hex(32))
        file.flush()
        with suppress(FileExistsError):
            path.hardlink_to(file.name)


def _long_enough(key: bytes, where: str) -> bytes:
    if len(key) < 16:
        raise FixSettings(f"{where}: found a key of {len(key)} bytes; allowed are 16 and more")
    return key
