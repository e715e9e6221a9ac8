"""Cleaning: takes what was removed out of files made of it: digests, exports, what was learnt."""

import logging
import shutil
from collections.abc import Collection, Iterator
from pathlib import Path

import msgspec

from contract.mending import mended_first
from digest.issue import Issue
from digest.redacting import content_of, issue_of, quoted_in, without
from digest.render import render_html, render_text
from pipeline.datapackage import DESCRIPTOR, DICTIONARY, descriptor_in, files_of
from pipeline.digest import ISSUE
from pipeline.settings import Settings

_log = logging.getLogger("goodguest.comply")


def redact_digests(given: Settings, post_keys: Collection[str]) -> int:
    """Return how many issues below the folder of data quoted one of the posts, and do no longer.

    Their pages are written anew from the same numbers, with a mark; nothing is mailed again.
    """
    return sum(_redact(path, issue, post_keys) for path, issue in _issues(given))


def redact_digests_before(given: Settings, week: str) -> int:
    """Return how many issues of earlier weeks quoted any post, and do no longer."""
    return sum(_redact(path, i, quoted_in(i)) for path, i in _issues(given) if i.week < week)


def _issues(given: Settings) -> Iterator[tuple[Path, Issue]]:
    for path in sorted(given.data.rglob(f"*{ISSUE}")):
        try:
            yield path, issue_of(path.read_bytes())
        except msgspec.MsgspecError:
            _log.error("%s: is no issue of a digest; its pages are deleted", path)
            for ending in (".html", ".txt", ISSUE):
                _beside(path, ending).unlink(missing_ok=True)


def _redact(path: Path, issue: Issue, post_keys: Collection[str]) -> bool:
    new = without(issue, post_keys)
    if new == issue:
        return False
    picture = _beside(path, ".png")
    html = render_html(new, picture.name if picture.exists() else None)
    _replace(_beside(path, ".html"), html.encode())
    _replace(_beside(path, ".txt"), render_text(new).encode())
    # Last: while it stands, the pages are not yet done.
    _replace(path, content_of(new))
    return True


def remove_exports(given: Settings) -> int:
    """Return how many exports below the folder of data were deleted: each may hold what went.

    An export is made again with one command; elsewhere it is with whoever made it.
    """
    removed = 0
    for path in sorted(given.data.rglob(DESCRIPTOR)):
        descriptor = descriptor_in(path.parent)
        if descriptor is None:
            continue
        for name in (*files_of(descriptor), DICTIONARY, DESCRIPTOR):
            (path.parent / name).unlink(missing_ok=True)
        _log.warning("%s: posts in this export were removed since; export it anew", path.parent)
        removed += 1
    return removed


def forget_learnt(given: Settings) -> None:
    """Delete what is kept to find ties: it may have learnt from posts that were reviewed."""
    if given.matchers.exists():
        shutil.rmtree(given.matchers)


def _beside(path: Path, ending: str) -> Path:
    return path.with_name(path.name.removesuffix(ISSUE) + ending)


def _replace(path: Path, content: bytes) -> None:
    being_written = path.with_name(f".{path.name}.tmp")
    with mended_first(path):
        being_written.write_bytes(content)
        being_written.replace(path)
