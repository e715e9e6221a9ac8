"""r/Aberwennol: who submitted what, and who answered, until a day."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from random import Random
from typing import Any

from samples.forum import DAYS, FIRST_WEEK, HOURS, slug_of
from samples.phrases import Voice, deck, fill, read_texts

WEEKS = 9
ROBOT = "AutoModerator"
DEPTH = 10
"""A comment deeper than this is behind "continue this thread"."""
_DIGITS = "0123456789abcdefghijklmnopqrstuvwxyz"


@dataclass(kw_only=True)
class Remark:
    """A submission or a comment as Reddit knows it; `removed` says by whom, if it was."""

    author: str | None
    created_at: datetime
    text: str
    score: int = 1
    edited_at: datetime | None = None
    removed: str | None = None
    id: str = ""
    replies: list["Comment"] = field(default_factory=list)


@dataclass(kw_only=True)
class Submission(Remark):
    """A submission; `extra` holds what it is besides a text, as its text's file says it."""

    title: str
    flair: str
    extra: Mapping[str, Any]

    @property
    def name(self) -> str:
        """Its full name."""
        return f"t3_{self.id}"

    @property
    def comments(self) -> list["Comment"]:
        """All comments below it, each before its replies."""
        return [comment for reply in self.replies for comment in reply.branch]


@dataclass(kw_only=True)
class Comment(Remark):
    """A comment below a submission."""

    submission: Submission
    parent: Remark
    depth: int = 0
    is_sticky: bool = False

    @property
    def name(self) -> str:
        """Its full name."""
        return f"t1_{self.id}"

    @property
    def branch(self) -> Iterator["Comment"]:
        """Itself and all that answers it."""
        yield self
        for reply in self.replies:
            yield from reply.branch


@dataclass
class Community:
    """The subreddit; `submissions` are in the order of writing, removed ones too."""

    name: str
    id: str
    today: date
    robot: str
    advert: Mapping[str, str]
    submissions: list[Submission]
    asked: int = 0

    @property
    def until(self) -> datetime:
        """Midnight: when the last of it was written."""
        return datetime.combine(self.today, time(), UTC)

    @property
    def remarks(self) -> dict[str, Submission | Comment]:
        """Everything by its full name."""
        found: dict[str, Submission | Comment] = {}
        for submission in self.submissions:
            found[submission.name] = submission
            found |= {comment.name: comment for comment in submission.comments}
        return found

    def delete(self, name: str, by: str = "deleted") -> None:
        """Take a submission or a comment away; `by` as in `removed_by_category`."""
        remark = self.remarks[name]
        remark.removed = by
        if isinstance(remark, Comment) and not remark.replies:
            remark.parent.replies.remove(remark)


def talk(today: date) -> Community:
    """Return the community as it stands at 00:00 UTC of the day.

    Within one ISO week a later day only adds to an earlier one: same ids, same texts.
    """
    monday = today - timedelta(days=today.weekday()) - timedelta(weeks=WEEKS - 1)
    rng = Random(f"Aberwennol reddit {monday}")
    texts = read_texts()
    told = texts["reddit"]
    crowd = deck(rng, [name for name in texts["people"]["usernames"] if "_" in name])
    everything = [_submitted(rng, texts, crowd, given, monday) for given in told["submissions"]]
    _numbered(everything, monday)
    end = datetime.combine(today, time(), UTC)
    return Community(
        name=told["community"]["name"],
        id=told["community"]["id"],
        today=today,
        robot=told["robot"],
        advert=told["advert"],
        submissions=[_until(each, end) for each in everything if each.created_at < end],
    )


