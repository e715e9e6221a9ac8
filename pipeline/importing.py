"""Import: lands pages from files, as if a community had just answered with them."""

import logging
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from connectors import connector_of
from contract.charter import Charter
from contract.errors import FixSettings, SkipPage
from contract.keys import stable_key
from contract.page import Page
from pipeline.archives import Response, responses_of
from pipeline.landable import Landable
from pipeline.landing import land
from pipeline.settings import Settings
from warehouse.store import opened

_log = logging.getLogger("goodguest.import")
_PART_BYTES = 8 * 1024 * 1024
_PART_PAGES = 200


def import_files(
    given: Settings, platform: str, paths: Sequence[Path], source: str | None = None
) -> dict[str, Any]:
    """Land the pages in the files and folders for a source (None: the platform's first).

    Returns `source, files, pages, records, skipped` (files by rule). Raises FixSettings when the
    platform, the source or a path is not there. Folders are read to any depth.
    """
    connector = connector_of(platform)
    charter = given.load_charter()
    name = source or _first_source(charter, platform)
    if (reads := charter.source(name).platform) != platform:
        raise FixSettings(f"source {name} reads {reads}, not {platform}; name one that does")
    skipped: Counter[str] = Counter()
    files = list(_files(paths))
    address = str(charter.sources[name].url)
    now = datetime.now(UTC)
    pages = records = 0
    found = _pages(files, name, platform, address, connector.is_page, skipped)
    with opened(given.warehouse) as engine:
        landable = Landable(given, engine, charter)
        for number, part in enumerate(_in_parts(found), 1):
            # Parsed before it is landed: what is landed has to be read at every refining.
            landed, counts = zip(*map(landable, part), strict=True)
            records += sum(counts)
            land(given.landing, landed, f"import{now:%Y%m%dT%H%M%S%f}", now, number)
            pages += len(part)
    return {
        "source": name,
        "files": len(files),
        "pages": pages,
        "records": records,
        "skipped": dict(skipped),
    }


def _first_source(charter: Charter, platform: str) -> str:
    for name, source in charter.sources.items():
        if source.platform == platform:
            return name
    raise FixSettings(f"no source of the charter reads {platform}; name one with --source")


def _files(paths: Sequence[Path]) -> Iterator[Path]:
    for path in paths:
        if path.is_dir():
            yield from sorted(p for p in path.rglob("*") if p.is_file())
        elif path.is_file():
            yield path
        else:
            raise FixSettings(f"{path}: there is no such file or folder")


def _pages(
    files: Sequence[Path],
    source: str,
    platform: str,
    address: str,
    is_page: Callable[[bytes], bool],
    skipped: Counter[str],
) -> Iterator[Page]:
    for path in files:
        held = 0
        try:
            for response in responses_of(path):
                if response.url or is_page(response.body):
                    held += 1
                    yield _page(response, path, source, platform, address)
        except SkipPage as problem:
            _log.warning("%s", problem)
            skipped["cut, damaged or too large"] += 1
            continue
        if not held:
            skipped[f"not a page of {platform}"] += 1


def _page(response: Response, path: Path, source: str, platform: str, address: str) -> Page:
    # An imported file was received when it was written; the store keeps the latest observation.
    written = datetime.fromtimestamp(min(max(path.stat().st_mtime, 0.0), time.time()), UTC)
    name = path.name.encode(errors="replace").decode()
    return Page(
        source=source,
        platform=platform,
        url=response.url or address,
        received_at=response.received_at or written,
        status=response.status,
        method=response.method,
        headers=response.headers,
        body=response.body,
        # The path itself may hold a person's name; its digest tells files of one name apart.
        file=f"{stable_key(str(path.absolute()))[:12]}-{name}",
    )


def _in_parts(pages: Iterator[Page]) -> Iterator[list[Page]]:
    part: list[Page] = []
    size = 0
    for page in pages:
        if part and (size + len(page.body) > _PART_BYTES or len(part) >= _PART_PAGES):
            yield part
            part, size = [], 0
        part.append(page)
        size += len(page.body)
    if part:
        yield part
