"""What OpenLineage is told of our assets, where its provider is installed."""

from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from airflow.sdk import Asset

if TYPE_CHECKING:
    from openlineage.client.event_v2 import Dataset

_NAMESPACE = "goodguest"


def community(source: str, url: str) -> Asset:
    """Return the asset a source is read from; nobody here writes it."""
    name = f"community/{source}"
    return Asset(name=name, uri=f"{_NAMESPACE}://{name}", extra={"url": url})


def dataset_of(asset: Asset, lineage_context: Any) -> "Dataset":
    """Return the dataset of an asset: `landing/town-forum` of the namespace goodguest.

    A community keeps its own address: the site is the namespace, the path the name.
    """
    from openlineage.client.event_v2 import Dataset

    if url := asset.extra.get("url"):
        parts = urlsplit(str(url))
        site = parts.netloc.rpartition("@")[2]
        return Dataset(namespace=f"{parts.scheme}://{site}", name=parts.path or "/")
    # Airflow ends an address of one word with a slash.
    name = asset.uri.removeprefix(f"{_NAMESPACE}://").rstrip("/")
    return Dataset(namespace=_NAMESPACE, name=name)
