"""The keys with which the sample's charter reads the platforms of the sample town."""

import json

from contract.credentials import variable_of

CONNECTIONS = {
    "town-x": {"bearer_token": "sample-bearer-token"},
    "town-reddit": {"client_id": "sample-client", "client_secret": "sample-secret"},
    "museum-flickr": {"api_key": "sample-api-key"},
    "streets-flickr": {"api_key": "sample-api-key"},
}
"""By source; they open nothing but the sample town."""


def variables() -> dict[str, str]:
    """Return the environment variables that hold them."""
    return {variable_of(source): json.dumps(held) for source, held in CONNECTIONS.items()}


def variables_with_airflow() -> dict[str, str]:
    """Return the same, the one source that names a connection in the charter by Airflow's own."""
    held = variables()
    del held[variable_of("town-x")]
    connection = {"conn_type": "goodguest_x", "password": CONNECTIONS["town-x"]["bearer_token"]}
    return held | {"AIRFLOW_CONN_TOWN_X": json.dumps(connection)}
