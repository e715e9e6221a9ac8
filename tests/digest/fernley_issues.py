"""Issues of an invented town, built by hand."""

from datetime import UTC, date, datetime

from digest.issue import (
    CommunityLine,
    DatasetLine,
    EntityLine,
    Example,
    Forecast,
    GroundLine,
    Issue,
    JoinLine,
    Network,
    Node,
    Quote,
    Since,
    Snapshot,
    SpokenLine,
    ThanksLine,
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
            TopicChange(
                uri="t:1",
                topic="Potholes",
                posts=61,
                usual=22.5,
                low=14,
                high=31,
                change="rose",
                spike_on=date(2026, 11, 10),
                forecast=Forecast(
                    weeks=(
                        ("2026-W47", 55.6, 38, 75),
                        ("2026-W48", 52.1, 34, 74),
                        ("2026-W49", 50.4, 31, 73),
                        ("2026-W50", 49.8, 30, 74),
                    ),
                    error=8.7,
                    naive_error=13.9,
                    tested=26,
                ),
            ),
            TopicChange(
                uri="t:2",
                topic="School crossings",
                posts=38,
                usual=19,
                low=11,
                high=27,
                change="rose",
            ),
            TopicChange(
                uri="t:3",
                topic="Street lighting",
                posts=6,
                usual=21.75,
                low=13,
                high=30,
                change="fell",
            ),
            TopicChange(
                uri="t:4",
                topic="Cycle lanes and shared paths along the river",
                posts=52,
                usual=48.5,
                low=37,
                high=60,
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
                tags=("lift", "visiting hours"),
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
            UnmetLine(
                topic="Winter gritting",
                posts=28,
                before=25,
                questions=9,
                complaints=4,
                is_new=True,
                example=Example(
                    text="Does anybody know which streets are gritted first?",
                    lang="en",
                    why="says “gritted”",
                    url="https://forum.fernley.example/t/4720",
                    credit="Fernley Cycling Forum, forum.fernley.example",
                ),
            ),
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
    join_in=(
        JoinLine(
            community="Fernley Cycling Forum",
            platform="discourse",
            url="https://forum.fernley.example/c/roads",
            questions=7,
            share=0.62,
            rules="https://forum.fernley.example/guidelines",
            has_permission=True,
        ),
        JoinLine(
            community="r/fernley",
            platform="reddit",
            url="https://reddit.example/r/fernley",
            questions=2,
            share=0.08,
            rules=None,
            has_permission=False,
        ),
    ),
    thanks=(
        ThanksLine(
            topic="School crossings",
            posts=6,
            example=Example(
                text="Big thanks to whoever painted the crossing on Mill Lane over night!",
                lang="en",
                why="says “thanks”",
                url="https://forum.fernley.example/t/4722",
            ),
        ),
    ),
    network=Network(
        nodes=(
            Node(key="c:1", name="Fernley Cycling Forum", kind="community", posts=121),
            Node(key="c:2", name="r/fernley", kind="community", posts=64),
            Node(key="c:3", name="toot.fernley.example", kind="community", posts=25),
            Node(key="t:1", name="Potholes", kind="topic", posts=61),
            Node(
                key="t:4",
                name="Cycle lanes and shared paths along the river",
                kind="topic",
                posts=52,
            ),
            Node(key="t:2", name="School crossings", kind="topic", posts=38),
            Node(key="s:1", name="fernley.example", kind="site", posts=9),
        ),
        edges=(
            ("c:1", "t:1", 40),
            ("c:1", "t:4", 51),
            ("c:2", "t:1", 18),
            ("c:2", "t:2", 22),
            ("c:3", "t:2", 11),
            ("c:3", "t:1", 3),
            ("c:3", "s:1", 9),
        ),
    ),
    withheld=12,
    since=Since(
        sources_joined=("fediverse",),
        sources_left=("old-board",),
        topics_added=3,
        datasets_gone=1,
        has_new_methods=True,
        posts_then=176,
        posts_now=170,
    ),
    snapshot=Snapshot(
        counted_at=datetime(2026, 11, 16, 6, 0, tzinfo=UTC),
        read_until=datetime(2026, 11, 15, 23, 40, tzinfo=UTC),
        revision="0012",
        methods=("terms 3", "embedding 2"),
        charter="7f3a",
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
            credit="Fernley Cycling Forum, forum.fernley.example",
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
