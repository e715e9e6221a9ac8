"""Check: what would keep a run from working, found before it begins."""

import os
import re
import shutil
import stat
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from sqlalchemy import Engine, make_url
from sqlalchemy.exc import SQLAlchemyError

from connectors import connector_of
from contract.charter import Charter
from contract.credentials import Credentials, variable_of
from contract.errors import FixSettings, GoodguestError
from digest.smtp import smtp_of_url
from pipeline.credentials import credentials_of, is_elsewhere
from pipeline.finding import Finding
from pipeline.landing import try_out
from pipeline.leaving import leaving_findings
from pipeline.manifest import KEYS
from pipeline.opted_out import Guard
from pipeline.permission import may_listen, may_visit
from pipeline.probe_findings import probe_findings
from pipeline.protecting import unknown_topics
from pipeline.settings import Settings, secret_of
from warehouse.store import opened

_OF_PERSONS = re.compile(
    r"\b(?:vetting|recruit\w*|applicants?|job candidates?|background checks?|pre-employment|"
    r"disciplinary|employee monitoring|bewerb\w*|disziplinar\w*|mitarbeiterüberwachung)\b",
    re.IGNORECASE,
)
_LEAST_FREE = 1_000_000_000
_LITTLE_FREE, _LEAST_SHARE_FREE = 10_000_000_000, 0.1
"""Bytes: of a large disk, a tenth is much."""


def findings(given: Settings, *, probing: bool = False) -> list[dict[str, Any]]:
    """Return what is wrong or soon will be: `level` (error, warning, note), `where`, `message`.

    With `probing` the platforms and communities are asked whether they answer and take the keys.
    """
    try:
        charter = given.load_charter()
    except FixSettings as error:
        lines = str(error).splitlines()
        return [Finding("error", str(given.charter), line)._asdict() for line in lines]
    ready: dict[str, Credentials] = {}
    found = [
        *_sources(charter, ready),
        *_purposes(charter),
        *_vocabulary(given, charter),
        *_warehouse(given, charter, ready if probing else {}),
        *_places(given),
        *_settings(given, charter),
    ]
    return [each._asdict() for each in found]


def _sources(charter: Charter, ready: dict[str, Credentials]) -> Iterator[Finding]:
    """Yield what is wrong with sources; `ready` gets the credentials of those that can be asked."""
    now = datetime.now(UTC)
    today = charter.today(now)
    for name, source in charter.sources.items():
        if not source.enabled:
            continue
        where, terms = f"sources.{name}", connector_of(source.platform).TERMS
        yield from _ending(charter, name, today)
        try:
            may_listen(charter, name, now)
            may_visit(charter, name)
            wants_any = terms.credentials or terms.optional_credentials
            if wants_any and is_elsewhere(name, source):
                yield Finding(
                    "note",
                    where,
                    f"its key is not in this environment; if Airflow holds {source.conn_id}, test "
                    f"it there with `airflow connections test {source.conn_id}`, else set "
                    f"{variable_of(name)}",
                )
            else:
                ready[name] = credentials_of(name, source, terms)
        except GoodguestError as error:
            yield Finding("error", where, str(error))


def _ending(charter: Charter, name: str, today: date) -> Iterator[Finding]:
    """Yield what the source is read by and soon is no more; what has expired is an error."""
    source = charter.sources[name]
    ends = {
        f"purpose {source.purpose}": (
            charter.purposes[source.purpose].expires,
            "then nothing is collected for it and its posts are removed",
        )
    }
    if source.approval:
        ends[f"approval {source.approval.ref}"] = (
            source.approval.expires,
            "then nothing is asked of the platform",
        )
    for what, (expires, then) in ends.items():
        left = expires - today
        if timedelta() <= left <= charter.alerts.before:
            yield Finding(
                "warning",
                f"sources.{name}",
                f"{what} expires on {expires}: renew it in time; {left.days} days are left, {then}",
            )


def _purposes(charter: Charter) -> Iterator[Finding]:
    """Yield what sounds as if persons were to be judged; only a person can tell whether it is."""
    for name, purpose in charter.purposes.items():
        for key in ("title", "legal_basis"):
            if word := _OF_PERSONS.search(getattr(purpose, key)):
                yield Finding(
                    "warning",
                    f"purposes.{name}.{key}",
                    f"found {word[0]!r}: persons are not judged with what they write elsewhere, "
                    "applicants and staff among them, and nothing here finds a person's posts; if "
                    "that is not meant, say it in other words",
                )


def _vocabulary(given: Settings, charter: Charter) -> Iterator[Finding]:
    words, folder = charter.vocabulary, given.charter.parent
    registers = (register.file for register in words.registers.values())
    files = [*words.topics, *words.examples, *words.datasets, *registers]
    for at in files:
        if "://" not in at and not (folder / at).is_file():
            yield Finding("error", "vocabulary", f"{folder / at}: there is no such file")


