"""The page of a source in Airflow: why it is read, by which rules, and where to look further."""

import re
from collections.abc import Iterable
from datetime import UTC, datetime
from urllib.parse import quote

from connectors import connector_of
from contract.charter import Charter, Source
from contract.errors import GoodguestError
from contract.terms import Terms
from pipeline.permission import may_listen

_MARKS = re.compile(r"([\\`*_{}\[\]()<>#+!|~&$:])")


def plain_text(said: object) -> str:
    """Return a charter's words for Markdown, on one line and without any meaning to it."""
    return _MARKS.sub(r"\\\1", " ".join(str(said).split()))


def source_docs(charter: Charter, name: str, explorer: str | None) -> str:
    """Return the Markdown page of a source."""
    source = charter.sources[name]
    terms = connector_of(source.platform).TERMS
    parts = [
        f"Reads <{source.url}> ({plain_text(terms.title)}) and lands its pages as received.",
        *_stopped(charter, name),
        "",
        "| | |",
        "| --- | --- |",
        *(f"| {label} | {said} |" for label, said in _rows(charter, source, terms) if said),
        "",
        _links(source, name, explorer),
    ]
    return "\n".join(parts)


def _stopped(charter: Charter, name: str) -> Iterable[str]:
    try:
        may_listen(charter, name, datetime.now(UTC))
    except GoodguestError as rule:
        yield f"\n**It is not read:** {plain_text(rule)}. Its runs are skipped until then."


def _rows(charter: Charter, source: Source, terms: Terms) -> Iterable[tuple[str, str]]:
    purpose, agency = charter.purposes[source.purpose], charter.agency
    limits = ", ".join(f"{rate.requests} in {rate.seconds:g} s" for rate in terms.limits)
    yield "Purpose", plain_text(purpose.title)
    yield "Legal basis", plain_text(purpose.legal_basis)
    yield "Impact assessment", plain_text(purpose.dpia)
    yield "Expires", f"{purpose.expires}, then nothing more is collected"
    yield "Owner", plain_text(purpose.owner)
    yield "Ask", f"{plain_text(agency.contact)}; <{agency.privacy_notice}>"
    yield "Selects", _selected(source)
    yield "Read", f"{plain_text(source.schedule)} ({plain_text(agency.timezone)})"
    yield "Terms", f"<{terms.url}>, read on {terms.read_on}"
    yield "Kept", plain_text(terms.storage)
    yield "Deleted there", f"{plain_text(terms.deletion)} Within {terms.deletion_hours} hours."
    yield "Beside a quotation", plain_text(terms.attribution)
    yield "Never", plain_text("; ".join(terms.forbidden))
    yield "Requests", f"{limits}; not one more"
    yield "Permission", _said(source.permission)
    yield "Approval", _said(source.approval)
    yield "Budget of a month", _said(source.budget)
    if source.conn_id:
        yield "Key", f"in the Airflow connection {plain_text(source.conn_id)}"


def _said(given: object) -> str:
    """Return the fields of a part of the charter, in its order."""
    held = {} if given is None else given.model_dump()
    return ", ".join(f"{plain_text(k)}: {plain_text(v)}" for k, v in held.items() if v is not None)


def _selected(source: Source) -> str:
    held = {k: v for k, v in source.select.model_dump().items() if v}
    said = (
        f"{k}: {', '.join(map(str, v)) if isinstance(v, tuple) else v}" for k, v in held.items()
    )
    return plain_text("; ".join(said)) or "all that is public there"


def _links(source: Source, name: str, explorer: str | None) -> str:
    links = [f"[The community](<{source.url}>)"]
    if explorer:
        where = f"{explorer.rstrip('/')}/goodguest/v_coverage_day?source={quote(name)}"
        links.append(f"[Its coverage](<{where}>)")
    return " · ".join(links)
