"""Every analysts' view once more: slowly, in loops over the tables' rows, from what it means.

Shares and sums are fractions and rounded once, at the end: `said_of` says how. So no rounding of
the oracle's own hides one of a view, and no order of summing has to be the same.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal, localcontext
from fractions import Fraction
from itertools import product
from statistics import median
from typing import Any, Final

import sqlalchemy as sa

from warehouse.tables import metadata

Row = dict[str, Any]
Held = dict[str, list[Row]]
"""The rows of each table."""


def held_by(engine: sa.Engine) -> Held:
    """Return every row of every table."""
    with engine.connect() as connection:
        return {
            name: [row._asdict() for row in connection.execute(sa.select(table))]
            for name, table in metadata.tables.items()
        }


def said_of(value: Any) -> Any:
    """Return the value as a view says it: of fractions twelve decimals, if made of fractions.

    `Exact` fractions come of one division, which every database rounds alike.
    """
    if isinstance(value, Exact):
        return float(value)
    return float(round(value, 12)) if isinstance(value, Fraction) else value


class Exact(Fraction):
    """A quotient of two whole numbers."""


def _by(rows: Iterable[Row], *names: str) -> dict[Any, list[Row]]:
    groups = defaultdict(list)
    for row in rows:
        groups[row[names[0]] if len(names) == 1 else tuple(row[n] for n in names)].append(row)
    return groups


def _only(rows: Iterable[Row], name: str) -> dict[Any, Row]:
    return {row[name]: row for row in rows}


def _different(rows: Iterable[Row], name: str) -> int:
    return len({row[name] for row in rows} - {None})


def _told(authors: int) -> int | None:
    return authors if authors >= 5 else None


def _mean(values: Iterable[Fraction]) -> Fraction:
    known = list(values)
    return sum(known, Fraction()) / len(known)


def _standing(held: Held) -> list[Row]:
    """Return the posts that are neither removed nor copies of another, with their purpose."""
    purpose = {row["id"]: row["purpose"] for row in held["source"]}
    return [
        row | {"purpose": purpose[row["source"]]}
        for row in held["post"]
        if row["removed_at"] is None and row["near_duplicate_of"] is None
    ]


def _counted(held: Held, table: str) -> list[Row]:
    """Return the ties of standing posts but for those to all that a word or name may mean."""
    return [tie for tie in _tied(held, table) if tie["method"] != "ambiguous"]


def _tied(held: Held, table: str) -> list[Row]:
    """Return each tie of a standing post, with what is known of the post."""
    posts = _only(_standing(held), "post_key")
    return [posts[t["post_key"]] | t for t in held[table] if t["post_key"] in posts]


def _least(held: Held, uri: str) -> int:
    """Return how many authors a number on a topic needs."""
    return max((s["min_authors"] for s in held["sensitive_topic"] if s["topic_uri"] in (uri, "")),
               default=0)  # fmt: skip


def _hidden(held: Held, *, until_tied: bool = True) -> set[str]:
    """Return the posts that are not shown by themselves."""
    sensitive = {row["topic_uri"] for row in held["sensitive_topic"]}
    if not sensitive:
        return set()
    tied = {tie["post_key"] for tie in held["post_topic"] if tie["topic_uri"] in sensitive}
    original = {post["near_duplicate_of"] for post in held["post"] if post["post_key"] in tied}
    return {
        post["post_key"]
        for post in held["post"]
        if "" in sensitive
        or post["post_key"] in tied | original
        or tied & {post["root_key"], post["parent_key"], post["near_duplicate_of"]}
        or (until_tied and post["linked_with"] is None)
    }


def _shown(held: Held) -> list[Row]:
    """Return the standing posts that are shown by themselves."""
    hidden = _hidden(held)
    return [post for post in _standing(held) if post["post_key"] not in hidden]


def _read_in_weeks(held: Held) -> dict[tuple[str, str], Fraction]:
    """Return how much of a week was read for a purpose: the mean of its sources' shares."""
    purpose = {row["id"]: row["purpose"] for row in held["source"]}
    shares = defaultdict(list)
    for (week, source), hours in _by(held["coverage"], "week", "source").items():
        complete = [hour for hour in hours if hour["state"] == "complete"]
        shares[week, purpose[source]].append(Fraction(len(complete), len(hours)))
    return {cell: _mean(values) for cell, values in shares.items()}


