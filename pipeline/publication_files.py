"""The files of a publication: figures as CSV and Parquet, what they mean, and catalogue entries."""

import hashlib
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any, Final, NamedTuple

import sqlalchemy as sa

from connectors.notices import notices_of
from contract.charter import Charter
from contract.errors import FixSettings
from contract.mending import mended_first
from pipeline.publication_entries import DCAT_AP, DCAT_US, Written, dcat_ap, dcat_us
from pipeline.whole_file import PUBLIC, write_whole
from transforms.spreadsheet import csv_text
from warehouse.publication import cells_counted, published
from warehouse.tables import published_cell, published_week
from warehouse.views import platforms_read, snapshot

DESCRIPTOR: Final = "datapackage.json"
NAME: Final = "goodguest-publication"
METHOD: Final = (
    "Posts that people wrote in public places which the agency reads, counted by ISO week (UTC). "
    "They are not a survey of residents. Copies count once, all posts of a bot as one. A number "
    "stands here only when at least as many different people as min_authors says stand behind it, "
    "more of them on a topic of protected speech, none of them wrote more than half of it, and "
    "what the numbers shown leave of the week, or of one that holds them, would not say something "
    "about fewer. What has no line, a week or a "
    "subject, was not said, or by too few. A week is counted once, a week after it ended; later "
    "releases repeat it, also when posts of it were removed since. Read coverage beside each "
    "number: the share of the week's hours that was read whole."
)
_FEWEST_CELLS: Final = 100
_STEP: Final = 5
"""Per cent. From the exact share of few numbers it follows how many a week withholds."""
_SAID: Final = {
    "week": "ISO week, Monday to Sunday, UTC.",
    "purpose": "What the posts were read for, as in the agency's register.",
    "posts": "Posts.",
    "coverage": "Share of the week's hours that was read whole, 0 to 1; empty: not known.",
    "min_authors": "Fewest different people behind a number of this week.",
    "published_at": "When the week was first published, UTC.",
    "kind": "What is counted: topic, dataset or community.",
    "subject": "URI of the topic, or key of the dataset or the community.",
    "name": "Its name when it was published.",
}
_TYPES: Final = {
    "posts": "integer",
    "coverage": "number",
    "min_authors": "integer",
    "published_at": "datetime",
}


class _Figures(NamedTuple):
    file: str
    title: str
    key: tuple[str, ...]
    columns: tuple[str, ...]
    rows: list[tuple[Any, ...]]


def write_files(engine: sa.Engine, charter: Charter, folder: Path) -> dict[str, Any]:
    """Return `files`, `rows`, `suppressed` and `left_out`, once all stand whole in the folder.

    The same figures give the same bytes. Raises FixSettings when the folder holds something else.
    """
    with snapshot(engine) as connection:
        figures = [_figures(connection, *of) for of in (
            (published_week, "weeks", "Weeks, and how well they were read", ("week", "purpose")),
            (published_cell, "posts", "Posts by what they are on, meet and stand in",
             ("kind", "week", "purpose", "subject")),
        )]  # fmt: skip
        notices = notices_of(platforms_read(connection))
        cells = cells_counted(connection)
    about = " ".join([METHOD, *_withheld(*cells), *notices])
    with mended_first(folder):
        _claim(folder)
        written: dict[str, Written] = {}
        for each in figures:
            for suffix, (media, content) in _FORMS.items():
                if body := content(each):
                    name = f"{each.file}.{suffix}"
                    write_whole(folder / name, body, PUBLIC)
                    written[name] = Written(media, each.title, len(body), _sha256(body))
        beside = dict(_said_beside(charter, figures, written, about))
        for name, text in beside.items():
            write_whole(folder / name, text.encode(), PUBLIC)
        names = {*written, *beside}
        for name in _NAMES - names:
            # Left by a former release, of which it would still tell.
            (folder / name).unlink(missing_ok=True)
    return {
        "files": sorted(str(folder / name) for name in names),
        "rows": {each.file: len(each.rows) for each in figures},
        "suppressed": round(1 - cells[1] / cells[0], 3) if cells[0] else None,
        "left_out": _left_out(charter, written),
    }


def _figures(
    connection: sa.Connection, table: sa.Table, file: str, title: str, key: tuple[str, ...]
) -> _Figures:
    columns = [c.name for c in table.columns if c.name in _SAID]
    places = [table.columns.keys().index(name) for name in columns]
    rows = [tuple(row[at] for at in places) for row in published(connection, table)]
    return _Figures(file, title, key, tuple(columns), rows)


def _withheld(there: int, shown: int) -> Iterator[str]:
    """Yield which share of all subjects is withheld; by subjects, not by posts.

    From a share of posts it could be worked out how many they are.
    """
    if there >= _FEWEST_CELLS:
        share = _STEP * round(100 * (1 - shown / there) / _STEP)
        yield f"Until now about {share} per cent of all numbers by subject are withheld."


