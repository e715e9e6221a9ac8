"""What topics are learnt from: the agency's examples, and the posts that people reviewed.

Which reviews they are is noted and is part of the catalogue's version. So verdicts teach from the
next load of the catalogue on, and what is learnt is the same wherever ties have this version.
"""

from collections import Counter
from collections.abc import Mapping
from typing import Final, NamedTuple

import sqlalchemy as sa

from connectors import CONNECTORS
from contract.catalogue import Example
from contract.errors import GoodguestError
from transforms.topic_examples import FEWEST, Learnt
from transforms.topic_names import topic_matcher
from warehouse import catalogue
from warehouse.topic_models import examples_of_reviews

REVIEWS: Final = "reviews"
"""Name by which the examples are noted that people's verdicts are."""


class Taught(NamedTuple):
    """Examples that the agency gave, and those of reviews; `against` are no examples."""

    given: list[Example]
    agreed: list[Example]
    against: list[Example]
    counts: Mapping[str, int]
    """By topic its examples, also where they are too few to learn it from."""

    @property
    def reviewed(self) -> list[tuple[str, Example]]:
        """What is noted of the reviews."""
        return [
            *(("agree", example) for example in self.agreed),
            *(("disagree", example) for example in self.against),
        ]


def taught(connection: sa.Connection) -> Taught:
    """Return what there is to learn from; of reviews, of those topics that have enough examples.

    Posts of platforms that forbid the training of models are no examples, whatever was reviewed.
    """
    barred = [c.TERMS.platform for c in CONNECTORS if c.TERMS.duty("training")]
    given = catalogue.examples(connection)
    agreed, against = examples_of_reviews(connection, barred)
    counts = Counter(example.topic for example in (*given, *agreed))
    ours, others = (
        [example for example in told if counts[example.topic] >= FEWEST]
        for told in (agreed, against)
    )
    return Taught(given, ours, others, counts)


def taught_as_noted(connection: sa.Connection) -> Taught:
    """Return what topics are learnt from in this version of the catalogue."""
    told = taught(connection)
    if catalogue.are_noted(connection, REVIEWS, []):
        return told._replace(agreed=[], against=[])
    if not catalogue.are_noted(connection, REVIEWS, told.reviewed):
        raise GoodguestError("ties were reviewed while the reviews were read; run it again")
    return told


def note_reviews(engine: sa.Engine) -> Learnt | None:
    """Note what reviews teach, and return what was learnt if that had to be tried.

    They are noted where a topic is learnt with them well enough to be used: of others no tie comes.
    Where they are others than noted before, every post is tied anew.
    """
    with engine.connect() as connection:
        told = taught(connection)
        if catalogue.are_noted(connection, REVIEWS, told.reviewed):
            return None
        topics = catalogue.topics(connection)
    learnt = topic_matcher(topics, (*told.given, *told.agreed), told.against).learnt
    is_used = learnt is not None and bool(learnt.topics)
    catalogue.note_examples(engine, REVIEWS, told.reviewed if is_used else [])
    return learnt
