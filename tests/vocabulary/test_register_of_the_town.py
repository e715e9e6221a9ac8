"""The registers of the sample town say what stands on its Flickr."""

import re
from datetime import date
from pathlib import Path
from typing import Any

import yaml

import samples
from contract.catalogue import Entity
from contract.charter_vocabulary import Register
from samples.town import build_town
from vocabulary.register import read_entities

SAMPLES = Path(samples.__file__).parent
NUMBER = re.compile(r"ABW\.\d{4}\.\d+")


def rows_of(register: str) -> list[Entity]:
    charter: Any = yaml.safe_load((SAMPLES / "charter.yaml").read_text("utf-8"))
    spec = Register(**charter["vocabulary"]["registers"][register])
    found = list(read_entities((SAMPLES / spec.file).read_bytes(), spec, register))
    return [row for row in found if isinstance(row, Entity)]


def test_the_museum_names_its_photos_whatever_the_week() -> None:
    named = {page: row.native_id for row in rows_of("museum-objects") for page in row.identifiers}
    assert len(named) == 27
    for day in (date(2026, 2, 9), date(2026, 11, 22)):
        photos = build_town(day).flickr.photos.values()
        for photo in photos:
            said = " ".join((photo.title, photo.about, *(tag.raw for tag in photo.tags)))
            page = f"https://www.flickr.com/photos/lifeboatmuseum/{photo.id}/"
            if number := NUMBER.search(said):
                assert named[page] == number[0]
            else:
                assert page not in named


def test_the_registers_have_what_rows_are_told_by() -> None:
    homes, venues = rows_of("care-homes"), rows_of("venues")
    assert all(home.identifiers == (home.native_id,) for home in homes)
    assert {row.acronyms for row in venues} == {(), ("SPCC",)}
    assert sum(row.address is not None for row in (*homes, *venues)) >= 10
    assert not [name for row in (*homes, *venues) for name in row.attributes if name == "address"]
