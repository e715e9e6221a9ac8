"""Flickr's answers, JSON or XML, in one shape; how to ask for one; and what its errors mean."""

import codecs
import re
from typing import Any
from xml.parsers import expat

from connectors.answers import Answer, Judge, Judged, Meaning
from connectors.decoding import decoded
from connectors.http import Client
from connectors.parts.flickr.fields import number_of
from contract.errors import OddAnswer, RetryLater, SkipPage, StopSource

SEARCH = "flickr.photos.search"
POOL = "flickr.groups.pools.getPhotos"
ALBUM = "flickr.photosets.getPhotos"
STREAM = "flickr.people.getPublicPhotos"
INFO = "flickr.photos.getInfo"
COMMENTS = "flickr.photos.comments.getList"
ECHO = "flickr.test.echo"

_DEEPEST = 40
_AROUND = codecs.BOM_UTF8 + b" \t\r\n"
_CALL = re.compile(rb"\w+\((.*)\)", re.DOTALL)
# A text that never ends is passed over as a whole: so each byte is looked at once.
_NEEDLESS_COMMA = re.compile(rb'("(?:[^"\\]|\\.)*+"?)|,(?=\s*+[}\]])')
_CONTAINERS = {
    "photos": "photo", "photoset": "photo", "tags": "tag", "notes": "note", "urls": "url",
    "comments": "comment",
}  # fmt: skip
"""Elements that hold a list, which JSON writes as one whatever its length."""

_HELD = {
    SEARCH: "photos", POOL: "photos", ALBUM: "photoset", STREAM: "photos", INFO: "photo",
    COMMENTS: "comments", "flickr.groups.getInfo": "group", "flickr.people.getInfo": "person",
    "flickr.photosets.getInfo": "photoset", "flickr.urls.lookupUser": "user", ECHO: "method",
}  # fmt: skip
"""What the answer to a method holds."""
GONE = {
    INFO: {1: "deleted or made private", 2: "made private"},
    COMMENTS: {1: "deleted or made private"},
}
"""Errors that say that a photo is gone: an answer to keep, no failure."""

_NOT_NOW = Judged(RetryLater, "Flickr is not available just now")
_OUR_MISTAKE = Judged(StopSource, "Flickr does not know this request; Goodguest has to be mended")
_MEANING: dict[int, Judged] = {
    0: _NOT_NOW,
    95: Judged(StopSource, "Flickr wants https; write the source's url with it"),
    96: _OUR_MISTAKE,
    97: _OUR_MISTAKE,
    98: Judged(StopSource, "Flickr wants a login, which Goodguest never has"),
    99: Judged(StopSource, "not public: an API key alone may not read it; select something else"),
    100: Judged(StopSource, "the API key is not valid; put the right one into the connection"),
    105: _NOT_NOW,
    106: _NOT_NOW,
    111: _OUR_MISTAKE,
    112: _OUR_MISTAKE,
    114: _OUR_MISTAKE,
    115: _OUR_MISTAKE,
    116: Judged(StopSource, "Flickr refuses an address in the query; take it out"),
    201: _NOT_NOW,
}
"""Errors of every method, https://www.flickr.com/services/api/flickr.test.null.html, and 0 and 201,
which are not documented."""
_MEANING_FOR: dict[str, dict[int, Judged]] = {
    SEARCH: {
        1: Judged(StopSource, "Flickr does not take so many tags; select fewer"),
        3: Judged(StopSource, "Flickr finds nothing to look for in the query; write other words"),
        10: Judged(RetryLater, "Flickr's search is not available just now"),
        11: Judged(StopSource, "Flickr cannot read the machine tags; write namespace:name=value"),
        12: Judged(StopSource, "Flickr does not take so many machine tags; select fewer"),
        18: Judged(StopSource, "Flickr finds the query contradicts itself; write another"),
    },
    POOL: {
        1: Judged(SkipPage, "there is no such group"),
        2: Judged(SkipPage, "the group's pool is not public"),
    },
    ALBUM: {1: Judged(SkipPage, "there is no such album, or it is not public any more")},
    STREAM: {1: Judged(SkipPage, "there is no such account"), 5: Judged(SkipPage, "it is deleted")},
}
"""Errors that mean something of their own in one method."""


