"""Issues of an invented town, built by hand."""

from datetime import date

from digest.issue import (
    CommunityLine,
    DatasetLine,
    EntityLine,
    Example,
    GroundLine,
    Issue,
    Quote,
    SpokenLine,
    Top,
    TopicChange,
    UnmetLine,
)

FULL = Issue(
    name="road-safety-weekly",
    week="2026-W46",
    title="What residents report about road safety",
    agency="Town of Fernley",
    contact="listening@fernley.example",
    privacy_notice="https://fernley.example/listening",
    scope=("Roads",),
    posts=214,
    usual=150.25,
    authors=163,
    in_communities=4,
    change="rose",
    coverage=0.97,
    usual_coverage=0.99,
    topics=Top(
        (
            TopicChange(uri="t:1", topic="Potholes", posts=61, usual=22.5, change="rose"),
            TopicChange(uri="t:2", topic="School crossings", posts=38, usual=19, change="rose"),
            TopicChange(uri="t:3", topic="Street lighting", posts=6, usual=21.75, change="fell"),
            TopicChange(
                uri="t:4",
                topic="Cycle lanes and shared paths along the river",
                posts=52,
                usual=48.5,
                change="as usual",
            ),
            TopicChange(uri="t:5", topic="Winter gritting", posts=28, usual=24, change="as usual"),
            TopicChange(
                uri="t:6", topic="Parking on pavements", posts=3, usual=2.25, change="too few"
            ),
            TopicChange(uri="t:7", topic="Roadworks", posts=2, usual=0, change="too few"),
        ),
        left_out=4,
    ),
    entities=Top(
        (
            EntityLine(
                name="Elm Court Care Home",
                register="care-homes",
                place="Fernley East",
                posts=9,
                before=2,
                stars=(2, 1, 4),
                example=Example(
                    text="Visited mum at Elm Court & the lift was out again, third week",
                    lang="en",
                    why="says “Elm Court”",
                    url=None,
                ),
            ),
            EntityLine(
                name="Tarmac & Sons Ltd", register="suppliers", place=None, posts=7, before=7
            ),
            EntityLine(
                name="St. Brannoc's House",
                register="care-homes",
                place="Fernley",
                posts=3,
                before=1,
            ),
        )
    ),
    datasets=Top(
        (
            DatasetLine(
                title="Road condition survey 2026",
                url="https://data.fernley.example/dataset/road-condition",
                posts=31,
                before=14,
                with_link=6,
                example=Example(
                    text="Wo steht, wann die Mühlgasse endlich neuen Belag bekommt?",
                    lang="de",
                    why="says “Belag”, “Mühlgasse”",
                    url="https://forum.fernley.example/t/4712",
                ),
            ),
            DatasetLine(
                title="School crossing patrols",
                url="https://data.fernley.example/dataset/crossings",
                posts=12,
                before=0,
                with_link=0,
            ),
        ),
        left_out=2,
    ),
    unmet=Top(
        (
            UnmetLine(topic="Winter gritting", posts=28, before=25),
            UnmetLine(topic="Parking on pavements", posts=3, before=2),
        )
    ),
    unranked=12,
    spoken=(
        SpokenLine(
            topic="Street lighting",
            posts=21,
            positive=2,
            negative=9,
            mixed=1,
            example=Example(
                text="The lamps on Mill Lane are a joke.", lang="en", why="says “lamps”", url=None
            ),
        ),
    ),
    communities=Top(
        (
            CommunityLine(
                community="Fernley Cycling Forum",
                platform="discourse",
                url="https://forum.fernley.example/c/roads",
                posts=121,
                before=90,
                authors=88,
            ),
            CommunityLine(
                community="r/fernley",
                platform="reddit",
                url="https://reddit.example/r/fernley",
                posts=64,
                before=66,
                authors=55,
            ),
            CommunityLine(
                community="toot.fernley.example",
                platform="mastodon",
                url=None,
                posts=25,
                before=27,
                authors=22,
            ),
            CommunityLine(
                community="Bilder aus Fernley",
                platform="flickr",
                url="https://flickr.example/g",
                posts=4,
                before=3,
                authors=4,
            ),
        )
    ),
    quotes=(
        Quote(
            text="The hole outside the bakery on Mill Lane is back for the third time this year."
            " They fill it, it rains, and a week later my front wheel is in it again. Is there a"
            " list of which roads are due for proper resurfacing, and who decides the order?",
            lang="en",
            topic="Potholes",
            why="says “hole”",
            community="Fernley Cycling Forum",
            url="https://forum.fernley.example/t/4711",
            said_on=date(2026, 11, 10),
        ),
        Quote(
            text="An der Grundschule gibt es seit den Ferien keinen Lotsen mehr."
            " Die Kinder laufen einfach zwischen den Autos durch.",
            lang="de",
            topic="School crossings",
            community="toot.fernley.example",
            url="https://toot.fernley.example/@/113",
            said_on=date(2026, 11, 12),
        ),
        Quote(
            text="الإنارة في شارع الطاحونة معطلة منذ أسبوعين ولا أحد يجيب على الهاتف",
            lang="ar",
            topic="Street lighting",
            community="r/fernley",
            url="https://reddit.example/r/fernley/1",
            said_on=date(2026, 11, 14),
        ),
    ),
    ground=(
        GroundLine(
            source="cycling-forum",
            platform="discourse",
            coverage=1.0,
            stopped_because=None,
            rejected=0,
        ),
        GroundLine(
            source="reddit-town",
            platform="reddit",
            coverage=0.93,
            stopped_because="rate limited",
            rejected=3,
        ),
        GroundLine(
            source="fediverse", platform="mastodon", coverage=0.96, stopped_because=None, rejected=0
        ),
    ),
    notices=("This uses the API of Bilder & Co. but is not endorsed by them.",),
)
