"""What an analysts' view is, and every column of the views: declared once, like a table's."""

from datetime import datetime
from typing import Final, NamedTuple

from contract.post import Privacy
from warehouse.columns import INTERNAL, OPEN, PERSONAL


class View(NamedTuple):
    """What a row means and must not be used for, the query, and the columns that name a row."""

    comment: str
    sql: str
    key: tuple[str, ...]


class Said(NamedTuple):
    """What a column says: Python type, meaning, who may see it, and its unit if it has one."""

    type: type
    meaning: str
    privacy: Privacy
    unit: str | None = None


VIEW_COLUMNS: Final = {
    "added_by": Said(str, "Who put the tag there: author or community.", INTERNAL),
    "agreed": Said(int, "Verdicts that agreed, on this method.", INTERNAL, "verdicts"),
    "author_kind": Said(
        str,
        "What its author is: person, organisation, bot or unknown; null: no author is known.",
        INTERNAL,
    ),
    "authors": Said(int, "Different authors; null: fewer than five.", OPEN, "authors"),
    "baseline_coverage": Said(
        float, "Mean coverage of the weeks the baseline is made of.", OPEN, "share"
    ),
    "baseline_posts": Said(
        float, "Mean of the four weeks before, without weeks nothing was read in.", OPEN, "posts"
    ),
    "best_rating": Said(
        float, "The most stars there are to give; null: none are given.", INTERNAL, "stars"
    ),
    "change": Said(float, "Posts less baseline.", OPEN, "posts"),
    "communities": Said(int, "Different communities.", OPEN, "communities"),
    "community": Said(str, "Name of the community.", OPEN),
    "community_key": Said(str, "Key of the community; null where a platform has none.", OPEN),
    "community_url": Said(str, "Address of the community.", OPEN),
    "copies": Said(
        int, "Later posts with the same words; they are counted nowhere else.", INTERNAL, "posts"
    ),
    "coverage": Said(
        float,
        "Share of the hours wanted that were read completely, each source alike; null: not known.",
        OPEN,
        "share",
    ),
    "created_at": Said(
        datetime, "When it was published, as the platform says; null: it does not say.", INTERNAL
    ),
    "currency": Said(str, "Currency of the money (ISO 4217).", INTERNAL),
    "dataset_key": Said(str, "Key of the dataset.", OPEN),
    "day": Said(str, "Day, UTC.", OPEN),
    "disagreed": Said(int, "Verdicts that disagreed, on this method.", INTERNAL, "verdicts"),
    "duty_hours": Said(int, "Hours a removal may take by the platform's terms.", INTERNAL, "hours"),
    "entity_key": Said(str, "Key of the register's row.", OPEN),
    "edited_at": Said(datetime, "When it was last edited; null: never, or not known.", INTERNAL),
    "ended_at": Said(datetime, "When the tie was found to be no more.", INTERNAL),
    "evidence": Said(dict, "What in the post and in the record met (JSON).", PERSONAL),
    "explicit_posts": Said(int, "Posts that hold a link to the dataset.", OPEN, "posts"),
    "first_day": Said(str, "Day the first of the posts was published, UTC.", OPEN),
    "hours_complete": Said(int, "Hours read completely.", OPEN, "hours"),
    "hours_expected": Said(int, "Hours wanted.", OPEN, "hours"),
    "hours_missing": Said(int, "Hours not read.", OPEN, "hours"),
    "hours_partial": Said(int, "Hours read in part.", OPEN, "hours"),
    "identifier": Said(str, "The publisher's id of the dataset.", OPEN),
    "in_time": Said(float, "Share that took no longer than that.", INTERNAL, "share"),
    "is_counted": Said(
        bool,
        "Whether the tie counts; a word or name that may mean several counts for none.",
        INTERNAL,
    ),
    "kind": Said(
        str, "What it is on its platform: post, comment, reply, photo, review or article.", OPEN
    ),
    "label": Said(str, "Name of what the tie leads to.", INTERNAL),
    "landing_page": Said(str, "Page of the dataset.", OPEN),
    "max_hours": Said(float, "Hours the slowest took.", INTERNAL, "hours"),
    "median_hours": Said(float, "Hours half of them took no longer than.", INTERNAL, "hours"),
    "lang": Said(str, "Language identified (BCP 47); null: undetermined.", OPEN),
    "intent": Said(str, "What its author does with it; null: undetermined.", OPEN),
    "last_day": Said(str, "Day the last of the posts was published, UTC.", OPEN),
    "last_run_at": Said(datetime, "When the last run began.", INTERNAL),
    "last_status": Said(str, "Status of the last run.", INTERNAL),
    "last_success_at": Said(datetime, "When the last successful run ended.", INTERNAL),
    "likes": Said(
        int, "Likes at the latest observation; null: the platform does not say.", INTERNAL
    ),
    "linked_at": Said(datetime, "When the tie was made in this form.", INTERNAL),
    "min_authors": Said(int, "Fewest authors behind a number on the topic.", OPEN, "authors"),
    "mixed_posts": Said(
        int,
        "Posts that speak well and badly of it: an experiment, see docs/stance.md.",
        OPEN,
        "posts",
    ),
    "method": Said(str, "How ties were found.", INTERNAL),
    "model_version": Said(str, "Version of matchers and catalogue that made the tie.", INTERNAL),
    "money": Said(
        float,
        "What it cost, all unsettled posts included; null without one price for all.",
        INTERNAL,
        "currency",
    ),
    "month": Said(str, "Month, UTC.", OPEN),
    "name": Said(str, "Name in the register.", OPEN),
    "named": Said(str, "The topic or a broader one, as the charter names it.", OPEN),
    "negative_posts": Said(
        int, "Posts that speak badly of it: an experiment, see docs/stance.md.", OPEN, "posts"
    ),
    "native_id": Said(str, "The register's own id.", OPEN),
    "parent_key": Said(str, "The post this one answers; it may not be among those read.", INTERNAL),
    "place": Said(str, "Place in the register.", OPEN),
    "platform": Said(str, "Platform.", OPEN),
    "positive_posts": Said(
        int, "Posts that speak well of it: an experiment, see docs/stance.md.", OPEN, "posts"
    ),
    "post_key": Said(str, "Key of the post, the same on every machine.", INTERNAL),
    "post_title": Said(str, "The post's title, or its thread's; redacted.", PERSONAL),
    "posts": Said(int, "Posts, copies counted once.", OPEN, "posts"),
    "posts_allowed": Said(
        int, "Posts the charter allowed at the latest request of the month.", INTERNAL, "posts"
    ),
    "posts_charged": Said(int, "Posts charged for.", INTERNAL, "posts"),
    "posts_expected": Said(
        int,
        "Posts its hours usually bring, by the eight weeks before; null: of an hour that is not "
        "known.",
        INTERNAL,
        "posts",
    ),
    "posts_fetched": Said(
        int, "Posts got of it, copies and removed ones too; null: not counted.", INTERNAL, "posts"
    ),
    "posts_last_day": Said(
        int,
        "Posts first seen in the last 24 hours, copies and removed ones too.",
        INTERNAL,
        "posts",
    ),
    "posts_unsettled": Said(
        int,
        "Posts set aside for requests that were cut off; they count as spent.",
        INTERNAL,
        "posts",
    ),
    "precision": Said(float, "Share of the verdicts that agreed, 0 to 1.", INTERNAL, "share"),
    "precision_high": Said(
        float, "Upper end of the 95 % Wilson interval of the precision.", INTERNAL, "share"
    ),
    "precision_low": Said(
        float, "Lower end of the 95 % Wilson interval of the precision.", INTERNAL, "share"
    ),
    "purpose": Said(str, "Purpose of the charter the posts were read for.", OPEN),
    "ratio": Said(float, "Posts by baseline; null when the baseline is 0.", OPEN, "times"),
    "rating": Said(float, "Stars its author gives; null: none.", INTERNAL, "stars"),
    "ratings_high": Said(
        int, "Posts whose authors give four fifths of the stars or more.", OPEN, "posts"
    ),
    "ratings_low": Said(
        int, "Posts whose authors give two fifths of the stars or fewer.", OPEN, "posts"
    ),
    "ratings_middle": Said(int, "Posts whose authors give stars between those.", OPEN, "posts"),
    "reason": Said(str, "Why the tie ended: post, methods, catalogue or review.", INTERNAL),
    "register": Said(str, "Register.", OPEN),
    "rejected_last_run": Said(
        int, "Records of the last run that could not be read.", INTERNAL, "records"
    ),
    "replies": Said(int, "Direct replies then; null: the platform does not say.", INTERNAL),
    "removals": Said(int, "Removals that were done.", INTERNAL, "removals"),
    "reviewed": Said(int, "Verdicts; of one role on one tie the latest counts.", INTERNAL, "ties"),
    "score": Said(
        float,
        "How probably the tie is right, as far as its method was calibrated; else it orders the "
        "ties of one method. Over 0 and up to 1.",
        INTERNAL,
    ),
    "share_spent": Said(
        float, "Share of the posts allowed that is spent; 1 is all.", INTERNAL, "share"
    ),
    "shares": Said(int, "Shares then; null: the platform does not say.", INTERNAL),
    "source": Said(str, "Source of the charter.", OPEN),
    "stance": Said(
        str,
        "How the post speaks of it: positive, negative or mixed; null: not shown. An experiment: "
        "see docs/stance.md.",
        INTERNAL,
    ),
    "stopped_because": Said(str, "Why the last run ended early.", INTERNAL),
    "tag": Said(str, "Words of the tag in lower case.", INTERNAL),
    "target": Said(str, "What ties lead to: topic, dataset or entity.", OPEN),
    "target_key": Said(str, "URI of the topic, or key of the dataset or register row.", INTERNAL),
    "text": Said(
        str, "Its author's own words: plain text, no quotes of others, redacted.", PERSONAL
    ),
    "title": Said(str, "Title of the dataset.", OPEN),
    "topic": Said(str, "Preferred label of the topic, in English where there is one.", OPEN),
    "topic_uri": Said(str, "URI of the topic.", OPEN),
    "unranked_posts": Said(
        int,
        "Posts in a language no dataset is described in, that nothing certain ties to one: neither "
        "met nor unmet.",
        OPEN,
        "posts",
    ),
    "url": Said(
        str, "Where a person can read the post; null: the address would name its author.", PERSONAL
    ),
    "views": Said(int, "Views then; null: the platform does not say.", INTERNAL),
    "week": Said(str, "ISO week, UTC.", OPEN),
}
"""What a column says, the same in every view."""
