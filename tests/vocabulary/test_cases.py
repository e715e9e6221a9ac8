"""Each file under data/ is read and must become what stands beside it in `<file>.expected.json`."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest

from contract.charter_vocabulary import Register
from contract.errors import GoodguestError
from vocabulary import dcat, register, skos

DATA = Path(__file__).parent / "data"
CASES = sorted(p for p in DATA.glob("*/*") if not p.name.endswith(".expected.json"))


def read(case: Path, expected: dict[str, Any]) -> Iterator[msgspec.Struct]:
    data = case.read_bytes()
    if case.parent.name == "topics":
        return skos.read_topics(data, case.name)
    if case.parent.name == "datasets":
        return dcat.read_datasets(data, case.name)
    spec = Register(file=case.name, **expected["columns"])
    return register.read_entities(data, spec, "homes")


def said(value: Any) -> Any:
    """Return a record as JSON has it, without the fields that say nothing."""
    if isinstance(value, msgspec.Struct):
        fields = {name: said(getattr(value, name)) for name in value.__struct_fields__}
        is_top = type(value).__name__ not in ("Label", "Distribution")
        kind = {"is": type(value).__name__} if is_top else {}
        return kind | {k: v for k, v in fields.items() if v not in (None, "", [], {}, False)}
    if isinstance(value, tuple):
        return [said(element) for element in value]
    return value


@pytest.mark.parametrize("case", CASES, ids=lambda p: f"{p.parent.name}/{p.name}")
def test_a_file_becomes_what_stands_beside_it(case: Path) -> None:
    expected = json.loads(case.with_name(case.name + ".expected.json").read_text("utf-8"))
    found: dict[str, Any] = {}
    try:
        found["outcomes"] = [said(outcome) for outcome in read(case, expected)]
    except GoodguestError as error:
        found["raises"] = {type(error).__name__: str(error)}
    assert found == {k: v for k, v in expected.items() if k != "columns"}


def test_there_are_cases_of_each_kind() -> None:
    assert {case.parent.name for case in CASES} == {"topics", "datasets", "registers"}
    assert len(CASES) > 25