def _names(held: Held) -> dict[str, str]:
    """Return what each topic is called: in English, else in the first language there is, else URI.

    Of several labels in the language the first counts.
    """
    names = {topic["uri"]: topic["uri"] for topic in held["topic"]}
    labels = [row for row in held["topic_label"] if row["kind"] == "prefLabel"]
    for uri, of_topic in _by(labels, "uri").items():
        in_order = sorted(of_topic, key=lambda row: (row["lang"] or "", row["position"]))
        english = [row for row in in_order if row["lang"] == "en"]
        regional = [row for row in in_order if (row["lang"] or "").startswith("en-")]
        names[uri] = (english or regional or in_order)[0]["value"]
    return names


def _spoken(ties: list[Row]) -> Row:
    """Return how many of the posts show which stance, and how many stars those give that do."""
    shares = [
        Fraction(tie["rating"]) / Fraction(tie["best_rating"])
        for tie in ties
        if tie["rating"] is not None and tie["best_rating"] is not None
    ]
    low, high = Fraction(2, 5), Fraction(4, 5)
    return {
        **{
            f"{stance}_posts": len([tie for tie in ties if tie["stance"] == stance])
            for stance in ("positive", "negative", "mixed")
        },
        "ratings_low": len([share for share in shares if share <= low]),
        "ratings_middle": len([share for share in shares if low < share < high]),
        "ratings_high": len([share for share in shares if share >= high]),
    }


def _untied(held: Held) -> tuple[set[str], set[str]]:
    """Return the standing posts that met no dataset, and which of those none could be ranked for.

    That is when datasets are described, but none in the post's language.
    """
    current = [row for row in held["dataset"] if row["withdrawn_at"] is None]
    spoken = {(row["lang"] or "en").lower().split("-")[0] for row in current}
    met = {tie["post_key"] for tie in held["post_dataset"]}
    untied = [post for post in _standing(held) if post["post_key"] not in met]
    unranked = [
        post
        for post in untied
        if spoken and post["lang"] and post["lang"].lower().split("-")[0] not in spoken
    ]
    return {post["post_key"] for post in untied}, {post["post_key"] for post in unranked}


def topic_week(held: Held) -> Iterator[Row]:
    names = _names(held)
    read = _read_in_weeks(held)
    for cell, ties in _by(_counted(held, "post_topic"), "week", "purpose", "topic_uri").items():
        week, purpose, uri = cell
        spoken, least = _spoken(ties), _least(held, uri)
        if _different(ties, "author_key") < least:
            continue
        yield {
            "week": week,
            "purpose": purpose,
            "topic_uri": uri,
            "topic": names[uri],
            "posts": len(ties),
            "authors": _told(_different(ties, "author_key")),
            "communities": _different(ties, "community_key"),
            **(dict.fromkeys(spoken) if least else spoken),
            "coverage": read.get((week, purpose)),
        }


def community_week(held: Held) -> Iterator[Row]:
    read, communities = _read_in_weeks(held), _only(held["community"], "community_key")
    _, unranked = _untied(held)
    by = ("week", "purpose", "platform", "community_key")
    for cell, posts in _by(_standing(held), *by).items():
        community = communities.get(cell[3], {})
        yield {
            **dict(zip(by, cell, strict=True)),
            "community": community.get("name"),
            "community_url": community.get("url"),
            "posts": len(posts),
            "authors": _told(_different(posts, "author_key")),
            "unranked_posts": len([post for post in posts if post["post_key"] in unranked]),
            "coverage": read.get(cell[:2]),
        }


