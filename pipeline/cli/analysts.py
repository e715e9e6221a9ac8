"""The commands of analysts: looking, searching, exporting, exploring, reviewing."""

import sys
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from pipeline.cli.answers import answer, leave, lines_of, table_of, tell
from pipeline.settings import settings

if TYPE_CHECKING:
    from pipeline.access import How

analysts = typer.Typer()
Role = Annotated[
    str | None,
    typer.Option("--as", help="Who asks: a role, never a name. None: GOODGUEST_ROLE."),
]
Purpose = Annotated[
    str | None,
    typer.Option(help="A purpose of the charter. None: GOODGUEST_PURPOSE, else all of them."),
]


def _asked(first: str, named: dict[str, str | None]) -> str:
    return " ".join([first, *(f"{name} {value}" for name, value in named.items() if value)])


def _note(
    how: "How", question: str, rows: int | None, role: str | None, purpose: str | None
) -> None:
    """Have the log of accesses say what is shown of single posts, before it is shown."""
    from pipeline.access import asking, note

    given = settings()
    note(given, asking(given.load_charter(), role, purpose), how, question, rows)


@analysts.command(epilog="Example: goodguest show v_rising --limit 10")
def show(
    view: Annotated[str | None, typer.Argument(help="A view; none: list them.")] = None,
    limit: Annotated[int, typer.Option(min=1, max=1000)] = 20,
    role: Role = None,
    purpose: Purpose = None,
) -> None:
    """Show rows of an analysts' view, or which views there are and what their rows mean."""
    from connectors.notices import notices_of
    from pipeline.protecting import refuse_unprotected
    from warehouse.queries import VIEWS
    from warehouse.store import opened
    from warehouse.views import platforms_behind, rows_of

    notices: tuple[str, ...] = ()
    if view is None:
        rows = [{"view": name, "a row means": view.comment} for name, view in VIEWS.items()]
    else:
        given = settings()
        with opened(given.warehouse) as engine:
            if view in VIEWS and {"post_key", "topic_uri"} & set(VIEWS[view].key):
                refuse_unprotected(engine, given.load_charter())
            rows = rows_of(engine, view, limit)
            notices = notices_of(platforms_behind(engine, rows))
        if "post_key" in VIEWS[view].key:
            _note("show", f"{view} --limit {limit}", len(rows), role, purpose)
    answer({"rows": rows, "notices": notices}, [table_of(rows)])
    tell(notices)


@analysts.command(epilog="Example: goodguest export views --format csv")
def export(
    folder: Annotated[Path, typer.Argument(help="New, empty, or of a former export.")],
    form: Annotated[str, typer.Option("--format", help="parquet, csv or sqlite.")] = "parquet",
    privacy: Annotated[
        str, typer.Option(help="Up to which class: open, internal or personal (posts' texts).")
    ] = "internal",
    role: Role = None,
    purpose: Purpose = None,
) -> None:
    """Write the analysts' views as files, with a dictionary of what they mean."""
    from pipeline.export import export as stage

    # Before: what stands in files cannot be taken back.
    _note("export", f"--format {form} --privacy {privacy}", None, role, purpose)
    result = stage(settings(), folder, form, privacy)
    rows = (f"{view}: {count:,} rows" for view, count in result["rows"].items())
    written = f"{len(result['files'])} files are written to {folder}."
    answer(result, [*rows, *result["left_out"], written])


review = typer.Typer(
    help="Have a person judge ties, so that v_link_precision can say how sure a method is.",
    epilog="Example: goodguest review export ties.csv --limit 200",
    no_args_is_help=True,
)
analysts.add_typer(review, name="review")


@review.command("export", epilog="Example: goodguest review export ties.csv --method retrieval")
def review_export(
    file: Annotated[Path, typer.Argument(help="A new CSV file.")],
    week: Annotated[str | None, typer.Option(help="ISO week of the posts.")] = None,
    topic: Annotated[str | None, typer.Option(help="URI or label of a topic.")] = None,
    method: Annotated[str | None, typer.Option(help="How the ties were found.")] = None,
    target: Annotated[str | None, typer.Option(help="topic, dataset or entity.")] = None,
    limit: Annotated[int, typer.Option(min=1, max=10_000, help="Rows at most.")] = 100,
    role: Role = None,
    purpose: Purpose = None,
) -> None:
    """Write a random sample of each method's ties, to be judged in a spreadsheet."""
    from pipeline.review import Wanted, export_review

    named = {"--week": week, "--topic": topic, "--method": method, "--target": target}
    _note("review", _asked(f"--limit {limit}", named), None, role, purpose)
    result = export_review(settings(), file, Wanted(week, topic, method, target), limit)
    answer(result, lines_of(result))


@review.command("import", epilog="Example: goodguest review import ties.csv --role 'data analyst'")
def review_import(
    file: Annotated[Path, typer.Argument(help="The CSV file, with verdicts.")],
    role: Annotated[str, typer.Option(help="What the reviewer is; never a name.")],
) -> None:
    """Store the verdicts agree (a, yes, y) and disagree (d, no, n) of a reviewed file."""
    from pipeline.review import import_review

    result = import_review(settings(), file, role)
    sentences = (*result["thresholds"], *result["messages"])
    counts = {name: value for name, value in result.items() if not isinstance(value, list)}
    answer(result, [*lines_of(counts), *sentences])
    leave(bool(result["rejected"]))


@analysts.command(epilog="Example: goodguest explore --port 8001")
def explore(
    port: Annotated[
        int, typer.Option(min=1, max=65535, help="Another free one where it is taken.")
    ] = 8001,
    role: Role = None,
    purpose: Purpose = None,
) -> None:
    """Open the analysts' views in a browser: a copy of this moment, served until Ctrl-C."""
    from pipeline.explore import Explored
    from pipeline.explore import explore as stage

    def announce(found: Explored) -> None:
        posts, at = found["rows"]["v_post"], datetime.fromisoformat(found["exported_at"])
        says = f"{posts:,} posts as of {at:%Y-%m-%d %H:%M} UTC; Ctrl-C ends it."
        answer(found, [f"Explorer: {found['url']}", says])
        sys.stdout.flush()  # it runs on: who reads from a pipe must not wait for its end

    stage(settings(), port, announce, role=role, purpose=purpose)


@analysts.command(epilog="Example: goodguest search 'pothole \"mill lane\"' --week 2026-W46")
def search(
    text: Annotated[str, typer.Argument(help='Words that a post has to hold, and "phrases".')] = "",
    topic: Annotated[str | None, typer.Option(help="URI or label of a topic.")] = None,
    community: Annotated[str | None, typer.Option(help="Name or key of a community.")] = None,
    week: Annotated[str | None, typer.Option(help="ISO week, such as 2026-W46.")] = None,
    limit: Annotated[int, typer.Option(min=1, max=1000)] = 20,
    role: Role = None,
    purpose: Purpose = None,
) -> None:
    """Find posts by words and phrases, topic, community and week; the latest come first."""
    from connectors.notices import notices_of
    from pipeline.search import search as stage

    rows = stage(settings(), text, topic=topic, community=community, week=week, limit=limit)
    named = {"--topic": topic, "--community": community, "--week": week}
    _note("search", _asked(text, named), len(rows), role, purpose)
    notices = notices_of({row["platform"] for row in rows})
    shown = ("day", "platform", "community", "text", "url")
    brief = [{name: row[name] for name in shown} for row in rows]
    answer({"rows": rows, "notices": notices}, [table_of(brief)])
    tell(notices)