def _warehouse(
    given: Settings, charter: Charter, to_ask: Mapping[str, Credentials]
) -> Iterator[Finding]:
    """Yield what is wrong with the store, or else what comes of the probes: it keeps their pace."""
    try:
        with opened(given.warehouse) as engine:
            with engine.connect() as connection:
                yield from leaving_findings(connection, charter, datetime.now(UTC))
                for message in unknown_topics(connection, charter):
                    yield Finding("error", "sensitive.topics", message)
            yield from _left_out(given, engine, charter)
            yield from probe_findings(given, engine, charter, to_ask)
    except GoodguestError as error:
        yield Finding("error", "warehouse", str(error))
    except SQLAlchemyError as error:
        # The driver's own words can repeat the address with its password.
        yield Finding("error", "warehouse", f"it does not answer ({type(error).__name__})")


def _left_out(given: Settings, engine: Engine, charter: Charter) -> Iterator[Finding]:
    """Yield that who is left out was noted with another secret: nothing would be read."""
    try:
        Guard(given, engine, charter)
    except FixSettings as error:
        yield Finding("error", "settings", str(error))


def _places(given: Settings) -> Iterator[Finding]:
    for where, place in {"data": str(given.data), "landing": given.landing}.items():
        try:
            try_out(place)
        except GoodguestError as error:
            yield Finding("error", where, str(error))
        except OSError as error:
            yield Finding("error", where, f"{place} cannot be written: {error}")
    for disk, free in _nearly_full(given):
        yield Finding(
            "warning",
            "disk",
            f"{disk}: {free / 1e9:,.1f} GB are free; make room, before a run stops for want of it",
        )


def _nearly_full(given: Settings) -> Iterator[tuple[Path, int]]:
    """Yield each disk of ours that is nearly full, by a folder on it, with its free bytes."""
    seen: set[int] = set()
    for folder in _folders(given):
        there = next(each for each in (folder, *folder.parents) if each.exists())
        if (disk := there.stat().st_dev) in seen:
            continue
        seen.add(disk)
        usage = shutil.disk_usage(there)
        is_little = usage.free < min(_LITTLE_FREE, _LEAST_SHARE_FREE * usage.total)
        if is_little or usage.free < _LEAST_FREE:
            yield there, usage.free


def _folders(given: Settings) -> Iterator[Path]:
    """Yield the folders on disks of ours that runs write into."""
    yield given.data
    if "://" not in given.landing or given.landing.startswith("file://"):
        yield Path(given.landing.removeprefix("file://")).absolute()
    if given.warehouse.startswith("sqlite:"):
        yield Path(make_url(given.warehouse).database or ".").absolute().parent


def _settings(given: Settings, charter: Charter) -> Iterator[Finding]:
    for file, variable in KEYS.items():
        yield from _key(variable, given.data / file)
    if given.smtp:
        try:
            smtp_of_url(given.smtp)
        except FixSettings as error:
            yield Finding("error", "settings", str(error))
    elif readers := _readers(charter):
        yield Finding(
            "warning",
            "settings",
            f"{readers} have addresses in the charter, and no mail leaves: set GOODGUEST_SMTP to "
            "smtp://host or smtps://user:password@host",
        )
    either = ("https", "http")
    for variable, address, schemes in (
        ("GOODGUEST_WEBHOOK", given.webhook, either),
        ("GOODGUEST_EXPLORER", given.explorer, either),
        ("GOODGUEST_UNSUBSCRIBE", given.unsubscribe, ("https",)),  # as mail programs want it
    ):
        if address and not _is_web_address(address, schemes):
            allowed = " and ".join(f"{scheme}://…" for scheme in schemes)
            message = f"{variable}: not an address of the web; allowed: {allowed}"
            yield Finding("error", "settings", message)


def _key(variable: str, path: Path) -> Iterator[Finding]:
    """Yield what is wrong with a key, where there is one: none is made here."""
    is_in_file = not os.environ.get(variable)
    if is_in_file and not path.exists():
        return
    try:
        secret_of(variable, path)
    except FixSettings as error:
        yield Finding("error", "settings", str(error))
    if is_in_file and stat.S_IMODE(path.stat().st_mode) & 0o077:
        yield Finding("warning", "settings", f"{path}: other accounts can read it; chmod 600 it")


def _readers(charter: Charter) -> str:
    """Return who waits for mail: `alerts, digest a and digest b`; empty where nobody does."""
    named = ["alerts"] if charter.alerts.to else []
    named += [f"digest {name}" for name, digest in charter.digests.items() if digest.to]
    return " and ".join(filter(None, (", ".join(named[:-1]), *named[-1:])))


def _is_web_address(address: str, schemes: Sequence[str]) -> bool:
    try:
        parts = urlsplit(address)
        return parts.scheme in schemes and bool(parts.hostname) and parts.port != 0
    except ValueError:
        return False
