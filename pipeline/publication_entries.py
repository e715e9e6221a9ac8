"""A publication's entries for the agency's own catalogue: DCAT-US 1.1 and DCAT-AP 3."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any, Final, NamedTuple

from contract.charter import Charter
from digest.weeks import monday

DCAT_US: Final = "dcat-us.json"
DCAT_AP: Final = "dcat-ap.jsonld"
_KEYWORDS: Final = ("listening", "online communities", "open data demand", "topics")
_EU: Final = "http://publications.europa.eu/resource/authority"
_FORMAT: Final = {"text/csv": "CSV", "application/vnd.apache.parquet": "PARQUET"}


class Written(NamedTuple):
    """A file of figures that is written."""

    media: str
    title: str
    size: int
    sha256: str


def dcat_us(
    charter: Charter, about: str, written: Mapping[str, Written], weeks: Sequence[str]
) -> dict[str, Any]:
    """Return a data.json with the publication as its one dataset."""
    agency, publication = charter.agency, charter.publication
    begin, end = _days(weeks)
    return {
        "@context": "https://project-open-data.cio.gov/v1.1/schema/catalog.jsonld",
        "@type": "dcat:Catalog",
        "conformsTo": "https://project-open-data.cio.gov/v1.1/schema",
        "dataset": [
            {
                "@type": "dcat:Dataset",
                "identifier": _address(charter),
                "title": _title(charter),
                "description": about,
                "keyword": list(_KEYWORDS),
                "modified": end,
                "temporal": f"{begin}/{end}",
                "accrualPeriodicity": "R/P1W",
                "accessLevel": "public",
                "license": str(publication.license),
                "landingPage": _address(charter),
                "publisher": {"@type": "org:Organization", "name": agency.name},
                "contactPoint": {
                    "@type": "vcard:Contact",
                    "fn": agency.name,
                    "hasEmail": f"mailto:{agency.contact}",
                },
                "distribution": [
                    {
                        "@type": "dcat:Distribution",
                        "title": file.title,
                        "downloadURL": _address(charter, name),
                        "mediaType": file.media,
                        "describedBy": _address(charter, "datapackage.json"),
                        "describedByType": "application/json",
                    }
                    for name, file in written.items()
                ],
            }
        ],
    }


def dcat_ap(
    charter: Charter, about: str, written: Mapping[str, Written], weeks: Sequence[str]
) -> dict[str, Any]:
    """Return the publication as a dataset in JSON-LD."""
    agency = charter.agency
    begin, end = _days(weeks)
    return {
        "@context": {
            "dcat": "http://www.w3.org/ns/dcat#",
            "dct": "http://purl.org/dc/terms/",
            "foaf": "http://xmlns.com/foaf/0.1/",
            "spdx": "http://spdx.org/rdf/terms#",
            "vcard": "http://www.w3.org/2006/vcard/ns#",
            "xsd": "http://www.w3.org/2001/XMLSchema#",
        },
        "@id": _address(charter),
        "@type": "dcat:Dataset",
        "dct:identifier": _address(charter),
        "dct:title": {"@language": "en", "@value": _title(charter)},
        "dct:description": {"@language": "en", "@value": about},
        "dcat:keyword": [{"@language": "en", "@value": word} for word in _KEYWORDS],
        "dct:modified": _date(end),
        "dct:accrualPeriodicity": {"@id": f"{_EU}/frequency/WEEKLY"},
        "dct:accessRights": {"@id": f"{_EU}/access-right/PUBLIC"},
        "dct:temporal": {
            "@type": "dct:PeriodOfTime",
            "dcat:startDate": _date(begin),
            "dcat:endDate": _date(end),
        },
        "dct:publisher": {"@type": "foaf:Agent", "foaf:name": agency.name},
        "dcat:contactPoint": {
            "@type": "vcard:Organization",
            "vcard:fn": agency.name,
            "vcard:hasEmail": {"@id": f"mailto:{agency.contact}"},
        },
        "dcat:distribution": [_file_in_ap(charter, name, file) for name, file in written.items()],
    }


def _file_in_ap(charter: Charter, name: str, file: Written) -> dict[str, Any]:
    return {
        "@id": _address(charter, name),
        "@type": "dcat:Distribution",
        "dct:title": {"@language": "en", "@value": file.title},
        "dcat:accessURL": {"@id": _address(charter)},
        "dcat:downloadURL": {"@id": _address(charter, name)},
        "dcat:mediaType": {"@id": f"https://www.iana.org/assignments/media-types/{file.media}"},
        "dct:format": {"@id": f"{_EU}/file-type/{_FORMAT[file.media]}"},
        "dct:license": {"@id": str(charter.publication.license)},
        "dcat:byteSize": {"@type": "xsd:nonNegativeInteger", "@value": str(file.size)},
        "spdx:checksum": {
            "@type": "spdx:Checksum",
            "spdx:algorithm": {"@id": "spdx:checksumAlgorithm_sha256"},
            "spdx:checksumValue": {"@type": "xsd:hexBinary", "@value": file.sha256},
        },
    }


def _title(charter: Charter) -> str:
    return f"{charter.agency.name}: what is said in public, counted by week"


def _address(charter: Charter, name: str = "") -> str:
    return f"{str(charter.publication.url).rstrip('/')}/{name}"


def _days(weeks: Sequence[str]) -> tuple[str, str]:
    """Return the first and the last day of the weeks."""
    last = monday(max(weeks)) + timedelta(days=6)
    return monday(min(weeks)).isoformat(), last.isoformat()


def _date(day: str) -> dict[str, str]:
    return {"@type": "xsd:date", "@value": day}