def dataset_demand_week(held: Held) -> Iterator[Row]:
    read, datasets = _read_in_weeks(held), _only(held["dataset"], "dataset_key")
    for cell, ties in _by(_tied(held, "post_dataset"), "week", "purpose", "dataset_key").items():
        week, purpose, key = cell
        yield {
            "week": week,
            "purpose": purpose,
            "dataset_key": key,
            "identifier": datasets[key]["identifier"],
            "title": datasets[key]["title"],
            "landing_page": datasets[key]["landing_page"],
            "posts": len(ties),
            "authors": _told(_different(ties, "author_key")),
            "explicit_posts": len([tie for tie in ties if tie["method"] == "link"]),
            "coverage": read.get((week, purpose)),
        }


def unmet_demand(held: Held) -> Iterator[Row]:
    names, read = _names(held), _read_in_weeks(held)
    untied, unranked = _untied(held)
    wanting = [tie for tie in _counted(held, "post_topic") if tie["post_key"] in untied]
    for (week, purpose, uri), ties in _by(wanting, "week", "purpose", "topic_uri").items():
        unmet = [tie for tie in ties if tie["post_key"] not in unranked]
        if least := _least(held, uri):
            on_topic = [
                tie
                for tie in _counted(held, "post_topic")
                if (tie["week"], tie["purpose"], tie["topic_uri"]) == (week, purpose, uri)
            ]
            others = len(on_topic) - len(unmet)
            if _different(unmet, "author_key") < least or 0 < others < least:
                continue
        yield {
            "week": week,
            "purpose": purpose,
            "topic_uri": uri,
            "topic": names[uri],
            "posts": len(unmet),
            "authors": _told(_different(unmet, "author_key")),
            "unranked_posts": None if least else len(ties) - len(unmet),
            "coverage": read.get((week, purpose)),
        }


def entity_week(held: Held) -> Iterator[Row]:
    read, entities = _read_in_weeks(held), _only(held["entity"], "entity_key")
    counted = _counted(held, "post_entity")
    for cell, ties in _by(counted, "week", "purpose", "entity_key").items():
        week, purpose, key = cell
        yield {
            "week": week,
            "purpose": purpose,
            "register": entities[key]["register"],
            "entity_key": key,
            "name": entities[key]["name"],
            "place": entities[key]["place"],
            "posts": len(ties),
            "authors": _told(_different(ties, "author_key")),
            **_spoken(ties),
            "coverage": read.get((week, purpose)),
        }


def entity_tag(held: Held) -> Iterator[Row]:
    entities, tags = _only(held["entity"], "entity_key"), _by(held["post_tag"], "post_key")
    hidden = _hidden(held, until_tied=False)
    tagged = [
        tie | {"tag": tag["tag_normalised"], "added_by": tag["added_by"]}
        for tie in _counted(held, "post_entity")
        for tag in tags[tie["post_key"]]
        if tag["tag_normalised"] and tie["post_key"] not in hidden
    ]
    weeks = _read_in_weeks(held)
    for cell, found in _by(tagged, "purpose", "entity_key", "tag", "added_by").items():
        purpose, key, tag, added_by = cell
        read = [share for (_, of), share in weeks.items() if of == purpose]
        yield {
            "purpose": purpose,
            "register": entities[key]["register"],
            "entity_key": key,
            "native_id": entities[key]["native_id"],
            "name": entities[key]["name"],
            "tag": tag,
            "added_by": added_by,
            "posts": _different(found, "post_key"),
            "first_day": min(row["day"] for row in found),
            "last_day": max(row["day"] for row in found),
            "coverage": _mean(read) if read else None,
        }


def _weeks_before(week: str) -> list[str]:
    monday = datetime.fromisoformat(f"{week}-1")
    before = [(monday - timedelta(weeks=n)).isocalendar() for n in range(1, 5)]
    return [f"{year:04}-W{number:02}" for year, number, _ in before]


