"""The commands that measure, on labelled files, how well posts are tied and languages told."""

from pathlib import Path
from typing import Annotated, Any

import typer

from pipeline.cli.answers import answer, leave, table_of, tell
from pipeline.settings import settings

evaluation = typer.Typer(
    help="Measure on labelled files how well posts are tied, and languages told.",
    epilog="Example: goodguest evaluate links --catalogue data.json --queries q.tsv --qrels q.txt",
    no_args_is_help=True,
)

Languages = Annotated[
    str | None,
    typer.Option(help="Those to tell apart, such as en,cy; else those of the charter."),
]
Posts = Annotated[Path, typer.Option(help="JSON lines: id, title, text and what is right.")]


@evaluation.command(
    epilog="Example: goodguest evaluate links --catalogue data.json --queries needs.tsv"
    " --qrels qrels.txt --no-match others.tsv"
)
def links(
    catalogue: Annotated[Path, typer.Option(help="The datasets: DCAT or CKAN.")],
    queries: Annotated[Path, typer.Option(help="TSV: query_id, text and, if told, title, kind.")],
    qrels: Annotated[
        Path | None, typer.Option(help="TREC qrels; else the queries' column `datasets`.")
    ] = None,
    no_match: Annotated[
        Path | None, typer.Option(help="TSV: text; posts that no dataset fits.")
    ] = None,
    languages: Languages = None,
) -> None:
    """Rank datasets for each text and tie it to them: nDCG, first hits, false links."""
    from pipeline import evaluate

    agency = evaluate.agency_of(settings(), languages)
    _tell(evaluate.links(catalogue, queries, qrels, no_match, agency), "method")


@evaluation.command(
    epilog="Example: goodguest evaluate topics --taxonomy topics.ttl --posts posts.jsonl --folds 5"
)
def topics(
    taxonomy: Annotated[Path, typer.Option(help="The topics: SKOS.")],
    posts: Posts,
    train: Annotated[Path | None, typer.Option(help="Posts as examples, in the same form.")] = None,
    folds: Annotated[
        int, typer.Option(min=1, max=20, help="Parts of the posts to hold out one by one.")
    ] = 1,
    languages: Languages = None,
) -> None:
    """Tie posts to topics: first topic right, F1, share of posts covered."""
    from pipeline import evaluate

    agency = evaluate.agency_of(settings(), languages)
    _tell(evaluate.topics(taxonomy, posts, train, folds, agency), "method")


@evaluation.command(
    epilog="Example: goodguest evaluate entities --register homes.csv --posts posts.jsonl"
)
def entities(
    register: Annotated[Path, typer.Option(help="CSV or TSV: name, id; aliases, place, …")],
    posts: Posts,
    languages: Languages = None,
) -> None:
    """Tie posts to the rows of a register: precision, recall, F1."""
    from pipeline import evaluate

    agency = evaluate.agency_of(settings(), languages)
    _tell(evaluate.entities(register, posts, agency), "method")


@evaluation.command(epilog="Example: goodguest evaluate language --texts texts.tsv")
def language(
    texts: Annotated[Path, typer.Option(help="TSV: lang, text; `und` is no language.")],
    languages: Annotated[
        str | None,
        typer.Option(help="Those to tell apart, such as en,cy; else those of the file."),
    ] = None,
) -> None:
    """Tell the languages of texts: accuracy, share left undetermined."""
    from pipeline import evaluate

    agency = evaluate.agency_of(settings(), languages)
    _tell(evaluate.language(texts, languages, agency), "language")


def _tell(found: dict[str, Any], by: str) -> None:
    """Answer with a table of the measures and one of the methods, and end with the exit code."""
    measures = [
        {
            "measure": name.removesuffix("_interval"),
            "value": _shown(found[name.removesuffix("_interval")]),
            "95 % interval": "" if between is None else " to ".join(map(_shown, between)),
        }
        for name, between in found.items()
        if name.endswith("_interval")
    ]
    shares = [
        {
            by: name,
            "found": f"{of['found']:,}",
            "right": _shown(of["right"]),
            "95 % interval": " to ".join(map(_shown, of["right_interval"])),
        }
        for name, of in found[f"by_{by}"].items()
    ]
    counts = (f"{name.replace('_', ' ')} {n:,}" for name, n in found.items() if type(n) is int)
    said = [", ".join(counts), f"languages: {', '.join(found['languages']) or 'undetermined'}"]
    answer(found, [table_of(measures), *([table_of(shares)] if shares else []), *said])
    tell(tuple(found["messages"]))
    leave(bool(found["bad_lines"]))


def _shown(value: float | None) -> str:
    return "–" if value is None else f"{value:.3f}"
