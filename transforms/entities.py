"""Ties posts to rows of the agency's registers by the rows' own names, numbers and addresses."""

from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby, islice
from typing import Any

from pandas import DataFrame

from transforms.entity_context import BESIDE, Context
from transforms.entity_forms import FORMS
from transforms.entity_hits import Hit, Known, hits_of, known_of
from transforms.entity_names import (
    MOST_NAMESAKES,
    EntityMatcher,
    Name,
    entity_matcher,
)
from transforms.entity_namesakes import IN_POST, Meant, Namesakes
from transforms.entity_scores import COMMON, IN_THREAD, LEAST, SURE, probability
from transforms.labels import Witness, ties_frame, ties_of
from transforms.reading import Reading, read

__all__ = ["METHOD_VERSION", "MOST_NAMESAKES", "EntityMatcher", "entity_matcher", "tie_entities"]

METHOD_VERSION = "entities-4"
_MOST_NAMES = 1000
"""Of a post; what has more is a list, and its end says nothing of the rest."""
_METHODS = {
    "acronym": "acronym",
    "identifier": "identifier",
    "photo": "photo",
    "url": "link",
    "address": "address",
    "street": "address",
}
"""By field, but for names."""


def tie_entities(posts: DataFrame | Reading, matcher: EntityMatcher) -> DataFrame:
    """Return the ties of posts to register rows: post_key, target (key), score, method, evidence.

    Names are whole words; of names inside longer names the longest counts. Methods: `name` and,
    where the post or the place attached to it names the row's place too, `name-place`; `acronym`,
    in capitals only; `identifier`, a number of the row; `photo` and `link`, a page of the row that
    the post is, stands below or links to; `address`, a house in a street, of which redaction leaves
    the street. The score is the probability that the row is meant (`entity_scores`); one below
    LEAST is no tie. A name of several rows means the one that a place or number tells: in the post,
    attached to it, in what it answers, or the community's; else up to MOST_NAMESAKES rows are kept
    as `ambiguous`, each with its share of the score. Who wrote the post is never read.
    """
    reading = read(posts)
    context = Context(reading, matcher)
    known = known_of(reading, matcher)
    named: dict[int, list[Hit]] = {
        post: list(islice(hits, _MOST_NAMES))
        for post, hits in groupby(hits_of(reading, matcher), key=lambda hit: hit.post)
    }
    witnesses = {
        post: _strongest(_witnesses(context, matcher, named.get(post, []), known.get(post, [])))
        for post in sorted({*known, *named})
    }
    return ties_frame(ties_of(reading.keys, witnesses))


def _strongest(witnesses: Iterable[Witness]) -> list[Witness]:
    """Return the strongest witness of each name of a row: to say it twice makes it no surer."""
    best: dict[tuple[str, str], Witness] = {}
    for witness in witnesses:
        kept = best.setdefault((witness.target, witness.label), witness)
        if witness.score > kept.score:
            best[witness.target, witness.label] = witness
    return list(best.values())


def _witnesses(
    context: Context, matcher: EntityMatcher, hits: Sequence[Hit], known: Sequence[Known]
) -> Iterator[Witness]:
    sure: set[str] = set()
    for _, those in groupby(known, key=lambda one: (one.where, one.found)):
        for witness in _of_known(matcher, list(those)):
            sure |= {witness.target} if witness.method != "ambiguous" else set()
            yield witness
    spans = groupby(hits, key=lambda hit: (hit.start, hit.end))
    groups = [_likest(list(same)) for _, same in spans]
    for same in sorted(groups, key=lambda same: sum(len(hit.names) for hit in same)):
        if same[0].field == "acronym" and context.is_shouted(same[0]):
            continue
        meant = Namesakes(context, matcher, same).meant(sure)
        for name in meant.names if len(meant.names) <= MOST_NAMESAKES else ():
            witness = _of_name(context, matcher, same[0], name, meant)
            is_one = witness.method != "ambiguous"
            if witness.score * (1 if is_one else len(meant.names)) > LEAST:
                sure |= {name.key} if is_one else set()
                yield witness


def _likest(same: list[Hit]) -> list[Hit]:
    """Return of names that stand at one place those of which the words are most nearly the name."""

    def far(hit: Hit) -> tuple[bool, int]:
        return hit.field == "street", FORMS.index(hit.form)

    nearest = min(map(far, same))
    return [hit for hit in same if far(hit) == nearest]


def _of_name(
    context: Context, matcher: EntityMatcher, hit: Hit, name: Name, meant: Meant
) -> Witness:
    is_told = meant.witness is not None or name.field == "identifier"
    share = _share(matcher, meant.names) if is_told else len(meant.names)
    method = _METHODS.get(name.field, "name-place" if meant.place else "name")
    evidence = {"found": hit.found, "where": hit.where, "place": meant.place}
    evidence["witness"] = "post" if meant.witness == BESIDE else meant.witness
    return _witness(name, method, evidence, _score(context, hit, name, meant), share)


def _share(matcher: EntityMatcher, those: Sequence[Name]) -> int:
    """Return among how many rows a tie is shared: those of several registers are one thing."""
    registers = {matcher.rows[name.key].register for name in those}
    return 1 if len(registers) == len(those) else len(those)


def _witness(
    name: Name, method: str, evidence: dict[str, Any], score: float, share: int
) -> Witness:
    said = {"name": name.value, "field": name.field, **evidence}
    if share > 1:
        method, said = "ambiguous", {**said, "candidates": share}
    return Witness(name.key, name.value, said["where"], score / share, method, said)


def _score(context: Context, hit: Hit, name: Name, meant: Meant) -> float:
    has_place = meant.witness in IN_POST
    in_thread = IN_THREAD if hit.where == "thread title" else 1
    match name.field:
        case "identifier":
            return in_thread * SURE["digits" if hit.found.isdigit() else "identifier"]
        case "address" | "street" as field:
            return in_thread * SURE[f"{field} and place" if has_place else field]
    features = context.features(hit, name)
    if has_place:
        return probability([*(set(features) - COMMON), "place"])
    if meant.is_elsewhere:
        features.append("elsewhere")
    elif context.is_of_another_place(hit, name):
        features.append("another place")
    return probability(features)


def _of_known(matcher: EntityMatcher, those: Sequence[Known]) -> Iterator[Witness]:
    """Yield the ties of rows that one address names; a photo may show several things."""
    share = 1 if those[0].name.field == "photo" else _share(matcher, [one.name for one in those])
    for one in those if len(those) <= MOST_NAMESAKES else ():
        is_number = one.name.field == "identifier" and one.name.value.isdigit()
        score = SURE["digits" if is_number else one.name.field if one.is_whole else "site"]
        score *= IN_THREAD if one.where == "page" else 1
        evidence = {"found": one.found, "where": one.where, "place": None, "witness": None}
        yield _witness(one.name, _METHODS[one.name.field], evidence, score, share)
