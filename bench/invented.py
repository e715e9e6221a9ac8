"""An invented forum and an invented agency, the same for the same number of posts."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any, NamedTuple

import msgspec

from bench.words import LANGUAGES, Vocabulary, named, spoken, vocabulary
from contract.catalogue import Dataset, Entity, Label, Topic
from contract.page import Page

SOURCE = "invented-forum"
BASE = "https://forum.example"
DAY = datetime(2026, 11, 16, tzinfo=UTC)
_SHARES = {"en": 0.8, "de": 0.06, "fr": 0.05, "es": 0.05, "uk": 0.04}
_COPIES = 0.05
"""Posts that say word for word what another post said."""
_SEEN_AGAIN = 0.02
"""Posts that come a second time, because a list had moved on between two pages."""
_FEWEST_TO_COPY = 12
"""Words; two short posts are alike by accident."""
_PAGE = 20
_LONGEST = 3_000
"""Words; half of the posts have fewer than 40, one in a hundred more than 300."""
_QUOTE = '<aside class="quote no-group"><blockquote><p>{}</p></blockquote></aside>'


class Holdings(NamedTuple):
    """What the invented agency holds, and the addresses it gives its datasets."""

    topics: list[Topic]
    datasets: list[Dataset]
    entities: list[Entity]


class Forum(NamedTuple):
    """The pages of the invented forum, and what has to be found in them."""

    pages: list[Page]
    records: int
    distinct: int
    copies: int


class _Tongue(NamedTuple):
    words: dict[str, Vocabulary]
    labels: list[str]
    addresses: list[str]
    names: list[str]


def invent(posts: int) -> tuple[Holdings, Forum]:
    """Return an agency and a forum of so many posts; some of those come twice."""
    dice = Random(1)  # noqa: S311  # the same posts each time
    words = {lang: vocabulary(lang, dice) for lang in LANGUAGES}
    holdings = _holdings(words["en"], words["de"], dice)
    tongue = _Tongue(
        words,
        [topic.labels[0].value for topic in holdings.topics],
        [str(dataset.landing_page) for dataset in holdings.datasets],
        [entity.name for entity in holdings.entities],
    )
    return holdings, _forum(posts, tongue, dice)


def _holdings(english: Vocabulary, german: Vocabulary, dice: Random) -> Holdings:
    topics = [
        Topic(
            uri=f"https://agency.example/topic/{number}",
            labels=(
                Label(kind="prefLabel", value=named(english, (1, 2, 2, 2, 3), dice), lang="en"),
                Label(kind="altLabel", value=named(english, (2, 2, 3), dice), lang="en"),
                Label(kind="prefLabel", value=named(german, (1, 2), dice), lang="de"),
            ),
        )
        for number in range(1_000)
    ]
    datasets = [
        Dataset(
            identifier=f"dataset-{number:05}",
            title=named(english, (2, 3, 4, 5), dice).capitalize(),
            description=" ".join(spoken(english, dice.randint(10, 120), dice)),
            keywords=tuple(named(english, (1, 1, 2), dice) for _ in range(4)),
            landing_page=f"https://data.agency.example/dataset/{number}",
            lang="en",
        )
        for number in range(1_000)
    ]
    entities = [
        Entity(
            register="facilities",
            native_id=str(number),
            name=named(english, (2, 2, 3), dice).title(),
            place=named(english, (1,), dice).title(),
        )
        for number in range(500)
    ]
    return Holdings(topics, datasets, entities)


def _forum(posts: int, tongue: _Tongue, dice: Random) -> Forum:
    pages: list[Page] = []
    written: list[dict[str, Any]] = []
    bodies: list[str] = []
    copies = 0
    distinct = round(posts * (1 - _SEEN_AGAIN))
    while len(written) < distinct:
        lang = dice.choices(list(_SHARES), list(_SHARES.values()))[0]
        topic = _topic(len(pages) + 1, lang, tongue, dice)
        thread = []
        size = min(distinct - len(written), _PAGE, int(dice.paretovariate(0.9)))
        for number in range(1, size + 1):
            if bodies and dice.random() < _COPIES:
                body, copies = dice.choice(bodies), copies + 1
            else:
                count = min(_LONGEST, 5 + int(dice.lognormvariate(3.5, 1.0)))
                body = _body(lang, count, number, tongue, dice)
                if count >= _FEWEST_TO_COPY:
                    bodies.append(body)
            thread.append(_post(len(written) + number, number, topic, body, dice))
        written += thread
        pages.append(_page(topic, thread, len(pages)))
    again = dice.sample(written, posts - distinct)
    for start in range(0, len(again), _PAGE):
        pages.append(_page({}, again[start : start + _PAGE], len(pages)))
    return Forum(pages, posts, distinct, copies)


def _page(topic: dict[str, Any], posts: list[dict[str, Any]], number: int) -> Page:
    read = {"post_stream": {"posts": posts, "stream": [p["id"] for p in posts]}, **topic}
    return Page(
        source=SOURCE,
        platform="discourse",
        url=f"{BASE}/t/{topic['id']}.json" if topic else f"{BASE}/posts.json",
        received_at=DAY + timedelta(seconds=number),
        headers={"content-type": "application/json; charset=utf-8"},
        body=msgspec.json.encode(read if topic else {"latest_posts": posts}),
    )


def _topic(number: int, lang: str, tongue: _Tongue, dice: Random) -> dict[str, Any]:
    title = " ".join(spoken(tongue.words[lang], dice.randint(3, 12), dice)).capitalize()
    return {
        "id": number,
        "title": title,
        "fancy_title": title,
        "slug": f"topic-{number}",
        "category_id": dice.randint(1, 12),
        "tags": [named(tongue.words["en"], (1, 1, 2), dice).replace(" ", "-") for _ in range(2)],
        "archetype": "regular",
    }


def _post(key: int, number: int, topic: dict[str, Any], body: str, dice: Random) -> dict[str, Any]:
    moment = f"{DAY - timedelta(minutes=key):%Y-%m-%dT%H:%M:%S}.123Z"
    writer = int(dice.paretovariate(0.7)) % 2_000
    return {
        "id": key, "name": f"Invented Writer {writer}", "username": f"writer_{writer}",
        "avatar_template": f"/letter_avatar_proxy/v4/letter/w/8797f3/{{size}}.png?{writer}",
        "created_at": moment, "updated_at": moment, "cooked": body, "post_number": number,
        "post_type": 1, "posts_count": 20, "reply_count": 0, "quote_count": 0,
        "reply_to_post_number": dice.randint(1, number - 1) if number > 2 else None,
        "incoming_link_count": 0, "reads": dice.randint(1, 300), "readers_count": 12,
        "score": 2.4, "yours": False, "topic_id": topic["id"], "topic_slug": topic["slug"],
        "topic_title": topic["title"], "category_id": topic["category_id"],
        "display_username": f"Invented Writer {writer}", "primary_group_name": None,
        "flair_name": None, "flair_url": None, "flair_bg_color": None, "flair_color": None,
        "version": 1, "can_edit": False, "can_delete": False, "can_recover": False,
        "can_see_hidden_post": False, "can_wiki": False, "link_counts": [], "read": True,
        "user_title": None, "bookmarked": False, "moderator": False, "admin": False,
        "staff": False, "user_id": writer + 1, "hidden": False, "trust_level": 2,
        "deleted_at": None, "user_deleted": False, "edit_reason": None, "wiki": False,
        "actions_summary": [{"id": 2, "count": dice.randint(1, 9)}], "post_url": "",
        "can_view_edit_history": False, "can_accept_answer": False, "accepted_answer": False,
    }  # fmt: skip


def _body(lang: str, count: int, number: int, tongue: _Tongue, dice: Random) -> str:
    """Return the HTML of a post of about so many words."""
    paragraphs = list(_paragraphs(spoken(tongue.words[lang], count, dice), dice))
    if number > 1 and dice.random() < 0.3:
        quoted = " ".join(spoken(tongue.words[lang], 25, dice))
        paragraphs.insert(0, _QUOTE.format(quoted))
    return "\n".join([*paragraphs, *_extras(lang, tongue, dice)])


def _paragraphs(words: list[str], dice: Random) -> Iterator[str]:
    while words:
        sentences = []
        for _ in range(dice.randint(1, 5)):
            size = dice.randint(4, 22)
            if sentence := " ".join(words[:size]):
                sentences.append(sentence.capitalize() + dice.choice("....!?"))
            words = words[size:]
        yield f"<p>{' '.join(sentences)}</p>"


def _extras(lang: str, tongue: _Tongue, dice: Random) -> Iterator[str]:
    """Yield what posts hold beside their words, each as often as public posts do."""
    if lang == "en" and dice.random() < 0.7:
        labels = dice.sample(tongue.labels, dice.randint(1, 3))
        yield f"<p>It is about {', about '.join(labels)} again.</p>"
    if dice.random() < 0.05:
        yield f"<p>Just beside {dice.choice(tongue.names)}.</p>"
    if dice.random() < 0.45:
        address = f"https://news.example/{dice.randint(2000, 2026)}/{dice.randint(1, 9999)}"
        if dice.random() < 0.2:
            address = dice.choice(tongue.addresses)
        yield f'<p><a href="{address}?utm_source=forum" rel="nofollow noopener">{address}</a></p>'
    if dice.random() < 0.4:
        tag = named(tongue.words[lang], (2,), dice).title().replace(" ", "")
        yield f"<p>#{tag}</p>"
    if dice.random() < 0.15:
        yield "<p>Gone again! \U0001f629\U0001f937\u200d\u2640\ufe0f</p>"
    if dice.random() < 0.15:
        yield '<p><a class="mention" href="/u/writer_9">@writer_9</a>, seen it?</p>'
    if dice.random() < 0.02:
        yield f"<p>Write to nobody{dice.randint(1, 99)}@mail.example.</p>"
    if dice.random() < 0.02:
        yield f"<p>Or call 07700 900{dice.randint(100, 999)}, after 6.</p>"
    if dice.random() < 0.05:
        items = "".join(f"<li>{label}</li>" for label in dice.sample(tongue.names, 3))
        yield f"<ul>{items}</ul>"
