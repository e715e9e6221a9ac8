"""Flickr's lists of photos: which of them to ask for, and where each list ends."""

from typing import Any, NamedTuple

from connectors.ends import BOUND, COMPLETE, LIMIT
from connectors.parts.flickr.answers import ALBUM, POOL, SEARCH
from connectors.parts.flickr.fields import count_of, inside, items_of, text_of

Job = dict[str, Any]
"""A list to read: its `method` and `params`; the span of time wanted, `since` and `until` (Unix
seconds, half-open); the next `page`; the `community` it is, if one; `first`, the photo that its
last page began with; how many pages were `asked` for, and of how many photos in `total`."""
Wanted = list[Any]
"""A photo to ask for: its id, when it last changed, and how many like it (None: not told)."""

MOST_FOUND = 4000
"""A search shows no more: later pages say the last one again, whatever `total` says.
https://www.flickr.com/services/api/flickr.photos.search.html"""
_A_PAGE, _A_PAGE_OF_A_BOX = 500, 250
_MAX_PAGES = 40
"""Pages of one list in one run: 20,000 photos."""
_EXTRAS = "date_upload,last_update,count_faves"
"""No more, so that every entry is seen to be one that is asked for on its own."""


class Listed(NamedTuple):
    """What a page of a list led to: photos to ask for, lists still to read, and how it ended."""

    wanted: list[Wanted]
    jobs: list[Job]
    end: str


def params_of(job: Job) -> dict[str, Any]:
    """Return the parameters that ask for the job's next page."""
    params = {**job["params"], "extras": _EXTRAS, "page": job["page"], "per_page": _per_page(job)}
    if job["method"] == SEARCH:
        # Both ends are within what is found.
        params |= {"min_upload_date": job["since"], "max_upload_date": job["until"] - 1}
        params |= {"sort": "date-posted-desc"}
    return params


def listed(job: Job, read: Any, seen: dict[str, int]) -> Listed:
    """Return what follows from a page of the job's list, as decoded."""
    about = inside(read, "photoset" if job["method"] == ALBUM else "photos")
    entries = [entry for entry in items_of(about, "photo") if isinstance(entry, dict)]
    page, is_search = job["page"], job["method"] == SEARCH
    total, asked = count_of(about.get("total")), job.get("asked", 0) + 1
    is_too_much = is_search and (total or 0) > MOST_FOUND
    if is_too_much and page == 1 and job["until"] - job["since"] > 1:
        return Listed([], _halves(job), COMPLETE)
    if total is not None and total < (job.get("total") or 0) and asked < _MAX_PAGES:
        # Something vanished, and what came next slid onto the page before.
        back = {"page": max(page - 1, 1), "asked": asked, "total": total, "first": None}
        return Listed(_wanted_of(job, entries, seen), [{**job, **back}], COMPLETE)
    if not entries:
        return Listed([], [], LIMIT if is_too_much else COMPLETE)
    first = text_of(entries[0].get("id"))
    if first == job.get("first") or count_of(about.get("page")) not in (None, page):
        return Listed([], [], LIMIT)
    pages = count_of(about.get("pages"))
    more = (pages is None or page < pages) and not _is_past(job, entries)
    end = COMPLETE
    if more and is_search and page * _per_page(job) >= MOST_FOUND:
        more, end = False, LIMIT
    if more and asked >= _MAX_PAGES:
        more, end = False, BOUND
    job = {**job, "page": page + 1, "first": first, "asked": asked, "total": total}
    return Listed(_wanted_of(job, entries, seen), [job] if more else [], end)


def _per_page(job: Job) -> int:
    return _A_PAGE_OF_A_BOX if "bbox" in job["params"] else _A_PAGE


def _halves(job: Job) -> list[Job]:
    middle = (job["since"] + job["until"]) // 2
    return [{**job, "since": middle}, {**job, "until": middle}]


def _wanted_of(job: Job, entries: list[dict[str, Any]], seen: dict[str, int]) -> list[Wanted]:
    return list({w[0]: w for entry in entries if (w := _wanted(job, entry, seen))}.values())


def _wanted(job: Job, entry: dict[str, Any], seen: dict[str, int]) -> Wanted | None:
    """Return the photo when it is new or changed in the time wanted and not known as it is.

    A search finds by upload alone. An organisation's own photos are wanted again whenever somebody
    puts a tag on one or a comment below: that changes `lastupdate`, however old the photo is.
    """
    native_id, changed = text_of(entry.get("id")), count_of(entry.get("lastupdate"))
    added = count_of(entry.get("dateadded" if job["method"] == POOL else "dateupload"))
    latest = added if job["method"] == SEARCH else max(added or 0, changed or 0) or None
    if not native_id or (changed is not None and seen.get(native_id) == changed):
        return None
    if added is not None and added >= job["until"]:
        return None
    if latest is not None and latest < job["since"]:
        return None
    return [native_id, changed, count_of(entry.get("count_faves"))]


def _is_past(job: Job, entries: list[dict[str, Any]]) -> bool:
    """Return whether a pool's page, the last added first, is older than what is wanted."""
    if job["method"] != POOL:
        return False
    added = [count_of(entry.get("dateadded")) for entry in entries]
    return all(moment is not None and moment < job["since"] for moment in added)
