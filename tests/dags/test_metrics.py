"""Metrics leave by Airflow's own StatsD and OpenTelemetry, to real receivers on loopback."""

import importlib.util
import os
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import (
    ExportMetricsServiceRequest,
)

ROOT = Path(__file__).parents[2]
TELLING = """
from airflow.sdk.observability import stats
from airflow.sdk.observability.metrics.stats_utils import get_stats_factory
from dags._metrics import _OF_SOURCES, count, gauge_sources

stats.initialize(factory=get_stats_factory(), export_legacy_names=True)
count("collect", {"run": "r1", "pages": 3, "coverage": 1.0, "is_done": True}, "town-forum")
count("refine", {"posts_new": 7, "links": {"topic": 1}})
facts = dict.fromkeys(_OF_SOURCES) | {"behind_hours": 2.5}
gauge_sources([{"source": "town-forum", "problems": [{"state": "late"}], **facts}])
"""


def _told(folder: Path, **settings: str) -> None:
    done = subprocess.run(
        [sys.executable, "-c", TELLING],
        env={**os.environ, "AIRFLOW_HOME": str(folder), "PYTHONPATH": str(ROOT), **settings},
        cwd=ROOT, capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-3000:]


@pytest.mark.skipif(not importlib.util.find_spec("statsd"), reason="needs the package statsd")
def test_by_statsd(tmp_path: Path) -> None:
    with socket.socket(type=socket.SOCK_DGRAM) as listener:
        listener.bind(("127.0.0.1", 0))
        _told(
            tmp_path,
            AIRFLOW__METRICS__STATSD_ON="True",
            AIRFLOW__METRICS__STATSD_HOST="127.0.0.1",
            AIRFLOW__METRICS__STATSD_PORT=str(listener.getsockname()[1]),
        )
        heard = set(_waiting(listener))
    assert {line for line in heard if "goodguest" in line} == {
        "airflow.goodguest.collect.pages.town-forum:3|c",
        "airflow.goodguest.collect.pages:3|c",
        "airflow.goodguest.refine.posts_new:7|c",
        "airflow.goodguest.source.behind_hours.town-forum:2.5|g",
        "airflow.goodguest.source.behind_hours:2.5|g",
        "airflow.goodguest.source.problems.town-forum:1|g",
        "airflow.goodguest.source.problems:1|g",
        "airflow.goodguest.sources.with_problems:1|g",
    }


def _waiting(listener: socket.socket) -> Iterator[str]:
    listener.setblocking(False)
    with suppress(BlockingIOError):
        while True:
            yield listener.recv(1000).decode()


@pytest.fixture
def collector() -> Iterator[tuple[str, list[bytes]]]:
    """Return the address of an OTLP receiver, and what it was sent."""
    sent: list[bytes] = []

    class Receive(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            sent.append(self.rfile.read(int(self.headers["Content-Length"])))
            self.send_response(200)
            self.end_headers()

        def log_message(self, *said: object) -> None:
            pass

    server = HTTPServer(("127.0.0.1", 0), Receive)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/v1/metrics", sent
    server.shutdown()
    thread.join()
    server.server_close()


def test_by_opentelemetry(tmp_path: Path, collector: tuple[str, list[bytes]]) -> None:
    address, sent = collector
    _told(
        tmp_path,
        AIRFLOW__METRICS__OTEL_ON="True",
        OTEL_EXPORTER_OTLP_METRICS_ENDPOINT=address,
        OTEL_EXPORTER_OTLP_PROTOCOL="http/protobuf",
    )
    found = {}
    for body in sent:
        for resource in ExportMetricsServiceRequest.FromString(body).resource_metrics:
            for metric in (m for scope in resource.scope_metrics for m in scope.metrics):
                points = [*metric.sum.data_points, *metric.gauge.data_points]
                tags = {a.key: a.value.string_value for a in points[0].attributes}
                found[metric.name] = (points[0].as_double or points[0].as_int, tags)
    of_forum = {"source": "town-forum"}
    assert found["airflow.goodguest.collect.pages"] == (3, of_forum)
    assert found["airflow.goodguest.refine.posts_new"] == (7, {})
    assert found["airflow.goodguest.source.behind_hours"] == (2.5, of_forum)
    assert found["airflow.goodguest.sources.with_problems"] == (1, {})
