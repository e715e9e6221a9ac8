"""What an invented agency holds: its topics, its datasets and the rows of its register."""

from random import Random
from typing import NamedTuple

from bench.words import Vocabulary, named, spoken, vocabulary
from contract.catalogue import Dataset, Distribution, Entity, Label, Topic


class Holdings(NamedTuple):
    """What the invented agency holds."""

    topics: list[Topic]
    datasets: list[Dataset]
    entities: list[Entity]


def held(topics: int = 1_000, datasets: int = 1_000, entities: int = 500) -> Holdings:
    """Return an agency that holds so many: two English labels a topic, 1.3 KB a dataset.

    The same each time for the same numbers.
    """
    dice = Random(1)  # noqa: S311  # the same holdings each time
    english = vocabulary("en", dice)
    return Holdings(
        [_topic(number, english, dice) for number in range(topics)],
        [_dataset(number, english, dice) for number in range(datasets)],
        [_entity(number, english, dice) for number in range(entities)],
    )


def _topic(number: int, english: Vocabulary, dice: Random) -> Topic:
    # Few of one word: those are in many posts by accident.
    first, second = (named(english, (1, 2, 2, 2, 2, 2, 2, 2, 3, 3), dice) for _ in range(2))
    return Topic(
        uri=f"https://agency.example/topic/{number}",
        labels=(
            Label(kind="prefLabel", value=first, lang="en"),
            Label(kind="altLabel", value=second, lang="en"),
        ),
    )


def _dataset(number: int, english: Vocabulary, dice: Random) -> Dataset:
    page = f"https://data.agency.example/dataset/{number}"
    return Dataset(
        identifier=f"dataset-{number:05}",
        title=named(english, (2, 3, 4, 5), dice).capitalize(),
        description=" ".join(spoken(english, dice.randint(50, 145), dice)),
        keywords=tuple(named(english, (1, 1, 2), dice) for _ in range(5)),
        themes=("Environment",),
        publisher="An invented agency",
        landing_page=page,
        distributions=(Distribution(url=f"{page}/rows.csv", title="Rows", format="CSV"),),
        modified="2026-01-01",
        lang="en",
    )


def _entity(number: int, english: Vocabulary, dice: Random) -> Entity:
    return Entity(
        register="facilities",
        native_id=str(number),
        name=named(english, (2, 2, 3), dice).title(),
        place=named(english, (1,), dice).title(),
    )
