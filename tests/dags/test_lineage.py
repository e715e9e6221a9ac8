"""What OpenLineage is told of our assets; needs its provider, as the extra `lineage` brings it."""

from importlib import import_module

import pytest
from airflow.sdk import Asset

from dags._lineage import community, dataset_of
from pipeline.connection_types import provider_info

pytest.importorskip("openlineage.client.event_v2")


def _named(asset: Asset) -> tuple[str, str]:
    dataset = dataset_of(asset, None)
    return dataset.namespace, dataset.name


def test_assets_become_datasets() -> None:
    assert _named(Asset(name="posts", uri="goodguest://posts/")) == ("goodguest", "posts")
    landed = Asset(name="landing/forum", uri="goodguest://landing/forum")
    assert _named(landed) == ("goodguest", "landing/forum")


@pytest.mark.parametrize(
    ("url", "dataset"),
    [
        ("https://forum.example.org", ("https://forum.example.org", "/")),
        ("https://u:p@example.org:8443/board?x=1", ("https://example.org:8443", "/board")),
    ],
)
def test_a_community_keeps_its_address(url: str, dataset: tuple[str, str]) -> None:
    assert _named(community("forum", url)) == dataset


def test_airflow_finds_it() -> None:
    (said,) = provider_info()["asset-uris"]
    assert said["schemes"] == ["goodguest"]
    module, _, name = said["to_openlineage_converter"].rpartition(".")
    assert getattr(import_module(module), name) is dataset_of
