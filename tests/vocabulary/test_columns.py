"""Names of columns, where catalogues tell them."""

import json

import pytest

from contract.catalogue import Dataset
from vocabulary.dcat import read_datasets

TABLE = """
@prefix dcat: <http://www.w3.org/ns/dcat#> .
@prefix csvw: <http://www.w3.org/ns/csvw#> .
@prefix dct: <http://purl.org/dc/terms/> .
<https://data.example/1> a dcat:Dataset ; dct:title "Trees" ; dcat:distribution [
    dcat:downloadURL <https://data.example/trees.csv> ;
    csvw:tableSchema [ csvw:column ( [ csvw:name "street" ] [ csvw:title "Girth" ] ) ] ] .
"""
ENDLESS = """
@prefix rdf: <http://www.w3.org/1999/02/22-rdf-syntax-ns#> .
@prefix dcat: <http://www.w3.org/ns/dcat#> .
@prefix csvw: <http://www.w3.org/ns/csvw#> .
@prefix dct: <http://purl.org/dc/terms/> .
<https://data.example/1> a dcat:Dataset ; dct:title "Trees" ;
    csvw:tableSchema [ csvw:column _:list ] .
_:list rdf:first [ csvw:name "street" ] ; rdf:rest _:list .
"""
FRICTIONLESS = {"fields": [{"name": "street"}, {"name": "g", "title": "Girth"}]}


def dcat_us(**way: object) -> str:
    return json.dumps({"dataset": [{"title": "Trees", "identifier": "1", "distribution": [way]}]})


def ckan(**resource: object) -> str:
    resources = [{"url": "https://data.example/trees.csv", **resource}]
    return json.dumps(
        {"success": True, "result": {"id": "1", "title": "Trees", "resources": resources}}
    )


@pytest.mark.parametrize(
    ("written", "name", "columns"),
    [
        (TABLE, "a.ttl", ("street", "Girth")),
        (ENDLESS, "a.ttl", ("street",)),
        (dcat_us(schema=FRICTIONLESS), "data.json", ("street", "Girth")),
        (dcat_us(describedBy="https://data.example/schema.json"), "data.json", ()),
        (dcat_us(tableSchema={"columns": ["street", 7]}), "data.json", ("street", "7")),
        (ckan(schema=json.dumps(FRICTIONLESS)), "https://data.example", ("street", "Girth")),
        (ckan(fields=[{"id": "street"}, None]), "https://data.example", ("street",)),
        (ckan(schema="street, girth"), "https://data.example", ()),
    ],
)
def test_columns_are_named(written: str, name: str, columns: tuple[str, ...]) -> None:
    (dataset,) = read_datasets(written.encode(), name)
    assert isinstance(dataset, Dataset)
    assert dataset.columns == columns
