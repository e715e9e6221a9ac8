"""What the REST API of WordPress answers, and what its own codes mean."""

import re
from typing import Any

from connectors.answers import Answer, Judged
from connectors.decoding import decoded
from contract.errors import OddAnswer, SkipPage, StopSource

API = "/wp-json/wp/v2"
PER_PAGE = 100
_PAST_THE_END = "rest_post_invalid_page_number"


def held_by(answer: Answer) -> list[dict[str, Any]]:
    """Return the records of an answer that was judged to be a list."""
    return [record for record in decoded(answer.body) if isinstance(record, dict)]


def judged(answer: Answer) -> Judged | None:
    """Return what the API's own code means, and that an answer of another kind is odd."""
    if 300 <= answer.status < 400:
        return None
    read = decoded(answer.body)
    code = str(read.get("code")) if isinstance(read, dict) else ""
    if answer.status == 200:
        return None if isinstance(read, list) else Judged(OddAnswer, "answered no list")
    if code == _PAST_THE_END:
        return None
    if answer.status in (400, 404) or code.startswith("rest_"):
        said = code if re.fullmatch(r"\w{1,60}", code) else "no code"
        return Judged(StopSource, f"refused by its REST API ({said}); its feed may be open")
    return None


def judged_comments(answer: Answer) -> Judged | None:
    found = judged(answer)
    if found and found.meaning is StopSource:
        return Judged(SkipPage, "the site keeps its comments closed")
    return found
