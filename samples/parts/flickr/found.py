"""What the town's search on Flickr finds."""

from collections.abc import Callable

from samples.parts.flickr.model import Photo
from samples.parts.flickr.wire import is_machine, normal


def _within(photo: Photo, box: str) -> bool:
    west, south, east, north = (float(degrees) for degrees in box.split(","))
    return photo.at is not None and south <= photo.at[0] <= north and west <= photo.at[1] <= east


def _worded(photo: Photo, text: str) -> bool:
    said = " ".join([photo.title, photo.about, *(tag.raw for tag in photo.tags)]).lower()
    return all(word in said for word in text.lower().split())


def _tagged(photo: Photo, tags: str) -> bool:
    wanted = {normal(tag) for tag in tags.split(",")}
    return any(normal(tag.raw) in wanted for tag in photo.tags)


def _machine_tagged(photo: Photo, tags: str) -> bool:
    wanted = [normal(tag) for tag in tags.split(",")]
    own = [normal(tag.raw) for tag in photo.tags if is_machine(tag)]
    # "aberwennol:" and "aberwennol:object=" ask for whatever follows.
    return any(o.startswith(w) if w.endswith((":", "=")) else o == w for w in wanted for o in own)


FITS: dict[str, Callable[[Photo, str], bool]] = {
    "text": _worded,
    "tags": _tagged,
    "machine_tags": _machine_tagged,
    "bbox": _within,
    "user_id": lambda photo, nsid: photo.owner.nsid == nsid,
}
"""Whether a photo is found, by what is asked for."""