def ask(client: Client, base: str, method: str, **params: Any) -> Answer:
    """Return the answer of a method; raises what its words mean, SkipPage where others may go on.

    https://www.flickr.com/services/api/request.rest.html
    """
    form = {"method": method, "format": "json", "nojsoncallback": 1}
    return client.get(
        f"{base}/services/rest/",
        params={**form, **params},
        secrets={"api_key": client.credentials["api_key"]},
        accept=frozenset({200}),
        judge=_judge_of(method),
    )


def _judge_of(method: str) -> Judge:
    def judge(answer: Answer) -> Judged | None:
        if answer.status != 200:
            return None
        read = read_answer(answer.body)
        # One photo can be left out; a list not, or the run would tell of a hole as of nothing.
        odd: Meaning = OddAnswer if method in GONE else RetryLater
        if read is None:
            return Judged(odd, "not what Flickr's API sends")
        if read["stat"] == "ok":
            is_whole = isinstance(read.get(_HELD[method]), dict)
            return None if is_whole else Judged(odd, "an answer without its content")
        code = number_of(read.get("code"))
        if code is None:
            return Judged(odd, "an error that is not told")
        if code in GONE.get(method, {}):
            return None
        known = _MEANING_FOR.get(method, {}).get(code) or _MEANING.get(code)
        return known or Judged(SkipPage, f"Flickr answers error {code}")

    return judge


def read_answer(body: bytes) -> dict[str, Any] | None:
    """Return an answer in the shape of Flickr's JSON, with `stat`; None for what is none.

    XML, which archives hold, becomes the same: attributes and elements are fields, text stands
    under `_content`, an error's `code` and `message` beside `stat`. JSON may be wrapped in a call
    of a function, and have commas too many, as that of error 201 has.
    https://www.flickr.com/services/api/response.json.html
    """
    text = body.strip(_AROUND).rstrip(b",; \t\r\n")
    read = _of_xml(text) if text.startswith(b"<") else _of_json(text)
    return read if isinstance(read, dict) and read.get("stat") in ("ok", "fail") else None


def _of_json(text: bytes) -> Any:
    call = _CALL.fullmatch(text)
    bare = call[1] if call else text
    read = decoded(bare)
    return decoded(_NEEDLESS_COMMA.sub(rb"\1", bare)) if read is None else read


def _of_xml(text: bytes) -> Any:
    """Return what stands in `<rsp>`, or None when the text is no such XML."""
    outside: dict[str, Any] = {}
    open_elements: list[tuple[str, dict[str, Any], list[str]]] = [("", outside, [])]

    def begin(name: str, attributes: dict[str, str]) -> None:
        if len(open_elements) > _DEEPEST:
            raise ValueError("nested deeper than any answer")
        open_elements.append((name, dict(attributes), []))

    def end(_: str) -> None:
        name, inside, written = open_elements.pop()
        content, (around, holder, _words) = "".join(written), open_elements[-1]
        if name in _CONTAINERS and not content.strip():
            inside.setdefault(_CONTAINERS[name], [])
        elif content.strip() or not inside:
            inside["_content"] = content
        if _CONTAINERS.get(around) == name or name in holder:
            if not isinstance(held := holder.setdefault(name, []), list):
                held = holder[name] = [held]
            held.append(inside)
        else:
            holder[name] = inside

    # What makes XML a danger, entities, stands in a document type.
    def refuse(*_: Any) -> None:
        raise ValueError("a document type, which no answer has")

    parser = expat.ParserCreate()
    parser.buffer_text = True
    parser.StartDoctypeDeclHandler = refuse
    parser.StartElementHandler, parser.EndElementHandler = begin, end
    parser.CharacterDataHandler = lambda written: open_elements[-1][2].append(written)
    try:
        parser.Parse(text, True)
    except (expat.ExpatError, LookupError, ValueError):
        return None
    read = outside.get("rsp")
    if not isinstance(read, dict):
        return None
    error = read.pop("err", None)
    if isinstance(error, dict):
        return {**read, "code": error.get("code"), "message": error.get("msg")}
    return read
