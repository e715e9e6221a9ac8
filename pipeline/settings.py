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
_SHORTEST_KEY, _LONGEST_KEY = 16, 64
"""Bytes that the hash takes as a key."""


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
    """Return the settings of this process: `GOODGUEST_*`, else the embedded defaults.

    A variable that is empty says nothing, as one that is not there.
    """
    data = Path(_said("GOODGUEST_DATA") or "data").absolute()
    own = Path("charter.yaml")
    default = own if own.exists() else Path("samples/charter.yaml")
    return Settings(
        charter=Path(_said("GOODGUEST_CHARTER") or default).absolute(),
        data=data,
        warehouse=_said("GOODGUEST_WAREHOUSE") or f"sqlite:///{quote(str(data))}/warehouse.db",
        landing=_said("GOODGUEST_LANDING") or f"{data}/landing",
        smtp=_said("GOODGUEST_SMTP"),
        webhook=_said("GOODGUEST_WEBHOOK"),
        explorer=_said("GOODGUEST_EXPLORER"),
        unsubscribe=_said("GOODGUEST_UNSUBSCRIBE"),
    )


def _said(name: str) -> str | None:
    return os.environ.get(name) or None


def pseudonym_key(given: Settings) -> bytes:
    """Return the secret behind the pseudonyms: `GOODGUEST_KEY`, else a file made at first use.

    Raises FixSettings when the key is not of 16 to 64 bytes.
    """
    return secret_of(KEY_VARIABLE, given.data / KEY_FILE)


def secret_of(variable: str, path: Path) -> bytes:
    """Return the key that the variable holds, else that in the file, made where there is none."""
    if key := os.environ.get(variable):
        return _fitting(key.encode(), variable)
    return key_in(path)


def key_in(path: Path) -> bytes:
    """Return the key in the file, which is made where there is none."""
    if not path.exists():
        _make_key(path)
    return _fitting(path.read_bytes().strip(), str(path))


def _make_key(path: Path) -> None:
    """Write a new key, whole, unless another process was faster."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile("w", dir=path.parent, prefix=f".{path.name}-") as file:
        file.write(secrets.token_hex(32))
        file.flush()
        with suppress(FileExistsError):
            path.hardlink_to(file.name)


def _fitting(key: bytes, where: str) -> bytes:
    if not _SHORTEST_KEY <= len(key) <= _LONGEST_KEY:
        allowed = f"{_SHORTEST_KEY} to {_LONGEST_KEY}"
        raise FixSettings(f"{where}: found a key of {len(key)} bytes; allowed are {allowed}")
    return key