def _left_out(charter: Charter, written: Mapping[str, Written]) -> list[str]:
    left = []
    if not any(name.endswith(".parquet") for name in written):
        left.append("Parquet: install it with: pip install 'goodguest[analysts]'")
    if charter.publication.url is None:
        left.append(f"{DCAT_US} and {DCAT_AP}: set publication.url in the charter")
    return left


def _said_beside(
    charter: Charter,
    figures: Sequence[_Figures],
    written: Mapping[str, Written],
    about: str,
) -> Iterator[tuple[str, str]]:
    """Yield name and text of the files that say what the figures are; the descriptor last."""
    weeks = sorted({row[0] for row in figures[0].rows})
    if charter.publication.url is not None and weeks:
        yield DCAT_US, _json(dcat_us(charter, about, written, weeks))
        yield DCAT_AP, _json(dcat_ap(charter, about, written, weeks))
    yield DESCRIPTOR, _json(_descriptor(charter, about, figures, written))


def _descriptor(
    charter: Charter, about: str, figures: Sequence[_Figures], written: Mapping[str, Written]
) -> dict[str, Any]:
    return {
        "profile": "data-package",
        "name": NAME,
        "title": f"{charter.agency.name}: what is said in public, counted",
        "description": about,
        "homepage": str(charter.agency.privacy_notice),
        "licenses": [{"path": str(charter.publication.license)}],
        "contributors": [
            {"title": charter.agency.name, "email": charter.agency.contact, "role": "publisher"}
        ],
        "resources": [
            {
                "name": each.file,
                "path": f"{each.file}.csv",
                "title": each.title,
                "format": "csv",
                "mediatype": "text/csv",
                "encoding": "utf-8",
                "bytes": written[f"{each.file}.csv"].size,
                "hash": f"sha256:{written[f'{each.file}.csv'].sha256}",
                "dialect": {"csv": {"lineTerminator": "\r\n"}},
                "schema": {
                    "fields": [
                        {"name": n, "type": _TYPES.get(n, "string"), "description": _SAID[n]}
                        for n in each.columns
                    ],
                    "primaryKey": list(each.key),
                    "missingValues": [""],
                },
            }
            for each in figures
        ],
    }


def _csv(figures: _Figures) -> bytes:
    lines = [figures.columns, *([_cell(cell) for cell in row] for row in figures.rows)]
    return "".join(",".join(line) + "\r\n" for line in lines).encode()


def _cell(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, datetime):
        return f"{value:%Y-%m-%dT%H:%M:%SZ}"
    return csv_text(value) if isinstance(value, str) else str(value)


def _parquet(figures: _Figures) -> bytes | None:
    try:
        import pyarrow as pa
        import pyarrow.parquet as pq
    except ImportError:
        return None
    types = {"string": pa.string(), "integer": pa.int64(), "number": pa.float64(),
             "datetime": pa.timestamp("s", tz="UTC")}  # fmt: skip
    fields = [
        pa.field(name, types[_TYPES.get(name, "string")], metadata={"meaning": _SAID[name]})
        for name in figures.columns
    ]
    schema = pa.schema(fields, {"title": figures.title})
    columns = list(zip(*figures.rows, strict=True)) or [()] * len(fields)
    arrays = [
        pa.array([c.replace(microsecond=0) for c in column] if field.type == types["datetime"]
                 else column, field.type)
        for column, field in zip(columns, fields, strict=True)
    ]  # fmt: skip
    sink = pa.BufferOutputStream()
    pq.write_table(pa.table(arrays, schema=schema), sink, compression="zstd")
    body: bytes = sink.getvalue().to_pybytes()
    return body


_FORMS: Final[dict[str, tuple[str, Callable[[_Figures], bytes | None]]]] = {
    "csv": ("text/csv", _csv),
    "parquet": ("application/vnd.apache.parquet", _parquet),
}


_NAMES: Final = {
    *(f"{name}.{suffix}" for name in ("weeks", "posts") for suffix in _FORMS),
    *(DCAT_US, DCAT_AP, DESCRIPTOR),
}
"""Of all files that a publication may have."""


def _claim(folder: Path) -> None:
    """Raise FixSettings where the folder holds what is not a publication's."""
    if not folder.exists():
        return
    found = {path.name for path in folder.iterdir() if not path.name.startswith(".")}
    if not found:
        return
    try:
        is_ours = json.loads((folder / DESCRIPTOR).read_text("utf-8")).get("name") == NAME
    except (FileNotFoundError, ValueError, AttributeError):
        # A first publication that was cut short has no descriptor yet.
        is_ours = found <= _NAMES
    if not is_ours:
        raise FixSettings(
            f"{folder}: holds files that are not a publication's; name a folder that is new, "
            "empty or holds a former publication"
        )


def _sha256(body: bytes) -> str:
    return hashlib.sha256(body).hexdigest()


def _json(value: Any) -> str:
    return json.dumps(value, indent=2, ensure_ascii=False) + "\n"
