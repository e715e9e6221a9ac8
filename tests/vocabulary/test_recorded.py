"""Real vocabularies, catalogues and registers: nothing crashes, nothing is lost."""

import base64
import csv
import gzip
import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
import yaml

from contract.catalogue import Dataset, Entity, Topic
from contract.charter_vocabulary import Register
from contract.errors import FixSettings
from contract.post import Rejected
from vocabulary import ckan, dcat, register, skos


def files(folder: Path) -> list[Path]:
    with (folder / "INDEX.tsv").open(encoding="utf-8", newline="") as index:
        return [folder / row["file"] for row in csv.DictReader(index, delimiter="\t")]


def topics(path: Path) -> list[Topic | Rejected]:
    return list(skos.read_topics(path.read_bytes(), path.name))


def datasets(path: Path) -> list[Dataset | Rejected]:
    return list(dcat.read_datasets(path.read_bytes(), path.name))


def test_every_vocabulary_is_read_or_says_why_not(recorded: Path) -> None:
    read, refused = {}, {}
    for path in files(recorded / "skos_vocabularies"):
        try:
            read[path.name] = topics(path)
        except FixSettings as error:
            refused[path.name] = str(error)
    assert set(refused) == {
        "eurovoc_domains_categories_en.json", "skosify_dctype.in.rdf", "ukl_prefixes-register.ttl",
    }  # fmt: skip
    assert all("no topics in it" in message for message in refused.values())
    wrong = [o for outcomes in read.values() for o in outcomes if isinstance(o, Rejected)]
    assert [w.reason for w in wrong] == ["topic without a label"]
    assert sum(map(len, read.values())) == 3266


def test_the_astronomy_thesaurus_comes_whole(recorded: Path) -> None:
    found = [t for t in topics(recorded / "skos_vocabularies/uat_full.rdf") if isinstance(t, Topic)]
    assert len(found) == 2372
    assert sum(t.is_deprecated for t in found) == 97
    preferred = [(t.uri, x.lang) for t in found for x in t.labels if x.kind == "prefLabel"]
    assert len(preferred) == len(set(preferred)) > len(found)
    known = {t.uri for t in found}
    assert sum(bool(set(t.broader) & known) for t in found) > 2_000


def test_the_recorded_circle_keeps_its_top(recorded: Path) -> None:
    found = topics(recorded / "skos_vocabularies/skosmos_cycle.ttl")
    above = {t.uri[-3:]: [b[-3:] for b in t.broader] for t in found if isinstance(t, Topic)}
    assert above == {"ta1": [], "ta2": ["ta1"], "ta3": ["ta1"], "ta4": ["ta3"]}


def test_every_catalogue_is_read_or_says_why_not(recorded: Path) -> None:
    refused, counts = {}, Counter[str]()
    for path in files(recorded / "gov_catalogs"):
        try:
            for outcome in datasets(path):
                counts[outcome.reason if isinstance(outcome, Rejected) else "read"] += 1
        except FixSettings as error:
            refused[path.name] = str(error)
    assert all(message.startswith(name + ": ") for name, message in refused.items())
    other_kinds = ("ckan_test_", "datagovuk_", "socrata_", "iso19115", "waf_", "pod_data_omb")
    no_datasets = ("dcatde_dcat_theme", "envidat_organization", "envidat_tag", "udata_csw_dcat")
    assert [n for n in refused if not n.startswith(other_kinds + no_datasets)] == []
    assert counts == {
        "read": 329,
        "statement cannot be read": 6,
        "dataset without an identifier": 2,
        "dataset without a title": 2,
    }


def test_the_catalogue_of_philadelphia_comes_whole(recorded: Path) -> None:
    found = datasets(recorded / "gov_catalogs/dcatus_philadelphia_data.json")
    read = [d for d in found if isinstance(d, Dataset)]
    assert len(found) == len(read) == 241
    assert sum(d.modified is None for d in read) == 230
    assert sum(len(d.distributions) for d in read) > 1_600


def test_a_catalogue_in_pages_names_its_next_page(recorded: Path) -> None:
    pages = [recorded / f"gov_catalogs/udata_dcat_paged-collection-{n}.jsonld" for n in (1, 2)]
    read = [d.identifier for page in pages for d in datasets(page) if isinstance(d, Dataset)]
    assert read == ["1", "2", "3", "4"]
    following = [dcat.next_page(page.read_bytes(), page.name) for page in pages]
    assert following == ["http://data.test.org/catalog.jsonld?page=2", None]


