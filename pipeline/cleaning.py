"""Cleaning: takes what was removed out of files made of it: digests, exports, what was learnt."""

import logging
import shutil
from collections.abc import Collection, Iterator
from pathlib import Path

import msgspec
import sqlalchemy as sa

from digest.archive import ISSUE
from digest.archive import files_of as pages_of
from digest.issue import Issue
from digest.redacting import content_of, issue_of, quoted_in, without
from pipeline.datapackage import DESCRIPTOR, DICTIONARY, PROTECTED, descriptor_in, files_of
from pipeline.issues import quoted_in_kept, redact_kept, redact_kept_before
from pipeline.settings import Settings
from pipeline.sharing import DIGESTS, in_turn
from pipeline.whole_file import LEFT_BEHIND, write_whole
from warehouse.named_posts import held_under
from warehouse.protecting import topics_protected
from warehouse.sensitive import sensitive_among
from warehouse.store import opened

_log = logging.getLogger("goodguest.comply")


def redact_digests(given: Settings, post_keys: Collection[str]) -> int:
    """Return how many issues below the folder of data quoted one of the posts, and do no longer.

    Their pages are written anew from the same numbers, with a mark; nothing is mailed again. The
    warehouse keeps them likewise.
    """
    with opened(given.warehouse) as engine, in_turn(given, engine, DIGESTS):
        kept = redact_kept(engine, post_keys)
        files = sum(_redact(path, issue, post_keys) for path, issue in _issues(given))
        # Nobody writes one now: what a killed process had begun may quote a post as well.
        for left in (given.data / "digests").glob(LEFT_BEHIND):
            left.unlink(missing_ok=True)
    return max(kept, files)


def redact_digests_before(given: Settings, week: str) -> int:
    """Return how many issues of earlier weeks quoted any post, and do no longer."""
    with opened(given.warehouse) as engine, in_turn(given, engine, DIGESTS):
        kept = redact_kept_before(engine, week)
        files = sum(_redact(path, i, quoted_in(i)) for path, i in _issues(given) if i.week < week)
    return max(kept, files)


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
    for name, content in pages_of(path.parent, new).items():
        write_whole(path.with_name(name), content)
    # Last: while it stands, the pages are not yet done.
    write_whole(path, content_of(new))
    return True


def withdraw_protected(given: Settings, engine: sa.Engine) -> dict[str, int]:
    """Return how many digests quoted what is sensitive by now, and how many exports were of before.

    Those digests do no longer, and those exports are gone. Nothing is done while a topic of the
    charter is not known: any post could be on it, and what is taken out does not come back.
    """
    with engine.connect() as connection:
        uris, missing = topics_protected(connection)
        if missing:
            return {"digests": 0, "exports": 0}
        issues = [issue for _, issue in _issues(given)]
        quoted = set[str]().union(quoted_in_kept(connection), *map(quoted_in, issues))
        # Files of before quote posts by keys that did not rise.
        held = held_under(connection, quoted) if uris else {}
        keys = sensitive_among(connection, set(held.values()))
    digests = redact_digests(given, keys) if keys else 0
    return {"digests": digests, "exports": remove_exports(given, uris)}


def remove_exports(given: Settings, protected: Collection[str] | None = None) -> int:
    """Return how many exports below the folder of data were deleted: each may hold what went.

    With topics that are `protected` only those of when one of them was not. An export is made again
    with one command; elsewhere it is with whoever made it.
    """
    removed = 0
    for path in sorted(given.data.rglob(DESCRIPTOR)):
        descriptor = descriptor_in(path.parent)
        if descriptor is None:
            continue
        known = descriptor["goodguest"].get(PROTECTED, ())
        if protected is not None and set(protected).issubset(known):
            continue
        for name in (*files_of(descriptor), DICTIONARY, DESCRIPTOR):
            (path.parent / name).unlink(missing_ok=True)
        _log.warning("%s: some of this export may not be shown now; export it anew", path.parent)
        removed += 1
    return removed


def forget_learnt(given: Settings) -> None:
    """Delete what is kept to find ties: it may have learnt from posts that were reviewed."""
    if given.matchers.exists():
        shutil.rmtree(given.matchers)


def _beside(path: Path, ending: str) -> Path:
    return path.with_name(path.name.removesuffix(ISSUE) + ending)
