"""The commands of law and data protection officers: holds, the log of accesses, requests."""

from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Annotated

import typer

from contract.errors import FixSettings
from pipeline.cli.answers import answer, leave, lines_of, table_of
from pipeline.settings import settings

lawful = typer.Typer()
Ref = Annotated[str, typer.Argument(help="The order's reference.")]
By = Annotated[str, typer.Option(help="In which role; never a name.")]


@lawful.command(
    epilog="Example: goodguest hold 'case 12-4' --by 'law officer' --why 'claim for damages' "
    "--until 2027-05-31 --platform discourse --post forum.example/t/12/3"
)
def hold(
    ref: Ref,
    by: Annotated[str, typer.Option(help="Who ordered it: a role or body; the register says it.")],
    why: Annotated[str, typer.Option(help="What it is for; the register says it.")],
    until: Annotated[str, typer.Option(help="Its last day, within two years; it can be renewed.")],
    on: Annotated[str | None, typer.Option(help="Day of the order; none: today.")] = None,
    platform: Annotated[str | None, typer.Option(help="The platform the posts stand on.")] = None,
    post: Annotated[
        list[str] | None, typer.Option(help="Id or address of a post; more than once.")
    ] = None,
) -> None:
    """Set named posts aside by order, sealed; or renew an order. Deletion goes on elsewhere."""
    from pipeline.hold import hold as stage
    from warehouse.holding import Order

    day = _day("--on", on) if on else datetime.now(UTC).date()
    result = stage(
        settings(), Order(ref, by, why, day, _day("--until", until)), platform, post or ()
    )
    answer(result, lines_of(result))


@lawful.command(epilog="Example: goodguest holds")
def holds() -> None:
    """List the orders of legal hold: who ordered what, since when, until when."""
    from pipeline.hold import holds as stage

    rows = stage(settings())
    answer({"holds": rows}, [table_of(rows)])


@lawful.command(epilog="Example: goodguest release 'case 12-4'")
def release(ref: Ref) -> None:
    """Lift an order: the next comply deletes its sealed copies everywhere."""
    from pipeline.hold import release as stage

    result = stage(settings(), ref)
    answer(result, lines_of(result))


@lawful.command(epilog="Example: goodguest held 'case 12-4' --by 'law officer'")
def held(ref: Ref, by: By) -> None:
    """Show the sealed records of an order that stands; the log of accesses says who saw them."""
    from pipeline.hold import held as stage

    rows = stage(settings(), ref, by)
    lines: list[str] = []
    for row in rows:
        lines += [f"{row['post_key']}:", *lines_of(row)]
    answer({"held": rows}, lines or ["No records."])
    leave(not all(row["is_intact"] for row in rows))


@lawful.command(epilog="Example: goodguest accesses --since 2026-11-01")
def accesses(
    since: Annotated[str | None, typer.Option(help="First day; none: the last 30 days.")] = None,
    limit: Annotated[int, typer.Option(min=1, max=100_000, help="Rows at most.")] = 1000,
) -> None:
    """List who asked what of single posts, when, and under which purpose; the latest first."""
    from pipeline.access import accesses as stage

    first = _day("--since", since) if since else datetime.now(UTC).date() - timedelta(days=30)
    begin = datetime.combine(first, datetime.min.time(), UTC)
    rows = stage(settings(), begin, limit)
    answer({"accesses": rows}, [table_of(rows)])


@lawful.command(
    epilog="Example: goodguest disclose --subject --platform reddit --account u/somebody "
    "--ref 'SAR 7' --by 'data protection officer' --out answer-7"
)
def disclose(
    ref: Annotated[str, typer.Option(help="Reference of the request, as it is documented.")],
    by: By,
    out: Annotated[Path, typer.Option(help="Folder for the answer; new or empty.")],
    subject: Annotated[bool, typer.Option("--subject", help="What is held of an account.")] = False,
    foi: Annotated[bool, typer.Option("--foi", help="Figures, charter, register, runs.")] = False,
    platform: Annotated[str | None, typer.Option(help="Where the account is.")] = None,
    account: Annotated[
        list[str] | None, typer.Option(help="Id or name, as the person gives it; more than once.")
    ] = None,
    topic: Annotated[str | None, typer.Option(help="URI or label of a topic.")] = None,
    dataset: Annotated[str | None, typer.Option(help="Identifier or title of a dataset.")] = None,
    week: Annotated[str | None, typer.Option(help="ISO week, such as 2026-W46.")] = None,
) -> None:
    """Answer a request: by a person for what is held of them, or for freedom of information."""
    from pipeline.disclose import Request, disclose_subject
    from pipeline.disclose_foi import disclose_foi

    of_subject, of_foi = any((platform, account)), any((topic, dataset, week))
    if subject == foi or (of_foi if subject else of_subject):
        raise FixSettings(
            "say --subject with --platform and --account; or --foi, with --topic, --dataset or "
            "--week where not all is asked for"
        )
    given, asked = settings(), Request(ref, by)
    if foi:
        result = disclose_foi(given, asked, out, topic=topic, dataset=dataset, week=week)
    elif platform is None:
        raise FixSettings("say on which platform the account is: --platform P")
    else:
        result = disclose_subject(given, platform, account or (), asked, out)
    answer(result, lines_of(result))


@lawful.command(epilog="Example: goodguest report --month 2026-10")
def report(
    month: Annotated[str | None, typer.Option(help="Such as 2026-10; none: the last one.")] = None,
    out: Annotated[
        Path | None, typer.Option(help="Name of the page; JSON of the same name stands beside it.")
    ] = None,
) -> None:
    """Write the month's report: what was read, removed, held, asked and published."""
    from pipeline.report import write_report

    result = write_report(settings(), month, out)
    answer(result, result["files"])


def _day(name: str, value: str) -> date:
    try:
        return date.fromisoformat(value)
    except ValueError as error:
        raise FixSettings(
            f"{name}: found {value!r}; allowed are days such as 2026-11-22"
        ) from error