def test_recorded_answers_of_ckan_sites_are_read(recorded: Path) -> None:
    found, failed = Counter[type]({}), []
    for path in (recorded / "gov_catalogs").glob("ckan_test_ckan_adapter_*.yaml"):
        for interaction in yaml.load(path.read_bytes(), yaml.CSafeLoader)["interactions"]:
            body: Any = interaction["response"]["body"]["string"]
            body = body if isinstance(body, bytes) else base64.b64decode(body)
            try:
                page = ckan.read_page(gzip.decompress(body), interaction["request"]["uri"])
            except FixSettings as error:
                failed.append("Not Found Error" in str(error))
            else:
                found.update(map(type, page))
    assert found == {Dataset: 830}
    assert failed == [True, True]


def test_the_dataset_pages_of_the_london_bench_come_whole(bench: Path) -> None:
    path = bench / "london/data.json"
    wanted = [d["identifier"] for d in json.loads(path.read_bytes())["dataset"]]
    assert [d.identifier for d in datasets(path) if isinstance(d, Dataset)] == wanted
    assert len(wanted) == 1249


ORGANISATIONS = "govorg_data_government-organisation_government-organisation.tsv"
PHARMACIES = "organisation_data_service_code pharmacy_name - ward_name"
REGISTERS = [
    ("cms_nursing_home_hai039.csv", "cms_certification_number_ccn facility_name - city", 4532, 1),
    (ORGANISATIONS, "government-organisation name - -", 981, 1),
    ("govorg_lists_govuk_list.tsv", "government-organisation name abbreviation -", 1016, 0),
    ("localauth_local-authority-eng.tsv", "local-authority-eng name official-name -", 354, 0),
    ("localauth_principal-local-authority.tsv", "principal-local-authority name name-cy -", 22, 0),
    ("trafford_trafford_pharmacies.csv", PHARMACIES, 57, 0),
    ("trafford_trafford_schools_and_colleges.csv", "unique_reference_number name - -", 103, 0),
]


@pytest.mark.parametrize(("file", "columns", "rows", "rejected"), REGISTERS)
def test_every_row_of_a_register_is_an_entity_or_has_a_reason(
    recorded: Path, file: str, columns: str, rows: int, rejected: int
) -> None:
    parts = dict(zip(("id", "name", "aliases", "place"), columns.split(), strict=True))
    spec = Register(file=file, **{k: v for k, v in parts.items() if v != "-"})
    found = list(register.read_entities((recorded / "registers" / file).read_bytes(), spec, "r"))
    rows_found = [o for o in found if not _tells_of_columns(o)]
    assert len(rows_found) == rows
    assert sum(isinstance(o, Rejected) for o in rows_found) == rejected


def _tells_of_columns(outcome: Entity | Rejected) -> bool:
    return isinstance(outcome, Rejected) and outcome.reason.startswith("columns")


def test_no_recorded_register_is_of_people_and_how_to_reach_one_is_not_kept(
    recorded: Path,
) -> None:
    left_out: dict[str, str] = {}
    for path in sorted((recorded / "registers").glob("*.[ct]sv")):
        if path.name != "INDEX.tsv":
            data = path.read_bytes()
            delimiter = "\t" if path.suffix == ".tsv" else ","
            header = data[:2000].decode("utf-8-sig").splitlines()[0].split(delimiter)
            spec = Register(file=path.name, id=header[-1], name=header[0])
            told = [o for o in register.read_entities(data, spec, "r") if _tells_of_columns(o)]
            left_out.update((path.name, o.detail) for o in told if isinstance(o, Rejected))
    assert left_out == {
        "cms_nursing_home_hai039.csv": "phone_number",
        "trafford_trafford_food_banks.csv": "Contact",
        "trafford_trafford_general_practices.csv": "telephone",
        "trafford_trafford_libraries.csv": "email",
    }


def test_numbers_with_letters_or_zeros_and_repeated_columns_stay(recorded: Path) -> None:
    file = "cms_nursing_home_hai039.csv"
    spec = Register(
        file=file, id="cms_certification_number_ccn", name="facility_name", place="city"
    )
    outcomes = register.read_entities((recorded / "registers" / file).read_bytes(), spec, "homes")
    found = {o.native_id: o for o in outcomes if isinstance(o, Entity)}
    assert "01A193" in found
    twice = [e for e in found.values() if "HAI_039_RS_Rate_2_5_2" in e.attributes]
    assert twice
    assert not any("Not Available" in e.attributes.values() for e in found.values())
    ended = [e for e in found.values() if e.name == "MILLER'S MERRY MANOR"]
    assert len({e.place for e in ended}) == len(ended) > 1
