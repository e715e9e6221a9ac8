"""The commands of the stages: from the charter and the catalogue to the digest."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import typer

from contract.errors import FixSettings
from pipeline.cli.answers import answer, leave, lines_of, table_of
from pipeline.settings import settings
from pipeline.tidying import loading

stages = typer.Typer()
Sources = Annotated[list[str] | None, typer.Argument(help="Sources of the charter; none: all.")]


@stages.command(epilog="Example: goodguest check")
def check(
    offline: Annotated[
        bool, typer.Option("--offline", help="Ask no platform whether it answers.")
    ] = False,
) -> None:
    """Check charter, permissions, connections, vocabulary, warehouse and landing zone."""
    from pipeline.check import findings

    found = findings(settings(), probing=not offline)
    answer({"findings": found}, [f"{f['level']}: {f['where']}: {f['message']}" for f in found])
    leave(any(f["level"] == "error" for f in found))


@stages.command(epilog="Example: goodguest init")
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
    answer({"revision": revision}, [f"The warehouse stands at revision {revision}."])


@stages.command(epilog="Example: goodguest catalogue")
def catalogue() -> None:
    """Load topics (SKOS), datasets (DCAT, CKAN) and registers (CSV) of the charter."""
    from pipeline.catalogue import load_catalogue

    result = load_catalogue(settings())
    answer(result, lines_of(result))
    leave(bool(result["failed"]))


@stages.command(epilog="Example: goodguest collect town-forum --since 2026-11-01")
def collect(
    sources: Sources = None,
    since: Annotated[str | None, typer.Option(help="Begin of a past window (ISO 8601).")] = None,
    until: Annotated[str | None, typer.Option(help="End of the window (ISO 8601).")] = None,
) -> None:
    """Fetch what is new, or a past window, into the landing zone."""
    from pipeline.collect import collect as stage

    window = _moment("--since", since), _moment("--until", until)
    results = stage(settings(), sources or (), *window)
    answer(results, [line for name, r in results.items() for line in (f"{name}:", *lines_of(r))])
    leave(any("error" in r for r in results.values()))


@stages.command("import", epilog="Example: goodguest import discourse archive/*.json")
def import_(
    platform: Annotated[str, typer.Argument(help="What the files hold pages of.")],
    files: Annotated[list[Path], typer.Argument(help="Files, or folders of them.")],
    source: Annotated[str | None, typer.Option(help="The source they belong to.")] = None,
) -> None:
    """Land pages from files: an archive, API responses, feeds, recorded cassettes."""
    from pipeline.importing import import_files

    result = import_files(settings(), platform, files, source)
    answer(result, lines_of(result))


@stages.command(epilog="Example: goodguest refine --reparse")
def refine(
    sources: Sources = None,
    reparse: Annotated[bool, typer.Option(help="Read again what was read before.")] = False,
    workers: Annotated[
        int, typer.Option(min=1, max=64, help="Processes that prepare posts, this one among them.")
    ] = 1,
) -> None:
    """Turn what is landed into posts and ties in the warehouse."""
    with loading():
        from pipeline.refine import refine as stage

    result = stage(settings(), sources or None, reparse=reparse, workers=workers)
    answer(result, lines_of(result))


@stages.command(epilog="Example: goodguest expand")
def expand() -> None:
    """Ask shorteners where short links in posts lead, for sources whose charter allows it."""
    from pipeline.expand import expand as stage

    result = stage(settings())
    answer(result, lines_of(result))


@stages.command("rotate-key", epilog="Example: goodguest rotate-key --clear")
def rotate_key(
    clear: Annotated[
        bool,
        typer.Option(
            "--clear",
            help="Posts whose newest page is no longer landed lose their author; else they keep it,"
            " under the old key.",
        ),
    ] = False,
) -> None:
    """Give authors new pseudonyms by reading all that is landed again, and delete the old key."""
    from pipeline.rotate import rotate_key as stage

    result = stage(settings(), clear=clear)
    answer(result, lines_of(result))


@stages.command(epilog="Example: goodguest run")
def run(sources: Sources = None) -> None:
    """Do all of it once, without a scheduler: catalogue, collect, refine, expand, check."""
    from pipeline.catalogue import load_catalogue
    from pipeline.check import findings
    from pipeline.collect import collect as collecting
    from pipeline.expand import expand as expanding
    from pipeline.refine import refine as refining

    given = settings()
    result: dict[str, Any] = {
        "catalogue": load_catalogue(given),
        "collect": collecting(given, sources or ()),
        "refine": refining(given, sources or None),
    }
    if given.load_charter().expanding:
        result["expand"] = expanding(given)
    result["findings"] = findings(given)
    answer(result, lines_of(result))
    failed = any("error" in r for r in result["collect"].values())
    wrong = any(f["level"] == "error" for f in result["findings"])
    leave(failed or wrong or bool(result["catalogue"]["failed"]))


@stages.command(epilog="Example: goodguest digest town-weekly --week 2026-W46 --out .")
def digest(
    name: Annotated[str, typer.Argument(help="A digest of the charter.")],
    week: Annotated[
        str | None, typer.Option(help="ISO week; without it the last whole one.")
    ] = None,
    out: Annotated[Path | None, typer.Option(help="Folder for the files.")] = None,
    send: Annotated[bool, typer.Option("--send", help="Mail it to its readers.")] = False,
    anew: Annotated[
        bool, typer.Option("--anew", help="Count again a week that was given out before.")
    ] = False,
    preview: Annotated[
        bool, typer.Option("--preview", help="Write a page that shows the mail, too.")
    ] = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Ask the mail server, and send nothing.")
    ] = False,
) -> None:
    """Write a digest as pages, plain text, pictures, tables and feed, and mail it where asked."""
    from pipeline.digest import rehearse_digest, write_digest

    if dry_run:
        states = rehearse_digest(settings(), name, week=week)
        answer({"readers": states}, [f"{n} {state}" for state, n in states.items()])
        return
    result = write_digest(
        settings(), name, week=week, out=out, send=send, anew=anew, preview=preview
    )
    answer(result, result["files"])


@stages.command(epilog="Example: goodguest platforms")
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
    answer({"platforms": rows}, [table_of(rows)])


@stages.command(epilog="Example: goodguest sources")
def sources() -> None:
    """List the configured sources and the state each is in."""
    from pipeline.status import sources as stage

    rows = stage(settings())
    answer({"sources": rows}, [table_of(rows)])


def _moment(option: str, value: str | None) -> datetime | None:
    if value is None:
        return None
    try:
        moment = datetime.fromisoformat(value)
    except ValueError as error:
        allowed = "ISO 8601 times such as 2026-11-01 or 2026-11-01T12:00Z"
        raise FixSettings(f"{option}: found {value!r}; allowed are {allowed}") from error
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
