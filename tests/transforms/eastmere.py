"""An invented town's datasets, and posts about them."""

from typing import Any

import pandas as pd

from contract.catalogue import Dataset, Distribution
from contract.post import Link, Post
from transforms.frame import frame_of

PORTAL = "https://data.eastmere.example"
TOWN = {
    "trees": Dataset(
        identifier="eastmere-trees-2024",
        title="Street trees of Eastmere",
        description="Every tree the town looks after, with species, girth and year of planting.",
        keywords=("trees", "parks", "environment"),
        landing_page=f"{PORTAL}/dataset/trees",
        distributions=(
            Distribution(url=f"{PORTAL}/files/trees.csv?version=3&lang=en"),
            Distribution(url=f"{PORTAL}/files/street-trees-2024.csv"),
        ),
    ),
    "air": Dataset(
        identifier="air",
        title="Air quality",
        description="Hourly nitrogen dioxide and particulates at nine stations beside roads.",
        keywords=("air pollution", "environment"),
        landing_page=f"{PORTAL}/dataset/air",
        distributions=(
            Distribution(
                url=f"{PORTAL}/dataset/air/resource/5f0c1de2-4a7b-4b9e-9c1d-2f3a4b5c6d7e/download"
            ),
        ),
    ),
    "bikes": Dataset(
        identifier="bikes",
        title="Bicycle counts",
        description="How many people cycle past the counters on bridges and in parks.",
        keywords=("cycling", "traffic"),
        landing_page=f"{PORTAL}/",
        distributions=(Distribution(url=f"{PORTAL}/d/ab3d-9xyz"),),
    ),
    "meters": Dataset(
        identifier="parking-meters",
        title="Parking meters",
        description="Where the parking meters stand and what an hour costs.",
        keywords=("parking", "traffic"),
        landing_page=f"{PORTAL}/view?id=7",
        distributions=(Distribution(url=f"{PORTAL}/api/all"),),
    ),
    "bins": Dataset(
        identifier="doi:10.5555/eastmere.7",
        title="Bin collection days",
        description="Days on which waste and recycling are collected in every street.",
        keywords=("waste", "recycling"),
        distributions=(Distribution(url=f"{PORTAL}/api/all"),),
    ),
    "laerm": Dataset(
        identifier="laerm",
        title="Lärmkarte der Stadt",
        description="Lärm an Straßen und Schienen, bei Tag und bei Nacht.",
        keywords=("Lärm", "Verkehr", "Umwelt"),
        distributions=(
            Distribution(
                url="https://hub.example/datasets/0a1b2c3d4e5f60718293a4b5c6d7e8f9",
            ),
            Distribution(url=f"{PORTAL}/arcgis/rest/services/Town/Noise/FeatureServer/0"),
        ),
        lang="de",
    ),
}


def batch(*posts: dict[str, Any]) -> pd.DataFrame:
    return frame_of(
        [
            Post(
                platform="forum",
                native_id=str(number),
                post_key=f"{number:04}",
                kind=post.get("kind", "post"),
                title=post.get("title"),
                text=post.get("text", ""),
                lang=post.get("lang", "en"),
                links=tuple(Link(url=url, canonical_url=url) for url in post.get("links", ())),
            )
            for number, post in enumerate(posts)
        ]
    )
