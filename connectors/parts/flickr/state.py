"""What a run over Flickr leaves behind."""

from typing import Literal, NotRequired, TypedDict

from connectors.cursors import Count, End, Second


class _Community(TypedDict):
    id: str
    name: str | None
    url: str


class _Job(TypedDict):
    """As connectors.parts.flickr.lists says."""

    # Nothing else is ever listed: no contacts, no favourites.
    method: Literal[
        "flickr.photos.search",
        "flickr.groups.pools.getPhotos",
        "flickr.photosets.getPhotos",
        "flickr.people.getPublicPhotos",
    ]
    params: dict[str, str | int]
    since: Second
    until: Second
    page: Count
    community: NotRequired[_Community]
    first: NotRequired[str | None]
    asked: NotRequired[Count]
    total: NotRequired[Count | None]


class _Photo(TypedDict):
    id: str
    changed: Count | None
    likes: Count | None
    title: str | None


class _Run(TypedDict):
    """Lists and photos still to ask for, and the photo asked for last."""

    jobs: list[_Job]
    organisations: list[str]
    left: list[tuple[str, Count | None, Count | None]]
    answers: Count
    photo: NotRequired[_Photo]
    comments: NotRequired[bool]
    community: NotRequired[_Community | None]
    end: NotRequired[End]


class State(TypedDict, total=False):
    """A cursor: when the photos asked for had last changed, and how far a run has come."""

    seen: dict[str, Count]
    run: _Run
