"""X's batch compliance: a list of ids goes up, what became of them comes down.

https://docs.x.com/x-api/compliance/batch-compliance/introduction
"""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from connectors.addresses import request_to
from connectors.answers import Answer
from connectors.decoding import decoded
from connectors.markup import web_address
from connectors.parts.x.asking import NOTHING, Talk, asked
from connectors.parts.x.fields import first_of, identity, moment, objects, text
from contract.errors import RetryLater, StopSource
from contract.keys import stable_key
from contract.page import Recheck

if TYPE_CHECKING:
    from requests import PreparedRequest

_COME_BACK = timedelta(minutes=5)
_FRESH = timedelta(hours=6)
"""Results older than that do not answer the question asked now."""
_OF_SIGNED = frozenset(range(200, 500)) - {408, 425, 429}


def found_by_job(talk: Talk, ids: Sequence[str]) -> Iterator[tuple[str, Recheck]]:
    """Yield a verdict for each of the ids from the results of their job.

    The job has a name made of its ids, so a later call finds it again. Raises RetryLater until it
    is complete.
    """
    name = f"goodguest-{stable_key(*sorted(ids))}"
    job, now = _latest(talk, name), talk.client.now()
    status, expires = text(job, "status"), moment(job, "upload_expires_at")
    if status == "complete":
        yield from _results(talk, job, ids)
        return
    if status == "created" and expires and expires > now:
        # A run may have ended between making the job and sending its ids; twice does no harm.
        _upload(talk, job, ids)
    elif status != "in_progress":
        answer = asked(talk, NOTHING, lambda api: api.create_compliance_job("tweets", name=name))
        if answer.status // 100 == 2:  # else X makes another job first
            _upload(talk, first_of(decoded(answer.body), "data"), ids)
    raise _not_yet(now)


def _latest(talk: Talk, name: str) -> dict[str, Any]:
    """Return the newest job of the name that is fresh, else an empty object."""
    answer = asked(talk, NOTHING, lambda api: api.get_compliance_jobs("tweets"))
    since = talk.client.now() - _FRESH
    jobs: list[tuple[datetime, dict[str, Any]]] = [
        (made, job)
        for job in objects(decoded(answer.body), "data")
        if text(job, "name") == name and (made := moment(job, "created_at")) and made >= since
    ]
    return max(jobs, key=lambda job: job[0], default=(since, {}))[1]


def _upload(talk: Talk, job: Any, ids: Sequence[str]) -> None:
    request = request_to(
        _signed(job, "upload_url"), "PUT", data="\n".join(ids).encode(),
        headers={"Content-Type": "text/plain"},
    )  # fmt: skip
    _accepted(talk, request)


def _results(talk: Talk, job: Any, ids: Sequence[str]) -> Iterator[tuple[str, Recheck]]:
    """Yield the verdicts: a line for each post that is not as it was; blank ones occur."""
    answer = _accepted(talk, request_to(_signed(job, "download_url")))
    now = talk.client.now()
    verdicts: dict[str, Recheck] = {}
    for line in answer.body.splitlines():
        if not line.strip():
            continue
        read = decoded(line)
        native_id = identity(read, "id")
        if native_id is None:
            raise _not_yet(now, "results are cut short")
        verdicts[native_id] = "changed" if text(read, "reason") == "scrub_geo" else "gone"
    yield from ((native_id, verdicts.get(native_id, "there")) for native_id in ids)


def _accepted(talk: Talk, request: "PreparedRequest") -> Answer:
    # The address is signed: no message names it, and redirects would take it elsewhere.
    answer = talk.client.send(request, accept=_OF_SIGNED)
    if answer.status // 100 != 2:
        raise _not_yet(talk.client.now(), f"its store answered {answer.status}")
    return answer


def _signed(job: Any, name: str) -> str:
    if (url := web_address(text(job, name))) is None:
        raise StopSource(f"compliance job: X gave no {name}")
    return url


def _not_yet(now: datetime, why: str = "it is not complete yet") -> RetryLater:
    return RetryLater(f"compliance job: {why}", now + _COME_BACK)
