"""A town that is heard: everything the sample's communities said, in a store of its own."""

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from place import TODAY, hurry, made_and_let_go, place_in

from pipeline.catalogue import load_catalogue
from pipeline.collect import collect
from pipeline.refine import refine
from pipeline.settings import Settings
from samples.connections import variables
from samples.server import serve
from samples.town import build_town


def heard(folder: Path, store_url: str | None = None) -> Settings:
    """Return the settings of a place in the folder, once the town is collected and refined."""
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
