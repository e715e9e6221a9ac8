"""What ties are sought with, kept on disk, because building it takes longer than reading it."""

import unicodedata
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path
from typing import Final

import msgspec

from contract.keys import stable_key
from pipeline.kept import kept_in
from transforms.datasets import DatasetIndex
from transforms.entities import EntityMatcher
from transforms.topic_names import TopicMatcher

_FORMAT: Final = "1"
"""Changes when the form of the matchers does and none of their methods."""


class Matchers(msgspec.Struct):
    """All that ties are sought with."""

    topics: TopicMatcher
    datasets: DatasetIndex
    entities: EntityMatcher


def matchers(folder: Path, links_version: str, build: Callable[[], Matchers]) -> Matchers:
    """Return the matchers of this version: those kept in the folder, else built and kept."""
    return kept_in(_path(folder, links_version), Matchers, build)


def are_kept(folder: Path, links_version: str) -> bool:
    """Return whether the folder holds the matchers of this version."""
    return _path(folder, links_version).exists()


def _path(folder: Path, links_version: str) -> Path:
    made_with = (version("pystemmer"), version("regex"), unicodedata.unidata_version)
    name = stable_key(_FORMAT, links_version, *made_with)[:32]
    return folder / f"links-{name}.msgpack"
