"""What the blog, its readers and the paper write."""

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta
from random import Random
from typing import Any

from samples.cooking import cook
from samples.forum import slug_of
from samples.model import Item, Person
from samples.phrases import Voice, fill


def articles(rng: Random, texts: Mapping[str, Any], monday: date) -> list[Item]:
    """Return the blog's articles."""
    weeks = (monday - date(2020, 1, 6)).days // 7
    found = []
    for index, text in enumerate(texts["blog"]["articles"], 1):
        moment = _moment(rng, monday, text)
        number = weeks * 100 + index
        slug = slug_of(text["title"])
        found.append(
            Item(
                native_id=f"https://blog.aberwennol.example/?p={number}",
                path=f"/blog/{slug}-{number}",
                title=text["title"],
                html=cook(fill(rng, text["body"], texts["common"]["slots"], moment)),
                author=rng.choice(texts["blog"]["editors"]),
                created_at=moment,
                updated_at=moment,
                strand=text["strand"],
                lang=text.get("lang", "en"),
                tags=tuple(text.get("tags", ())),
                number=number,
            )
        )
    return found


def comments(
    rng: Random, texts: Mapping[str, Any], people: Sequence[Person], posts: Sequence[Item]
) -> list[Item]:
    """Return the readers' comments, in the first ten days of each article."""
    voices = {
        name: Voice(rng, {**texts["strands"][name], "whole": []}, texts["common"], 60)
        for name in {p.strand: None for p in posts}
    }
    readers = [p for p in people if p.role == "resident"]
    first = min(p.created_at for p in posts)
    drafts = []
    for article in posts:
        strand = texts["strands"][article.strand]
        week = (article.created_at - first).days // 7
        lively = strand["weekly"][min(week, 8)]
        for _ in range(rng.randint(2, 6) + min(lively // 5, 8)):
            moment = article.created_at + timedelta(minutes=int(rng.expovariate(1 / 1500)) + 9)
            drafts.append((moment, week, article))
    found = []
    base = posts[0].number * 100
    for number, (moment, week, article) in enumerate(sorted(drafts, key=lambda d: d[0]), base):
        text, lang = voices[article.strand].reply(week, moment)
        person = rng.choice(readers)
        name = person.name or rng.choice(("Anonymous", person.username, "A reader"))
        found.append(
            Item(
                native_id=f"{article.native_id}#comment-{number}",
                path=f"{article.path}#comment-{number}",
                title=f"Comment on {article.title} by {name}",
                html=cook(text),
                author=name,
                created_at=moment,
                updated_at=moment,
                strand=article.strand,
                lang=lang,
                number=number,
            )
        )
    return found


def news(rng: Random, texts: Mapping[str, Any], monday: date) -> tuple[list[Item], list[Item]]:
    """Return the paper's news (an Atom feed) and its notices (a JSON Feed), three in both."""
    paper = texts["news"]
    written = [_piece(rng, texts, monday, text) for text in paper["news"]]
    notices = [_piece(rng, texts, monday, text) for text in paper["notices"]]
    for series in paper["weekly"]:
        for week in range(9):
            notices.append(_piece(rng, texts, monday, {**series, "week": week}))
    return written, notices + written[-3:]


def _piece(rng: Random, texts: Mapping[str, Any], monday: date, text: Mapping[str, Any]) -> Item:
    moment = _moment(rng, monday, text)
    title = text["title"].replace("{date}", f"{moment:%-d %B}")
    path = f"/news/{moment:%Y/%m/%d}/{slug_of(title)}"
    return Item(
        native_id=f"tag:riverside-news.example,{moment:%Y-%m-%d}:{slug_of(title)}",
        path=path,
        title=title,
        html=cook(fill(rng, text["body"], texts["common"]["slots"], moment)),
        author=text.get("author", "Riverside News"),
        created_at=moment,
        updated_at=moment,
        strand=text.get("strand", ""),
        lang=text.get("lang", "en"),
        tags=tuple(text.get("tags", ())),
    )


def _moment(rng: Random, monday: date, text: Mapping[str, Any]) -> datetime:
    day = monday + timedelta(weeks=text["week"], days=text.get("day", rng.randrange(6)))
    return datetime.combine(day, time(rng.randint(6, 19), rng.randrange(60)), UTC)
