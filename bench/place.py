"""A place to measure in: landed pages, kept from one time to the next, and stores without posts."""

import json
import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import partial
from hashlib import sha256
from pathlib import Path
from typing import Final

from bench import payloads
from bench.databases import cpu_of
from bench.invented import Holdings
from bench.server import Server, own_server
from bench.words import LANGUAGES
from contract.page import Page
from pipeline import landing
from pipeline.language_cache import KeptTables
from pipeline.link import Tie
from pipeline.settings import Settings
from transforms.language import told_apart
from warehouse import catalogue, runs
from warehouse.store import migrate, open_store

_MADE_BY: Final = ("invented", "payloads", "sayings", "words",
                   *(f"shape_{name}" for name in payloads.PLATFORMS))  # fmt: skip
"""When one of these files changes, the pages are made anew."""
_PURPOSE: Final = {"title": "None", "legal_basis": "None", "dpia": "none", "owner": "nobody",
                   "expires": "2099-12-31"}  # fmt: skip
_KEY: Final = "the key of an invented agency"
_GIVEN: Final = "given"
"""The store that others are copies of: it holds the holdings and no posts."""


@dataclass(frozen=True, slots=True)
class Place:
    """So many posts of a platform, landed, and where to store them.

    `posts` are records; `holdings` is what every new store of `stores` holds.
    """

    platform: str
    posts: int
    holdings: Holdings
    landing: Path
    stores: "Stores"

    def settings(self, name: str) -> Settings:
        """Return the settings of a new store of this name, with a data folder of its own."""
        return self.stores.settings(name, str(self.landing))

    def answers(self) -> Path:
        """Return a file with the bare answers, one a line, for those who read no landing zone."""
        path = self.landing.with_name("answers.jsonl")
        if not path.exists():
            with path.with_suffix(".tmp").open("wb") as file:
                for part in landing.parts(str(self.landing)):
                    for _, page in landing.pages_of(str(self.landing), part):
                        if isinstance(page, Page):
                            file.write(page.body + b"\n")
            path.with_suffix(".tmp").rename(path)
        return path


@dataclass(frozen=True, slots=True)
class Stores:
    """Where stores are made: in a folder, or on a server if there is one."""

    folder: Path
    server: Server | None

    def settings(self, name: str, landed: str) -> Settings:
        """Return the settings of a new store, which holds the holdings and no posts."""
        given = self._settings(name, landed)
        given.data.mkdir()
        shutil.copytree(self._settings(_GIVEN, "").matchers, given.matchers)
        if self.server is None:
            shutil.copy(self.folder / _GIVEN / "store.db", given.data / "store.db")
        else:
            with self.server.connect() as connection:
                connection.execute(f"create database {name} template {_GIVEN}".encode())
        return given

    def drop(self, name: str) -> None:
        """Remove the store and its folder."""
        shutil.rmtree(self.folder / name)
        if self.server is not None:
            with self.server.connect() as connection:
                connection.execute(f"drop database {name}".encode())

    def server_cpu(self) -> float:
        """Return the seconds of CPU time that the server took so far; 0 where there is none."""
        return 0.0 if self.server is None else cpu_of(self.server.pid)

    def stock(self, holdings: Holdings) -> None:
        """Make the store that others are copies of."""
        given = self._settings(_GIVEN, "")
        given.charter.write_text(json.dumps(_charter()), encoding="utf-8")
        given.data.mkdir()
        if self.server is not None:
            with self.server.connect() as connection:
                connection.execute(f"create database {_GIVEN}".encode())
        stock(given, holdings)

    def _settings(self, name: str, landed: str) -> Settings:
        data = self.folder / name
        store = f"sqlite:///{data}/store.db"
        if self.server is not None:
            store = f"postgresql+psycopg://goodguest@/{name}?host={self.server.folder}"
        return Settings(self.folder / "charter.yaml", data, store, landed, None)


def stock(given: Settings, holdings: Holdings) -> None:
    """Make the store of these settings, write the holdings into it, and make ready to refine."""
    engine = open_store(given.warehouse)
    migrate(engine)
    charter = given.load_charter()
    runs.register_sources(engine, charter)
    catalogue.load_topics(engine, "topics", holdings.topics)
    catalogue.load_datasets(engine, "datasets", holdings.datasets)
    catalogue.load_entities(engine, "facilities", holdings.entities)
    Tie(engine, given.matchers, charter.ties).ready()
    KeptTables(given.matchers)(told_apart(charter.agency.languages))
    engine.dispose()


@contextmanager
def opened(
    dest: str, folder: Path, cache: Path, holdings: Holdings
) -> Iterator[Callable[[str, int], Place]]:
    """Yield what returns a place for so many posts of a platform; `dest` is sqlite or postgres.

    Pages stay in the cache; stores are made in the folder, and their server ends with it.
    """
    with ExitStack() as stack:
        server = stack.enter_context(own_server(is_durable=True)) if dest == "postgres" else None
        stores = Stores(folder, server)
        stores.stock(holdings)
        yield partial(_place, stores, cache, holdings)


def environment(given: Settings) -> dict[str, str]:
    """Return what tells a command these settings."""
    return {
        "GOODGUEST_DATA": str(given.data),
        "GOODGUEST_CHARTER": str(given.charter),
        "GOODGUEST_LANDING": given.landing,
        "GOODGUEST_WAREHOUSE": given.warehouse,
        "GOODGUEST_KEY": _KEY,
    }


def _place(stores: Stores, cache: Path, holdings: Holdings, platform: str, posts: int) -> Place:
    folder = cache / f"{platform}-{posts}-{_version()}"
    if not folder.exists():
        being_made = folder.with_name(f".{folder.name}.{os.getpid()}")
        for number, page in enumerate(payloads.payloads(platform, posts, holdings), 1):
            # One page a part, as a run lands them.
            landing.land(str(being_made / "landing"), [page], "bench", page.received_at, number)
        for old in cache.glob(f"{platform}-{posts}-*"):
            shutil.rmtree(old)
        being_made.rename(folder)
    records = sum(payloads.shares(platform, posts).values())
    return Place(platform, records, holdings, folder / "landing", stores)


def _version() -> str:
    here = Path(__file__).parent
    return sha256(b"".join((here / f"{n}.py").read_bytes() for n in _MADE_BY)).hexdigest()[:8]


def _charter() -> dict[str, object]:
    sources = {
        f"invented-{name}": {"platform": name, "url": platform.url, "purpose": "bench"}
        for name, platform in payloads.PLATFORMS.items()
    }
    return {
        "agency": {
            "name": "An invented agency",
            "contact": "nobody@agency.example",
            "privacy_notice": "https://agency.example/privacy",
            "country": "GB",
            "languages": list(LANGUAGES),
        },
        "purposes": {"bench": _PURPOSE},
        "sources": sources,
    }
