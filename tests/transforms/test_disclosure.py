"""What can be published: an attacker with all that is shown learns nothing about a few people."""

from collections import Counter
from collections.abc import Mapping
from random import Random
from time import process_time

from hypothesis import given, settings
from hypothesis import strategies as st

from transforms.disclosure import Posts, safe_to_show

LEAST = 4
MANY = {f"p{number}": f"a{number}" for number in range(20)}


def _cell(*numbers: int) -> dict[str, str | None]:
    return {f"p{number}": f"a{number}" for number in numbers}


def _shown(whole: Posts, cells: Mapping[str, Posts]) -> set[str] | None:
    shown = safe_to_show(whole, {"topic": cells}, LEAST)
    return None if shown is None else {name for _, name in shown}


def test_a_number_needs_enough_people() -> None:
    cells = {"enough": _cell(*range(4)), "few": _cell(*range(3))}
    assert _shown(MANY, cells) == {"enough"}


def test_a_number_on_protected_speech_needs_more_people_and_betrays_no_part_of_it() -> None:
    cells = {"topic": {"strike": _cell(*range(9)), "picket": _cell(*range(4)), "roads": MANY}}
    strike = ("topic", "strike")

    def shown(least: int) -> set[str]:
        found = safe_to_show(MANY, cells, LEAST, {strike: least}) or set()
        return {name for _, name in found}

    # What is left of the strike without the picket is about five.
    assert shown(5) == {"roads", "strike", "picket"}
    assert shown(6) == {"roads", "strike"}
    assert shown(10) == {"roads", "picket"}


def test_nothing_is_said_of_a_week_of_few() -> None:
    assert _shown(_cell(1, 2, 3), {"all": _cell(1, 2, 3)}) is None
    assert _shown({}, {}) is None


def test_a_number_that_one_person_makes_is_withheld() -> None:
    whole = MANY | {f"more{number}": "a0" for number in range(5)}
    loud = {key: author for key, author in whole.items() if author in {"a0", "a1", "a2", "a3"}}
    assert len(set(loud.values())) == LEAST
    assert _shown(whole, {"loud": loud}) == set()


def test_nobody_is_counted_who_is_not_known_to_be_a_person() -> None:
    nameless: dict[str, str | None] = {f"p{number}": None for number in range(10)}
    assert _shown(MANY | nameless, {"nameless": nameless}) == set()


def test_what_is_left_of_the_whole_is_a_number_too() -> None:
    # 20 less 18 would say that two people spoke of what has no line.
    cells = {"most": _cell(*range(18)), "few": _cell(18, 19)}
    assert _shown(MANY, cells) == set()
    cells = {"half": _cell(*range(10)), "other": _cell(*range(10, 18)), "few": _cell(18, 19)}
    assert _shown(MANY, cells) == {"half"}
    cells = {"half": _cell(*range(10)), "other": _cell(*range(10, 20))}
    assert _shown(MANY, cells) == {"half", "other"}


def test_the_difference_of_two_numbers_is_one_too() -> None:
    cells = {"roads": _cell(*range(10)), "potholes": _cell(*range(9))}
    assert _shown(MANY, cells) == {"roads"}
    cells = {"roads": _cell(*range(10)), "potholes": _cell(*range(6))}
    assert _shown(MANY, cells) == {"roads", "potholes"}


def test_what_several_numbers_leave_of_one_that_holds_them_is_one_too() -> None:
    cells = {"roads": _cell(*range(14)), "holes": _cell(*range(7)), "ice": _cell(*range(7, 12))}
    assert _shown(MANY, cells) == {"roads", "holes"}
    # A third that overlaps covers the two that are left, and who knows that it does sees them.
    cells |= {"signs": _cell(6, 5, 12, 13)}
    assert "ice" not in (_shown(MANY, cells) or ())


def test_a_number_of_one_kind_may_hold_one_of_another() -> None:
    parts = {"community": {"c": _cell(*range(10))}, "topic": {"t": _cell(*range(9))}}
    assert safe_to_show(MANY, parts, LEAST) == frozenset({("community", "c")})


def test_what_all_know_that_it_is_an_organisations_hides_nobody() -> None:
    loud = {f"l{n}": "a0" for n in range(5)} | _cell(1, 2, 3)
    of_town: dict[str, str | None] = {f"o{n}": None for n in range(20)}
    assert _shown(MANY, {"loud": loud | of_town}) == set()


def test_a_week_of_a_large_town_takes_seconds() -> None:
    random = Random(7)
    whole: dict[str, str | None] = {f"p{n}": f"a{random.randrange(20_000)}" for n in range(60_000)}
    keys = list(whole)
    cells: dict[str, Posts] = {}
    for number in range(3_000):
        some = random.sample(keys, min(len(keys), int(10 / (1 - random.random()))))
        cells[f"t{number}"] = {key: whole[key] for key in some}
        cells[f"n{number}"] = {key: whole[key] for key in some[: len(some) // 2]}
    begun = process_time()
    assert len(_shown(whole, cells) or ()) > 1_000
    assert process_time() - begun < 10


posts = st.dictionaries(
    st.integers(0, 60).map("p{}".format),
    st.one_of(st.none(), st.integers(0, 25).map("a{}".format)),
    min_size=1,
)


@given(posts, st.data())
@settings(max_examples=300, deadline=None)
def test_no_sum_or_difference_of_what_is_shown_is_about_a_few(
    whole: dict[str, str | None], data: st.DataObject
) -> None:
    keys = st.sets(st.sampled_from(sorted(whole)), min_size=1)
    drawn = data.draw(st.dictionaries(st.sampled_from("abcdefgh"), keys))
    cells = {name: {key: whole[key] for key in of} for name, of in drawn.items()}
    shown = _shown(whole, cells)
    if shown is None:
        assert not _is_many(whole)
        return
    sets = [set(whole), *(set(cells[name]) for name in shown)]
    left = set(whole).difference(*sets[1:])
    differences = [a - b for a in sets for b in sets if b < a]
    for found in [*sets, *differences, *([left] if left else [])]:
        assert _is_many({key: whole[key] for key in found})
    # What can be shown alone and betrays nothing is not withheld where it is the only one.
    if len(cells) == 1 and not shown:
        (only,) = cells.values()
        rest = {key: author for key, author in whole.items() if key not in only}
        assert not _is_many(only) or (rest and not _is_many(rest))


def _is_many(of: dict[str, str | None]) -> bool:
    people = Counter(author for author in of.values() if author)
    return len(people) >= LEAST and 2 * max(people.values()) <= people.total()