def rising(held: Held) -> Iterator[Row]:
    """Yield topics that were met in a week or in the four before, if any of those was read."""
    names = _names(held)
    read, ties = _read_in_weeks(held), _counted(held, "post_topic")
    met = _by(ties, "week", "purpose", "topic_uri")
    counts = {cell: len(t) for cell, t in met.items()}
    uris = {(purpose, uri) for _, purpose, uri in counts}
    for ((week, purpose), share), (of, uri) in product(read.items(), uris):
        before = [w for w in _weeks_before(week) if (w, purpose) in read]
        baseline = [w for w in before if read[w, purpose] > 0]
        is_met = any((w, purpose, uri) in counts for w in (week, *before))
        if of != purpose or not is_met or not baseline:
            continue
        behind = [met[w, purpose, uri] for w in (week, *baseline) if (w, purpose, uri) in met]
        if any(_different(found, "author_key") < _least(held, uri) for found in behind):
            continue
        posts = counts.get((week, purpose, uri), 0)
        usual = float(_mean(Fraction(counts.get((w, purpose, uri), 0)) for w in baseline))
        yield {
            "week": week,
            "purpose": purpose,
            "topic_uri": uri,
            "topic": names[uri],
            "posts": posts,
            "baseline_posts": usual,
            "change": posts - usual,
            "ratio": posts / usual if usual else None,
            "coverage": share,
            "baseline_coverage": _mean(read[w, purpose] for w in baseline),
        }


def coverage_day(held: Held) -> Iterator[Row]:
    sources = _only(held["source"], "id")
    for (day, source), hours in _by(held["coverage"], "day", "source").items():
        states = [hour["state"] for hour in hours]
        complete, partial = states.count("complete"), states.count("partial")
        fetched = [hour["fetched"] for hour in hours if hour["fetched"] is not None]
        usual = [hour["expected"] for hour in hours]
        yield {
            "day": day,
            "week": hours[0]["week"],
            "source": source,
            "purpose": sources[source]["purpose"],
            "platform": sources[source]["platform"],
            "hours_expected": len(hours),
            "hours_complete": complete,
            "hours_partial": partial,
            "hours_missing": len(hours) - complete - partial,
            "coverage": Exact(complete, len(hours)),
            "posts_fetched": sum(fetched) if fetched else None,
            "posts_expected": None if None in usual else sum(usual),
        }


def source_health(held: Held) -> Iterator[Row]:
    """Yield each source, with what was first seen up to a day before now: the database's clock."""
    runs, posts = _by(held["ingest_run"], "source"), _by(held["post"], "source")
    day_ago = datetime.now(UTC) - timedelta(days=1)
    for source in held["source"]:
        of_source = sorted(runs[source["id"]], key=lambda run: (run["started_at"], run["run_id"]))
        last = of_source[-1] if of_source else {}
        ended = [run["ended_at"] for run in of_source if run["status"] == "done"]
        yield {
            "source": source["id"],
            "platform": source["platform"],
            "purpose": source["purpose"],
            "last_run_at": last.get("started_at"),
            "last_status": last.get("status"),
            "stopped_because": last.get("stopped_because"),
            "last_success_at": max(ended, default=None),
            "posts_last_day": len(
                [post for post in posts[source["id"]] if post["first_seen_at"] >= day_ago]
            ),
            "rejected_last_run": last.get("posts_rejected"),
        }


def spending_month(held: Held) -> Iterator[Row]:
    for (month, source), requests in _by(held["spending"], "month", "source").items():
        last = max(requests, key=lambda row: (row["reserved_at"], row["spending_key"]))
        allowed = last["posts_allowed"]
        charged = sum(row["posts_charged"] or 0 for row in requests)
        unsettled = sum(row["posts_reserved"] for row in requests if row["posts_charged"] is None)
        money = [row["money"] for row in requests]
        currencies = {row["currency"] for row in requests} - {None}
        has_one_price = None not in money and len(currencies) == 1
        yield {
            "month": month,
            "source": source,
            "posts_charged": charged,
            "posts_unsettled": unsettled,
            "posts_allowed": allowed,
            "share_spent": Exact(charged + unsettled, allowed) if allowed else None,
            "money": round(sum(map(Fraction, money)), 6) if has_one_price else None,
            "currency": next(iter(currencies)) if len(currencies) == 1 else None,
        }


