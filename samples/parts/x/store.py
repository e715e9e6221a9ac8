"""X's compliance jobs: the list of ids that goes up, and what comes down."""

import json
from datetime import timedelta

from samples.asking import Answer, Asked
from samples.parts.x.asked import said, talk_of


def _is_signed(asked: Asked) -> bool:
    return asked.query.get("signature", [""])[0] == f"signed-{asked.parts[0]}"


def jobs(asked: Asked) -> Answer:
    """Return the jobs there are, or a new one."""
    talk = talk_of(asked)
    now = talk.clock()
    if asked.method != "POST":
        held = [dict(job) for job in talk.jobs.values()]
        for job in talk.jobs.values():
            # Who asks a second time finds it done.
            job["status"] = "complete" if job["status"] == "in_progress" else job["status"]
        return said(asked, {"data": held, "meta": {"result_count": len(held)}})
    number = str(1_400_000_000_000_000_000 + len(talk.jobs))
    store = f"{asked.base}/x/store/{number}"
    job = {
        "id": number, "type": "tweets", "status": "created", "resumable": False,
        "name": json.loads(asked.body).get("name", ""), "created_at": now.isoformat(),
        "upload_url": f"{store}/submission?signature=signed-{number}",
        "upload_expires_at": (now + timedelta(minutes=15)).isoformat(),
        "download_url": f"{store}/delivery?signature=signed-{number}",
        "download_expires_at": (now + timedelta(days=7)).isoformat(),
    }  # fmt: skip
    talk.jobs[number] = job
    return said(asked, {"data": job})


def submission(asked: Asked) -> Answer:
    """Take the list of ids."""
    talk, number = talk_of(asked), asked.parts[0]
    if not _is_signed(asked) or asked.method != "PUT":
        return Answer(403, "application/xml", b"<Error><Code>SignatureDoesNotMatch</Code></Error>")
    talk.uploads[number] = asked.body.decode().split()
    talk.jobs[number]["status"] = "in_progress"
    return Answer(200, "text/plain", b"")


def delivery(asked: Asked) -> Answer:
    """Return a line for each id that is gone, with blank ones between."""
    talk, number = talk_of(asked), asked.parts[0]
    if not _is_signed(asked):
        return Answer(403, "application/xml", b"<Error><Code>SignatureDoesNotMatch</Code></Error>")
    gone = [i for i in talk.uploads[number] if i in talk.deleted or i not in talk.posts]
    lines = [json.dumps({"id": i, "action": "delete", "reason": "deleted"}) for i in gone]
    return Answer(200, "application/json", "\n\n".join((*lines, "")).encode())
