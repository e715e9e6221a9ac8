"""A town that is heard: everything the sample's communities said, in a store of its own."""

import shutil
from dataclasses import replace
from datetime import UTC, datetime
from functools import cache
from pathlib import Path

import pytest
from place import TODAY, hurry, place_in
from stores import made_and_let_go

from pipeline.catalogue import load_catalogue
from pipeline.collect import collect
from pipeline.refine import refine
from pipeline.settings import Settings
from samples.connections import variables
from samples.server import serve
from samples.town import build_town


def heard(folder: Path, store_url: str | None = None) -> Settings:
    """Return the settings of a place in the folder, once the town is collected and refined.

    What is kept in SQLite is a copy: beside the folder stands a town that was heard once.
    """
    if store_url:
        return _listened(folder, store_url)
    once = _heard_once(folder.parent / "heard_once")
    data = folder / "data"
    shutil.copytree(once.data, data)
    return replace(
        once,
        charter=data / once.charter.relative_to(once.data),
        data=data,
        warehouse=f"sqlite:///{data}/warehouse.db",
        landing=str(data / "landing"),
    )


@cache
def _heard_once(folder: Path) -> Settings:
    return _listened(folder)


def _listened(folder: Path, store_url: str | None = None) -> Settings:
    town = build_town(TODAY)
    with pytest.MonkeyPatch.context() as patch, serve(town, per_ten_seconds=10_000) as address:
        patch.setattr("pipeline.collect.Client", hurry())
        for name, held in variables().items():
            patch.setenv(name, held)
        given = place_in(folder, address, town).given
        given = replace(given, warehouse=store_url or given.warehouse)
        made_and_let_go(given.warehouse)
        load_catalogue(given)
        collect(given, until=datetime(TODAY.year, TODAY.month, TODAY.day, tzinfo=UTC))
        refine(given)
    return given