def removal_latency(held: Held) -> Iterator[Row]:
    done = [
        {**row, "month": f"{row['done_at']:%Y-%m}"}
        for row in held["removal"]
        if None not in (row["done_at"], row["latency_seconds"], row["platform"])
    ]
    for (month, platform), rows in _by(done, "month", "platform").items():
        hours = [row["latency_seconds"] / 3600 for row in rows]
        duty = [row["duty_hours"] for row in rows if row["duty_hours"] is not None]
        in_time = [
            row["duty_hours"] is not None and h <= row["duty_hours"]
            for row, h in zip(rows, hours, strict=True)
        ]
        yield {
            "month": month,
            "platform": platform,
            "removals": len(rows),
            "median_hours": median(hours),
            "max_hours": max(hours),
            "duty_hours": max(duty, default=None),
            "in_time": Exact(sum(in_time), len(rows)),
        }


def _counting_verdicts(held: Held) -> list[Row]:
    """Return the verdicts that count: of one role on one tie the latest."""
    by = ("post_key", "target", "target_key", "method", "reviewer_role")
    return [
        max(said, key=lambda row: (row["reviewed_at"], row["review_key"]))
        for said in _by(held["link_review"], *by).values()
    ]


def _agreement(verdicts: list[Row]) -> Row:
    """Return the share that agreed and Wilson's interval, as E. B. Wilson wrote it in 1927."""
    reviewed = len(verdicts)
    agreed = len([row for row in verdicts if row["verdict"] == "agree"])
    with localcontext(prec=60):
        z = Decimal("1.959963984540054235524594430520551")
        n, share = Decimal(reviewed), Decimal(agreed) / reviewed
        middle = (share + z * z / (2 * n)) / (1 + z * z / n)
        half = z / (1 + z * z / n) * (share * (1 - share) / n + z * z / (4 * n * n)).sqrt()
        return {
            "reviewed": reviewed,
            "agreed": agreed,
            "precision": Exact(agreed, reviewed),
            "precision_low": Fraction(middle - half),
            "precision_high": Fraction(middle + half),
        }


def link_precision(held: Held) -> Iterator[Row]:
    for (target, method), said in _by(_counting_verdicts(held), "target", "method").items():
        yield {"target": target, "method": method, **_agreement(said)}


def link_precision_topic(held: Held) -> Iterator[Row]:
    names = _names(held)
    on_topics = [row for row in _counting_verdicts(held) if row["target"] == "topic"]
    for (uri, method), said in _by(on_topics, "target_key", "method").items():
        topic = names[uri]
        yield {"topic_uri": uri, "topic": topic, "method": method, **_agreement(said)}


_AS_STORED: Final = (
    *("post_key", "day", "week", "purpose", "source", "platform", "kind", "community_key", "text"),
    *("lang", "intent", "created_at", "edited_at", "url", "parent_key", "rating", "best_rating"),
)
_NUMBERS: Final = ("likes", "replies", "shares", "views")


def _url(post: Row, photos: dict[str, str]) -> str | None:
    """Return an address that does not name the author, which only those of Flickr's here do."""
    if post["platform"] != "flickr":
        return post["url"]  # type: ignore[no-any-return]
    photo = photos.get(post["root_key"] or post["post_key"])
    return photo and f"https://www.flickr.com/photo.gne?id={photo}"


