"""Airflow's connection types: one for each platform that wants credentials, tested by Airflow."""

import json
import os
import subprocess
import sys

import pytest
from place import Place

from connectors import CONNECTORS, flickr
from contract.credentials import Credentials
from pipeline.connection_types import ConnectionType, _form_of, connection_types, provider_info
from pipeline.credentials import picked
from samples.connections import CONNECTIONS

WITH_CREDENTIALS = {
    c.TERMS.platform: (c.TERMS.title, held)
    for c in CONNECTORS
    if (held := c.TERMS.credentials or c.TERMS.optional_credentials)
}
PLANTED = "planted-secret-4711"
FORMS = """
import json
from airflow.api_fastapi.core_api.services.ui.connections import HookMetaService
from airflow.providers_manager import ProvidersManager
hooks = ProvidersManager().hooks
print(json.dumps({
    each.connection_type: {
        "name": each.hook_name,
        "is_testable": hooks[each.connection_type].connection_testable,
        "fields": {
            name: said["title"] for name, said in each.standard_fields.model_dump().items()
            if said and not said["hidden"]
        },
    }
    for each in HookMetaService.hook_meta_data() if each.connection_type.startswith("goodguest_")
}))
"""


def airflow(place: Place, *command: str, **variables: str) -> subprocess.CompletedProcess[str]:
    """Run a program of Airflow's environment, from a folder from which the house cannot be seen."""
    environment = {
        **os.environ,
        **place.environment,
        "AIRFLOW_HOME": str(place.folder),
        "AIRFLOW__CORE__TEST_CONNECTION": "Enabled",
        "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN": f"sqlite:///{place.folder}/airflow.db",
        **variables,
    }
    return subprocess.run(
        [sys.executable, *command], env=environment, capture_output=True, text=True, timeout=120,
        check=False, cwd=place.folder,
    )  # fmt: skip


def test_every_platform_with_credentials_has_a_type() -> None:
    found = {each.platform: (each.title, each.credentials) for each in connection_types()}
    assert found == WITH_CREDENTIALS, "TERMS has to state title and credentials as plain values"
    assert found


def test_airflow_is_told_without_loading_anything_heavy() -> None:
    code = (
        "import sys; from pipeline.connection_types import provider_info; provider_info();"
        "print([m for m in ('airflow', 'connectors', 'requests', 'pydantic') if m in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60
    )
    assert done.stdout.strip() == "[]"
    assert json.loads(json.dumps(provider_info())) == provider_info()


@pytest.mark.parametrize("credentials", [("key",), ("client_id", "secret"), ("a", "b", "c", "d")])
def test_what_is_typed_into_a_form_is_what_the_platform_gets(credentials: tuple[str, ...]) -> None:
    form = _form_of(ConnectionType("flickr", "Flickr", credentials))
    shown = form["ui-field-behaviour"]
    labels = shown["relabeling"] | {n: said["label"] for n, said in form["conn-fields"].items()}
    assert {label.lower().replace(" id", "_id") for label in labels.values()} == set(credentials)
    assert not set(shown["hidden-fields"]) & set(labels)
    for said in form["conn-fields"].values():
        assert said["schema"]["format"] == "password"
    typed = {field: f"typed into {label}" for field, label in labels.items()}
    terms = type(flickr.TERMS)(
        **{n: getattr(flickr.TERMS, n) for n in flickr.TERMS.__slots__}
        | {"credentials": credentials}
    )
    held: Credentials = picked("s", terms, typed)
    assert {n: v.lower().replace(" id", "_id") for n, v in held.items()} == {
        name: f"typed into {name}" for name in credentials
    }


def test_airflow_shows_a_form_for_each(place: Place) -> None:
    done = airflow(place, "-c", FORMS)
    assert done.returncode == 0, done.stderr[-2000:]
    shown = json.loads(done.stdout.strip().splitlines()[-1])
    assert set(shown) == {f"goodguest_{name}" for name in WITH_CREDENTIALS}, (
        "the installed package does not tell Airflow of its types: install it again"
    )
    assert all(each["is_testable"] for each in shown.values()), "dags/ is not installed"
    assert shown["goodguest_reddit"] == {
        "name": "Goodguest: Reddit",
        "is_testable": True,
        "fields": {"login": "Client ID", "password": "Client secret"},
    }


@pytest.mark.parametrize("is_right", [True, False])
def test_airflow_tests_a_connection(place: Place, is_right: bool) -> None:
    token = CONNECTIONS["town-x"]["bearer_token"] if is_right else PLANTED
    connection = json.dumps({"conn_type": "goodguest_x", "password": token})
    done = airflow(
        place, "-m", "airflow", "connections", "test", "town_x", AIRFLOW_CONN_TOWN_X=connection
    )
    said = done.stdout + done.stderr
    assert (done.returncode == 0) == is_right, said[-2000:]
    expected = "Connection success" if is_right else "does not take the bearer token"
    assert expected in " ".join(said.split())
    assert PLANTED not in said
