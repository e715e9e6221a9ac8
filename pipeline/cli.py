"""The command line: the same stages that the DAGs run."""

import json
import logging
import os
import sys
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.logging import RichHandler
from rich.table import Table
from sqlalchemy.exc import DBAPIError

from contract.errors import FixSettings, GoodguestError
from pipeline.settings import settings

app = typer.Typer(
    name="goodguest",
    help="Reads communities as a good guest and ties what they say to what the agency holds.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
_out, _err = Console(highlight=False, soft_wrap=True), Console(stderr=True, highlight=False)
_state = {"json": False}

Sources = Annotated[list[str] | None, typer.Argument(help="Sources of the charter; none: all.")]
DONE, FINDINGS, WRONG_USE = 0, 1, 2


def main() -> None:
    """Run the command line; exit 0 done, 1 findings or a failed source, 2 wrong use."""
    # What is landed and stored is for the account that runs this, and for nobody else.
    os.umask(0o077)
    try:
        app()
    except FixSettings as error:
        _complain(error)
        sys.exit(WRONG_USE)
    except GoodguestError as error:
        _complain(error)
        sys.exit(FINDINGS)
    except DBAPIError as error:
        said = str(error.orig).strip().splitlines()[0]
        _complain(GoodguestError(f"the warehouse does not answer as it should: {said}"))
        sys.exit(FINDINGS)


@app.callback()
def _global(
    as_json: Annotated[
        bool, typer.Option("--json", help="Print one JSON object; logs go to standard error.")
    ] = False,
) -> None:
    _state["json"] = as_json
    level = logging.INFO if _err.is_terminal else logging.WARNING
    handler = RichHandler(console=_err, show_path=False, show_level=False)
    logging.getLogger("alembic").setLevel(logging.WARNING)
    logging.basicConfig(level=level, format="%(message)s", handlers=[handler], force=True)


@app.command(epilog="Example: goodguest check")
def check() -> None:
    """Check charter, permissions, vocabulary, warehouse and landing zone."""
    from pipeline.check import findings

    found = findings(settings())
    _answer({"findings": found}, [f"{f['level']}: {f['where']}: {f['message']}" for f in found])
    _leave(any(f["level"] == "error" for f in found))


@app.command(epilog="Example: goodguest init")
def init() -> None:
    """Create the warehouse, or migrate it to this version."""
    from pipeline.search import index_words
    from warehouse.store import migrate, open_store

    engine = open_store(settings().warehouse)
    try:
        revision = migrate(engine)
        index_words(engine)
    finally:
        engine.dispose()
    _answer({"revision": revision}, [f"The warehouse stands at revision {revision}."])


@app.command(epilog="Example: goodguest catalogue")
def catalogue() -> None:
    """Load topics (SKOS), datasets (DCAT, CKAN) and registers (CSV) of the charter."""
    from pipeline.catalogue import load_catalogue

    result = load_catalogue(settings())
    _answer(result, _lines(result))
    _leave(bool(result["failed"]))


@app.command(epilog="Example: goodguest collect town-forum --since 2026-11-01")
def collect(
    sources: Sources = None,
    since: Annotated[str | None, typer.Option(help="Begin of a past window (ISO 8601).")] = None,
    until: Annotated[str | None, typer.Option(help="End of the window (ISO 8601).")] = None,
) -> None:
    """Fetch what is new, or a past window, into the landing zone."""
    from pipeline.collect import collect as stage

    results = stage(settings(), sources or (), _moment(since), _moment(until))
    _answer(results, [line for name, r in results.items() for line in (f"{name}:", *_lines(r))])
    _leave(any("error" in r for r in results.values()))


@app.command("import", epilog="Example: goodguest import discourse archive/*.json")
def import_(
    platform: Annotated[str, typer.Argument(help="What the files hold pages of.")],
    files: Annotated[list[Path], typer.Argument(help="Files, or folders of them.")],
    source: Annotated[str | None, typer.Option(help="The source they belong to.")] = None,
) -> None:
    """Land pages from files: an archive, API responses, feeds, recorded cassettes."""
    from pipeline.importing import import_files

    result = import_files(settings(), platform, files, source)
    _answer(result, _lines(result))


@app.command(epilog="Example: goodguest refine --reparse")
def refine(
    sources: Sources = None,
    reparse: Annotated[bool, typer.Option(help="Read again what was read before.")] = False,
) -> None:
    """Turn what is landed into posts and ties in the warehouse."""
    from pipeline.refine import refine as stage

    result = stage(settings(), sources or None, reparse=reparse)
    _answer(result, _lines(result))


@app.command(epilog="Example: goodguest run")
def run(sources: Sources = None) -> None:
    """Do all of it once, without a scheduler: catalogue, collect, refine, check."""
    from pipeline.catalogue import load_catalogue
    from pipeline.check import findings
    from pipeline.collect import collect as collecting
    from pipeline.refine import refine as refining

    given = settings()
    result: dict[str, Any] = {
        "catalogue": load_catalogue(given),
        "collect": collecting(given, sources or ()),
        "refine": refining(given, sources or None),
        "findings": findings(given),
    }
    _answer(result, _lines(result))
    failed = any("error" in r for r in result["collect"].values())
    _leave(failed or any(f["level"] == "error" for f in result["findings"]))


@app.command(epilog="Example: goodguest digest town-weekly --week 2026-W46 --out .")
def digest(
    name: Annotated[str, typer.Argument(help="A digest of the charter.")],
    week: Annotated[
        str | None, typer.Option(help="ISO week; without it the last whole one.")
    ] = None,
    out: Annotated[Path | None, typer.Option(help="Folder for the files.")] = None,
    send: Annotated[bool, typer.Option("--send", help="Mail it to its readers.")] = False,
) -> None:
    """Write a digest as web page, plain text and chart, and mail it where asked."""
    from pipeline.digest import write_digest

    result = write_digest(settings(), name, week=week, out=out, send=send)
    _answer(result, result["files"])


@app.command(epilog="Example: goodguest show v_rising --limit 10")
def show(
    view: Annotated[str | None, typer.Argument(help="A view; none: list them.")] = None,
    limit: Annotated[int, typer.Option(min=1, max=1000)] = 20,
) -> None:
    """Show rows of an analysts' view, or which views there are and what their rows mean."""
    from connectors.notices import notices_of
    from warehouse.store import opened
    from warehouse.views import VIEWS, platforms_behind, rows_of

    notices: tuple[str, ...] = ()
    if view is None:
        rows = [{"view": name, "a row means": view.comment} for name, view in VIEWS.items()]
    else:
        with opened(settings().warehouse) as engine:
            rows = rows_of(engine, view, limit)
            notices = notices_of(platforms_behind(engine, rows))
    _answer({"rows": rows, "notices": notices}, [_table(rows)])
    for notice in notices if not _state["json"] else ():
        _err.print(notice, markup=False, soft_wrap=True)  # not among rows that go to a file


@app.command(epilog="Example: goodguest search 'pothole \"mill lane\"' --week 2026-W46")
def search(
    text: Annotated[str, typer.Argument(help='Words that a post has to hold, and "phrases".')] = "",
    topic: Annotated[str | None, typer.Option(help="URI or label of a topic.")] = None,
    community: Annotated[str | None, typer.Option(help="Name or key of a community.")] = None,
    week: Annotated[str | None, typer.Option(help="ISO week, such as 2026-W46.")] = None,
    limit: Annotated[int, typer.Option(min=1, max=1000)] = 20,
) -> None:
    """Find posts by words and phrases, topic, community and week; the latest come first."""
    from connectors.notices import notices_of
    from pipeline.search import search as stage

    rows = stage(settings(), text, topic=topic, community=community, week=week, limit=limit)
    notices = notices_of({row["platform"] for row in rows})
    shown = ("day", "platform", "community", "text", "url")
    brief = [{name: row[name] for name in shown} for row in rows]
    _answer({"rows": rows, "notices": notices}, [_table(brief)])
    for notice in notices if not _state["json"] else ():
        _err.print(notice, markup=False, soft_wrap=True)


@app.command(epilog="Example: goodguest platforms")
def platforms() -> None:
    """List the supported platforms and the terms each is read under."""
    from connectors import CONNECTORS

    rows = [
        {
            "platform": c.TERMS.platform,
            "title": c.TERMS.title,
            "terms": c.TERMS.url,
            "read on": str(c.TERMS.read_on),
            "limits": ", ".join(f"{r.requests} in {r.seconds:g} s" for r in c.TERMS.limits),
            "removals within": f"{c.TERMS.deletion_hours} h",
        }
        for c in CONNECTORS
    ]
    _answer({"platforms": rows}, [_table(rows)])


@app.command(epilog="Example: goodguest sources")
def sources() -> None:
    """List the configured sources and the state each is in."""
    rows = _rows("v_source_health", 1000)
    _answer({"sources": rows}, [_table(rows)])


def _rows(view: str, limit: int) -> list[dict[str, Any]]:
    from warehouse.store import opened
    from warehouse.views import rows_of

    with opened(settings().warehouse) as engine:
        return rows_of(engine, view, limit)


def _answer(result: Mapping[str, Any], lines: list[Any]) -> None:
    if _state["json"]:
        sys.stdout.write(json.dumps(result, ensure_ascii=False, default=str) + "\n")
        return
    for line in lines:
        _out.print(line, markup=False) if isinstance(line, str) else _out.print(line)


def _lines(result: Mapping[str, Any], indent: str = "  ") -> list[str]:
    lines = []
    for name, value in result.items():
        if isinstance(value, Mapping):
            lines += [f"{indent}{name}:", *_lines(value, indent + "  ")]
        else:
            shown = f"{value:,}" if isinstance(value, int) else f"{value}"
            lines.append(f"{indent}{name.replace('_', ' ')}: {shown}")
    return lines


def _table(rows: list[dict[str, Any]]) -> Any:
    if not rows:
        return "No rows."
    if not _out.is_terminal:
        lines = [rows[0], *(["" if v is None else _shown(v) for v in r.values()] for r in rows)]
        return "\n".join("\t".join(line) for line in lines)
    table = Table(*rows[0], box=None, header_style="bold")
    for row in rows:
        table.add_row(*("" if value is None else _shown(value) for value in row.values()))
    return table


def _shown(value: object) -> str:
    formats: dict[type, Callable[[Any], str]] = {
        float: lambda v: f"{v:.2f}",
        datetime: lambda v: f"{v.astimezone(UTC):%Y-%m-%d %H:%M}",
    }
    return formats.get(type(value), str)(value)


def _moment(value: str | None) -> datetime | None:
    if value is None:
        return None
    try:
        moment = datetime.fromisoformat(value)
    except ValueError as error:
        raise FixSettings(
            f"found {value!r}; allowed are ISO 8601 times such as 2026-11-01 or 2026-11-01T12:00Z"
        ) from error
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _complain(error: GoodguestError) -> None:
    if _state["json"]:
        sys.stdout.write(json.dumps({"error": str(error)}) + "\n")
    _err.print(f"goodguest: {error}", markup=False, soft_wrap=True)


def _leave(has_findings: bool) -> None:
    raise typer.Exit(FINDINGS if has_findings else DONE)


if __name__ == "__main__":
    main()