def single_post(held: Held) -> Iterator[Row]:
    communities = _only(held["community"], "community_key")
    authors = _only(held["author"], "author_key")
    copies = _by(held["post"], "near_duplicate_of")
    numbers = _by(held["post_metric"], "post_key")
    native_ids = {p["post_key"]: p["native_id"] for p in held["post"] if p["kind"] == "photo"}
    for post in _shown(held):
        seen = sorted(numbers[post["post_key"]], key=lambda row: row["observed_at"])
        latest = seen[-1] if seen else {}
        yield {
            **{name: post[name] for name in _AS_STORED},
            "url": _url(post, native_ids),
            "community": communities.get(post["community_key"], {}).get("name"),
            "author_kind": authors.get(post["author_key"], {}).get("kind"),
            "post_title": post["title"],
            "copies": len(copies[post["post_key"]]),
            **{name: latest.get(name) for name in _NUMBERS},
        }


def post_tag(held: Held) -> Iterator[Row]:
    standing = {post["post_key"] for post in _shown(held)}
    tags = {
        (tag["post_key"], tag["tag_normalised"], tag["added_by"])
        for tag in held["post_tag"]
        if tag["post_key"] in standing and tag["tag_normalised"]
    }
    for tag in tags:
        yield dict(zip(("post_key", "tag", "added_by"), tag, strict=True))


def _labels(held: Held) -> dict[str, tuple[str, dict[str, str]]]:
    """Return by kind of tie the column of its target, and what each target is called."""
    titles = {row["dataset_key"]: row["title"] for row in held["dataset"]}
    entities = {row["entity_key"]: row["name"] for row in held["entity"]}
    return {
        "topic": ("topic_uri", _names(held)),
        "dataset": ("dataset_key", titles),
        "entity": ("entity_key", entities),
    }


def post_tie(held: Held) -> Iterator[Row]:
    said = _by(_counting_verdicts(held), "post_key", "target", "target_key")
    as_stored = (
        *("post_key", "score", "method", "evidence", "stance", "model_version", "linked_at"),
    )
    hidden = _hidden(held)
    for target, (key, label) in _labels(held).items():
        for tie in _tied(held, f"post_{target}"):
            if tie["post_key"] in hidden:
                continue
            of_tie = said[tie["post_key"], target, tie[key]]
            verdicts = [r["verdict"] for r in of_tie if r["method"] == tie["method"]]
            yield {
                **{name: tie[name] for name in as_stored},
                "target": target,
                "target_key": tie[key],
                "label": label[tie[key]],
                "is_counted": tie["method"] != "ambiguous",
                "agreed": verdicts.count("agree"),
                "disagreed": verdicts.count("disagree"),
            }


def former_tie(held: Held) -> Iterator[Row]:
    labels = _labels(held)
    as_stored = (
        *("post_key", "target", "target_key", "score", "method", "reason", "model_version"),
        *("linked_at", "ended_at"),
    )
    hidden = _hidden(held)
    for tie in _tied(held, "former_tie"):
        if tie["post_key"] in hidden:
            continue
        _, label = labels[tie["target"]]
        yield {**{name: tie[name] for name in as_stored}, "label": label[tie["target_key"]]}


def sensitive_topic(held: Held) -> Iterator[Row]:
    names = _names(held)
    for row in held["sensitive_topic"]:
        yield row | {"topic": names.get(row["topic_uri"])}


ORACLE: Final[dict[str, Callable[[Held], Iterator[Row]]]] = {
    "v_topic_week": topic_week,
    "v_community_week": community_week,
    "v_dataset_demand_week": dataset_demand_week,
    "v_unmet_demand": unmet_demand,
    "v_entity_week": entity_week,
    "v_entity_tag": entity_tag,
    "v_rising": rising,
    "v_coverage_day": coverage_day,
    "v_source_health": source_health,
    "v_spending_month": spending_month,
    "v_removal_latency": removal_latency,
    "v_link_precision": link_precision,
    "v_link_precision_topic": link_precision_topic,
    "v_post": single_post,
    "v_post_tag": post_tag,
    "v_post_tie": post_tie,
    "v_former_tie": former_tie,
    "v_sensitive_topic": sensitive_topic,
}
"""What each view should say."""
