"""Spans and metrics as a collector receives them over OTLP."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self

import pytest
from house import target
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import ExportMetricsServiceRequest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from places import Place

PEOPLE = "users: {alice: {title: Boss}, bob: {}}\ngroups: {ops: {displayName: Ops, members: [alice]}}\n"


class Collector:
    """Keeps what it was sent."""

    def __init__(self) -> None:
        self.bodies: list[tuple[str, bytes]] = []
        collector = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                length = int(self.headers["content-length"])
                collector.bodies.append((self.path, self.rfile.read(length)))
                self.send_response(200)
                self.end_headers()

            def log_message(self, *_: Any) -> None:
                """Tests are quiet."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.thread = threading.Thread(target=self.server.serve_forever)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server.server_port}"

    def __enter__(self) -> Self:
        self.thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.server.shutdown()
        self.thread.join()
        self.server.server_close()

    @property
    def spans(self) -> list[Any]:
        found = [ExportTraceServiceRequest.FromString(body) for path, body in self.bodies if path == "/v1/traces"]
        return [span for each in found for of in each.resource_spans for to in of.scope_spans for span in to.spans]

    @property
    def metrics(self) -> dict[str, Any]:
        found = [ExportMetricsServiceRequest.FromString(body) for path, body in self.bodies if path == "/v1/metrics"]
        return {
            metric.name: metric
            for each in found
            for of in each.resource_metrics
            for to in of.scope_metrics
            for metric in to.metrics
        }


@pytest.fixture
def place(place: Place) -> Place:
    place.house.write("people.yaml", PEOPLE)
    place.house.write("targets.yaml", target(place.server))
    return place


@pytest.fixture
def collector(monkeypatch: pytest.MonkeyPatch) -> Iterator[Collector]:
    # Whatever the surroundings of the tests say of proxies, the collector is here.
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    with Collector() as running:
        monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", running.url)
        yield running


def facts(thing: Any) -> dict[str, Any]:
    return {each.key: each.value.string_value or each.value.int_value for each in thing.attributes}


def test_an_apply_is_one_tree_of_operations_and_requests(place: Place, collector: Collector) -> None:
    assert place.house.run("apply", "--yes").code == 0
    spans = {each.span_id: each for each in collector.spans}
    posts = [each for each in spans.values() if each.name == "POST"]
    assert [facts(each)["http.response.status_code"] for each in posts] == [201, 201, 201]
    assert sorted(spans[each.parent_span_id].name for each in posts) == ["create group", "create user", "create user"]
    created = next(each for each in spans.values() if each.name == "create user")
    assert facts(created) == {
        "reconciler.target": "there",
        "reconciler.kind": "user",
        "reconciler.action": "create",
        "reconciler.situation": "missing",
        "reconciler.result": "done",
    }
    assert spans[created.parent_span_id].name == "apply"
    assert all(each.start_time_unix_nano <= each.end_time_unix_nano for each in spans.values())


def test_metrics_count_operations_and_time_requests(place: Place, collector: Collector) -> None:
    assert place.house.run("apply", "--yes").code == 0
    points = {
        (facts(each)["kind"], facts(each)["action"], facts(each)["result"]): each.as_int
        for each in collector.metrics["reconciler.operations"].sum.data_points
    }
    assert points == {("user", "create", "done"): 2, ("group", "create", "done"): 1}
    timed = collector.metrics["http.client.request.duration"].histogram.data_points
    assert sum(each.count for each in timed if facts(each)["http.request.method"] == "POST") == 3


def test_a_collector_is_told_nothing_about_anybody(place: Place, collector: Collector) -> None:
    assert place.house.run("apply", "--yes").code == 0
    assert place.house.run("plan").code == 0
    sent = b"".join(body for _, body in collector.bodies)
    assert sent
    for word in (b"alice", b"bob", b"Boss", b"Ops", b"Bearer"):
        assert word not in sent


def test_hosts_that_nothing_may_be_sent_to_are_not_told_either(
    place: Place, collector: Collector, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RECONCILER_HOSTS", f"127.0.0.1:{place.server.url.rsplit(':', 1)[1].split('/')[0]}")
    ran = place.house.run("plan")
    assert ran.code == 0
    assert "OTEL_EXPORTER_OTLP_ENDPOINT names 127.0.0.1, which RECONCILER_HOSTS does not list" in ran.err
    assert collector.bodies == []


def test_switched_off_nothing_is_sent(place: Place, collector: Collector, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OTEL_SDK_DISABLED", "true")
    assert place.house.run("plan").code == 0
    assert collector.bodies == []
