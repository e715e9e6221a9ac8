"""What stands beside exported files: a Frictionless Data Package, and a dictionary to read."""

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import file_digest
from pathlib import Path
from typing import Any, Final

from connectors import connector_of
from connectors.notices import notices_of
from pipeline.sheet_database import DATABASE
from pipeline.sheets import Sheet
from warehouse.view_columns import Said

DESCRIPTOR: Final = "datapackage.json"
DICTIONARY: Final = "dictionary.md"
PROTECTED: Final = "protected"
"""Where a Data Package names the topics that were sensitive when it was written."""
_TYPES: Final[dict[type, str]] = {
    str: "string", int: "integer", float: "number", bool: "boolean", datetime: "datetime",
    dict: "object",
}  # fmt: skip
_MEDIA: Final = {
    "parquet": "application/vnd.apache.parquet",
    "csv": "text/csv",
    "sqlite": "application/vnd.sqlite3",
}
_CAUTION: Final = (
    "What people wrote in public places that were chosen, as far as these were read: count with "
    "the coverage beside it, and do not take it for the opinion of residents. Copies are counted "
    "once; what was removed is not in it. Nothing here is cleared for publication: small cells are "
    "not suppressed, and no licence to pass it on is given."
)
_FORMULAS: Final = (
    "In text, a first apostrophe is a sign of the export: it stands before what a spreadsheet "
    "would take for a formula (= + - @ tab, line break, and their wide forms) and before an "
    "apostrophe; take one away to have the text. An empty text is quoted, a missing one is not."
)


@dataclass(frozen=True, slots=True)
class Export:
    """An export that is written: its sheets, how many rows each has, and what it says of itself."""

    form: str
    about: Mapping[str, str]
    sheets: Sequence[Sheet]
    rows: Mapping[str, int]
    views_left_out: Sequence[str]
    platforms: Collection[str]
    protected: Sequence[str]
    """Topics no single post of which is in it."""

    @property
    def left_out(self) -> list[str]:
        """What is above the privacy class asked for, in sentences; none: nothing."""
        above = f"Left out, being above {self.about['privacy']}:"
        views = [
            f"{above} {view}, whose rows are named by such columns." for view in self.views_left_out
        ]
        return views + [
            f"{above} {', '.join(sheet.left_out)} of {sheet.view}."
            for sheet in self.sheets
            if sheet.left_out
        ]

    @property
    def files(self) -> dict[str, str]:
        """The file of each view."""
        if self.form == "sqlite":
            return dict.fromkeys(self.rows, DATABASE)
        return {view: f"{view}.{self.form}" for view in self.rows}


def descriptor_of(export: Export, folder: Path) -> dict[str, Any]:
    """Return the Data Package of an export whose files stand in the folder."""
    platforms = [connector_of(name).TERMS for name in sorted(export.platforms)]
    measured = {name: _measured(folder / name) for name in set(export.files.values())}
    return {
        "profile": "data-package",
        "name": "goodguest-export",
        "title": f"{export.about['agency']}: what people wrote in public, and what it meets",
        "description": " ".join(_says(export)),
        "created": export.about["exported_at"],
        "sources": [{"title": terms.title, "path": terms.url} for terms in platforms],
        "goodguest": {
            **export.about,
            "left_out": export.left_out,
            PROTECTED: export.protected,
            "notices": list(notices_of(export.platforms)),
        },
        "resources": [
            _resource(export, sheet, measured[export.files[sheet.view]]) for sheet in export.sheets
        ],
    }


def files_of(descriptor: Mapping[str, Any]) -> set[str]:
    """Return the names of all files of an export of which this is the Data Package."""
    return {DESCRIPTOR, DICTIONARY, *(resource["path"] for resource in descriptor["resources"])}


def dictionary_of(export: Export) -> str:
    """Return what every view and column of the export means, as Markdown."""
    head = [
        f"# {export.about['agency']}: what is in this export",
        *_says(export),
        "\n".join(f"- {name.replace('_', ' ')}: {said}" for name, said in export.about.items()),
    ]
    return "\n\n".join([*head, *(_section(export, sheet) for sheet in export.sheets)]) + "\n"


def _says(export: Export) -> list[str]:
    says = [_CAUTION, *notices_of(export.platforms)]
    if export.form == "csv":
        says.append(_FORMULAS)
    return [*says, *export.left_out]


def _resource(export: Export, sheet: Sheet, measured: Mapping[str, Any]) -> dict[str, Any]:
    measured = {**measured, "rows": export.rows[sheet.view]}
    resource = {
        "name": sheet.view,
        "path": export.files[sheet.view],
        "format": export.form,
        "mediatype": _MEDIA[export.form],
        "encoding": "utf-8",
        "description": sheet.comment,
        "schema": {
            "fields": [_field(name, said) for name, said in sheet.columns.items()],
            # In the other formats what is missing is null, and an empty text is a text.
            "missingValues": [""] if export.form == "csv" else [],
            **({"primaryKey": list(sheet.key)} if sheet.key else {}),
        },
    }
    if export.form == "csv":
        return {**resource, **measured, "dialect": {"csv": {"lineTerminator": "\r\n"}}}
    # The tool that checks packages measures texts only, and calls any other file wrong.
    resource["goodguest"] = measured
    return resource | ({"dialect": {"table": sheet.view}} if export.form == "sqlite" else {})


def _measured(path: Path) -> dict[str, Any]:
    with path.open("rb") as file:
        return {
            "bytes": path.stat().st_size,
            "hash": f"sha256:{file_digest(file, 'sha256').hexdigest()}",
        }


def _field(name: str, said: Said) -> dict[str, str]:
    field = {"name": name, "type": _TYPES[said.type], "format": "default"}
    unit = {"unit": said.unit} if said.unit else {}
    return {**field, "description": said.meaning, **unit, "privacy": said.privacy.value}


def _section(export: Export, sheet: Sheet) -> str:
    lines = [
        f"## {sheet.view}\n\n{sheet.comment} {export.rows[sheet.view]} rows in "
        f"`{export.files[sheet.view]}`.\n",
        "| column | type | unit | privacy | meaning |",
        "| --- | --- | --- | --- | --- |",
    ]
    for name, said in sheet.columns.items():
        kind = _TYPES[said.type] + (", key" if name in sheet.key else "")
        lines.append(f"| {name} | {kind} | {said.unit or ''} | {said.privacy} | {said.meaning} |")
    return "\n".join(lines)


def descriptor_in(folder: Path) -> dict[str, Any] | None:
    """Return the Data Package of the export that stands in the folder; None if there is none."""
    try:
        found = json.loads((folder / DESCRIPTOR).read_text("utf-8"))
    except (FileNotFoundError, ValueError):
        return None
    return found if isinstance(found, dict) and "goodguest" in found else None