def _submitted(
    rng: Random,
    texts: Mapping[str, Any],
    crowd: Iterator[str],
    given: Mapping[str, Any],
    monday: date,
) -> Submission:
    """Return a submission with all its comments."""
    day = monday + timedelta(weeks=given["week"], days=rng.choices(range(7), DAYS)[0])
    clock = time(rng.choices(range(24), HOURS)[0], rng.randrange(60), rng.randrange(60))
    moment = datetime.combine(day, clock, UTC)
    slots = texts["common"]["slots"]
    found = Submission(
        author=None if given.get("deleted_author") else next(crowd),
        created_at=moment,
        text=fill(rng, given.get("text", ""), slots, moment),
        score=rng.randint(2, 60),
        edited_at=moment + timedelta(minutes=40) if rng.random() < 0.15 else None,
        removed=given.get("removed"),
        title=fill(rng, given["title"], slots, moment),
        flair=given["flair"],
        extra=given,
    )
    if given["flair"] in texts["reddit"]["robot_at"]:
        rules = Comment(
            author=ROBOT,
            created_at=moment + timedelta(seconds=2),
            text=texts["reddit"]["robot"],
            submission=found,
            parent=found,
            is_sticky=True,
        )
        found.replies.append(rules)
    # What the forum says in whole texts is said there only.
    strand = {**texts["strands"][given["strand"]], "whole": []}
    voice = Voice(rng, strand, texts["common"], given["comments"])
    _answered(rng, voice, crowd, found, given)
    return found


def _answered(
    rng: Random, voice: Voice, crowd: Iterator[str], found: Submission, given: Mapping[str, Any]
) -> None:
    """Add the comments; in a long thread a dozen of them go ever deeper, one below the other.

    `moderated` are the numbers of those that a moderator removed, answered or not.
    """
    said: list[Comment] = []
    moment, count = found.created_at, given["comments"]
    for number in range(count):
        moment += timedelta(seconds=round(rng.expovariate(1 / 5700)) + 60)
        text, _ = voice.reply(given["week"], moment)
        in_chain = count > 50 and 3 <= number < DEPTH + 6
        parent: Remark = found
        if in_chain and said:
            parent = said[-1]
        elif said and rng.random() < 0.4:
            parent = rng.choice(said[-6:])
        comment = Comment(
            author=None if rng.random() < 0.02 else next(crowd),
            created_at=moment,
            text=text,
            score=rng.choice((1, 1, 1, 2, 3, 5, 8, -2)),
            edited_at=moment + timedelta(minutes=9) if rng.random() < 0.05 else None,
            removed=rng.choice(("deleted", "moderator")) if rng.random() < 0.03 else None,
            submission=found,
            parent=parent,
            depth=parent.depth + 1 if isinstance(parent, Comment) else 0,
        )
        parent.replies.append(comment)
        said.append(comment)
    for number in given.get("moderated", ()):
        said[number].removed = "moderator"


def _numbered(everything: Sequence[Submission], monday: date) -> None:
    """Give ids in the order of writing, other ones each week, so that no two weeks' towns mix."""
    weeks = (monday - FIRST_WEEK).days // 7
    remarks: list[Submission | Comment] = [*everything]
    for submission in everything:
        remarks += submission.comments
    for number, remark in enumerate(sorted(remarks, key=lambda r: r.created_at)):
        remark.id = _base36(36**5 + weeks * 4000 + number * 3)


def _base36(number: int) -> str:
    digits = ""
    while number:
        number, digit = divmod(number, 36)
        digits = _DIGITS[digit] + digits
    return digits


def _until(remark: Submission, end: datetime) -> Submission:
    _cut(remark, end)
    return remark


def _cut(remark: Remark, end: datetime) -> None:
    """Take away what was not yet written, and deleted comments that nobody answered."""
    if remark.edited_at and remark.edited_at >= end:
        remark.edited_at = None
    kept = []
    for reply in remark.replies:
        if reply.created_at < end:
            _cut(reply, end)
            if reply.replies or not reply.removed:
                kept.append(reply)
    remark.replies = kept


def path_of(submission: Submission, community: str) -> str:
    """Return the path of its permalink."""
    slug = slug_of(submission.title).replace("-", "_")[:50]
    return f"/r/{community}/comments/{submission.id}/{slug}/"
