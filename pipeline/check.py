"""Check: what would keep a run from working, found before it begins."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import fsspec
from sqlalchemy.exc import SQLAlchemyError

from connectors import connector_of
from contract.charter import Charter
from contract.errors import FixSettings, GoodguestError
from digest.mail import smtp_of_url
from pipeline.credentials import credentials_of
from pipeline.permission import may_listen
from pipeline.settings import Settings, pseudonym_key
from warehouse.store import opened

_WARN_BEFORE = timedelta(days=60)


def findings(given: Settings) -> list[dict[str, Any]]:
    """Return what is wrong or soon will be: `level` (error, warning), `where`, `message`."""
    try:
        charter = given.load_charter()
    except FixSettings as error:
        return [_finding("error", str(given.charter), line) for line in str(error).splitlines()]
    return [*_sources(charter), *_vocabulary(given, charter), *_stores(given)]


def _sources(charter: Charter) -> Iterator[dict[str, Any]]:
    today = datetime.now(UTC).date()
    for name, source in charter.sources.items():
        if not source.enabled:
            continue
        where = f"sources.{name}"
        try:
            may_listen(charter, name, today)
            if not source.conn_id:
                credentials_of(name, source, connector_of(source.platform).TERMS)
        except GoodguestError as error:
            yield _finding("error", where, str(error))
            continue
        ends = {f"purpose {source.purpose}": charter.purposes[source.purpose].expires}
        if source.approval:
            ends[f"approval {source.approval.ref}"] = source.approval.expires
        for what, expires in ends.items():
            if expires - today <= _WARN_BEFORE:
                yield _finding("warning", where, f"{what} expires on {expires}: renew it in time")


def _vocabulary(given: Settings, charter: Charter) -> Iterator[dict[str, Any]]:
    words, folder = charter.vocabulary, given.charter.parent
    registers = (register.file for register in words.registers.values())
    files = [*words.topics, *words.examples, *words.datasets, *registers]
    for at in files:
        if "://" not in at and not (folder / at).is_file():
            yield _finding("error", "vocabulary", f"{folder / at}: there is no such file")


def _stores(given: Settings) -> Iterator[dict[str, Any]]:
    try:
        with opened(given.warehouse):
            pass
    except FixSettings as error:
        yield _finding("error", "warehouse", str(error))
    except SQLAlchemyError as error:
        # The driver's own words can repeat the address with its password.
        yield _finding("error", "warehouse", f"it does not answer ({type(error).__name__})")
    fs, root = fsspec.core.url_to_fs(given.landing)
    probe = f"{str(root).rstrip('/')}/.writable"
    try:
        fs.makedirs(str(root), exist_ok=True)
        fs.pipe_file(probe, b"")
        fs.rm_file(probe)
    except OSError as error:
        yield _finding("error", "landing", f"{given.landing} cannot be written: {error}")
    try:
        pseudonym_key(given)
        if given.smtp:
            smtp_of_url(given.smtp)
    except FixSettings as error:
        yield _finding("error", "settings", str(error))


def _finding(level: str, where: str, message: str) -> dict[str, Any]:
    return {"level": level, "where": where, "message": message}
