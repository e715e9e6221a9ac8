"""A register of people is refused: by the charter, and by what stands in the file."""

from pathlib import Path
from typing import Any

import pytest

import samples
from contract.charter_vocabulary import Register
from contract.errors import FixSettings
from pipeline.check import findings
from pipeline.settings import Settings
from vocabulary.register import read_entities

SAMPLE = Path(samples.__file__).with_name("charter.yaml")


@pytest.mark.parametrize("kind", ["people", "Staff"])
def test_one_that_says_so_is_found_by_check(tmp_path: Path, kind: str) -> None:
    charter = tmp_path / "charter.yaml"
    written = SAMPLE.read_text("utf-8")
    charter.write_text(written.replace("kind: facilities", f"kind: {kind}"), "utf-8")
    given = Settings(charter, tmp_path, "sqlite://", str(tmp_path / "landing"), None)
    [found] = findings(given)
    assert found["level"] == "error"
    assert "vocabulary.registers.care-homes.kind" in found["message"]
    assert "posts are tied to topics, never to persons" in found["message"]


@pytest.mark.parametrize(
    ("header", "is_of_people"),
    [
        ("id,name,dob", True),
        ("id,name,NI Number", True),
        ("id,name,dateOfBirth", True),
        ("id,name,Vorname,Nachname", True),
        ("id,name,prénom,sexe", True),
        ("id,name,age,nationality", True),
        ("id,name,gender", False),
        ("id,name,age", False),
        ("id,name,contact first name,contact last name", False),
        ("id,name,contact name,registered manager,email", False),
        ("id,name,date of registration,number of staff", False),
    ],
)
def test_one_that_plainly_is_does_not_load(header: str, is_of_people: bool) -> None:
    spec = Register(file="r.csv", id="id", name="name")
    file = f"{header}\n1,Elm House\n".encode()
    if is_of_people:
        with pytest.raises(FixSettings, match="never to persons"):
            read_entities(file, spec, "r")
    else:
        assert any(read_entities(file, spec, "r"))


def test_a_column_of_people_names_the_rows() -> None:
    with pytest.raises(FixSettings, match=r"\(Councillor\)"):
        read_entities(
            b"ward,Councillor\n1,Somebody\n", Register(file="r", id="ward", name="Councillor"), "r"
        )


def columns_in(written: str) -> list[str]:
    return [column.strip() for column in written.split(";")]


OF_PERSONS = columns_in("""
    driver_name; headteacher; owner_name; Name of licensee; Councillors; Registered manager;
    Full name; Nominated Individual; Provider Nominated Individual Name; Case Officer;
    Licence Holder; Designated Premises Supervisor; Agent Name; Landlord Name; Proprietor; Donor;
    Chair of Governors; Ward Councillors; GP name; Mother's name; Head of household; HeadFirstName;
    Ansprechpartner; Leiter; Directeur; PrénomDirecteur; Vor- und Nachname; nazwisko dyrektora;
    Mobile; Mobile no.; phone_number; Tel. 2; Manager mobile; contact e-mail; School telephone
""")
OF_NONE = columns_in("""
    Mobile homes; Mobile library stop; phone boxes; Telephone exchange;
    Contact centre name; GP practice name; Management company; Head office name; Owner organisation;
    Agency; Governing body; Number of officers; Teachers; Employees; Partner organisation;
    Principal geology; Registered provider name; Trading name; official-name; Lead; Name of school
""")


@pytest.mark.parametrize("part", ["name", "aliases", "acronyms", "address", "place", "identifiers"])
@pytest.mark.parametrize("kind", [None, "facilities"])
def test_no_part_of_a_row_is_taken_from_a_column_of_persons(part: str, kind: Any) -> None:
    def rows(column: str) -> list[Any]:
        taken: dict[str, Any] = {part: (column,) if part == "identifiers" else column}
        spec = Register(file="r", kind=kind, **{"id": "id", "name": "title", **taken})
        return list(read_entities(f"id,title,{column}\n1,Elm House,0042x\n".encode(), spec, "r"))

    for column in OF_PERSONS:
        with pytest.raises(FixSettings, match="never to persons") as refused:
            rows(column)
        assert kind is None or f'r: {part}: the column "{column}" holds' in str(refused.value)
    for column in OF_NONE:
        assert rows(column)[-1].native_id == "1"


def test_persons_are_not_kept_beside_a_row_and_what_only_sounds_so_is() -> None:
    def kept(columns: list[str]) -> list[str]:
        spec = Register(file="r", kind="facilities", id="id", name="title")
        header = ",".join(["id", "title", *columns])
        file = f"{header}\n1,Elm House{',x' * len(columns)}\n"
        return list(list(read_entities(file.encode(), spec, "r"))[-1].attributes)  # type: ignore[union-attr]

    assert kept(OF_PERSONS) == []
    assert kept(OF_NONE) == OF_NONE


@pytest.mark.parametrize(
    ("column", "is_kept"),
    [
        ("Contact name", False),
        ("registered_manager", False),
        ("E-mail", False),
        ("HeadTeacher", False),
        ("owner name", False),
        ("Mobile", False),
        ("owner", False),
        ("ownership", True),
        ("Head office", True),
        ("principal-local-authority", True),
        ("staff count", True),
        ("contact type", True),
        ("website", True),
        ("gender", True),
    ],
)
def test_of_a_row_no_person_is_kept(column: str, is_kept: bool) -> None:
    spec = Register(file="r.csv", id="id", name="name")
    found = list(read_entities(f"id,name,{column}\n1,Elm House,x\n".encode(), spec, "r"))
    assert found[-1].attributes == ({column: "x"} if is_kept else {})  # type: ignore[union-attr]
    assert len(found) == (1 if is_kept else 2)
