"""OpenTelemetry spans and metrics, sent over OTLP where the usual OTEL_… variables say so.

Nothing in them is about anybody: kinds, actions, results, statuses and times.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from reconciler import __version__
from reconciler.errors import RunError

if TYPE_CHECKING:
    from opentelemetry.sdk.metrics import MeterProvider
    from opentelemetry.sdk.trace import TracerProvider

    from reconciler.core.events import Exchange

ENDPOINTS = (
    "OTEL_EXPORTER_OTLP_ENDPOINT",
    "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT",
    "OTEL_EXPORTER_OTLP_METRICS_ENDPOINT",
)
LONGEST_FLUSH_MS = 5000
"""A collector that is not there delays the end of a run by so much at most."""


def is_configured(environment: Mapping[str, str]) -> bool:
    """Whether the environment names a collector and does not switch telemetry off."""
    named = any(environment.get(each) for each in ENDPOINTS)
    return named and environment.get("OTEL_SDK_DISABLED", "").lower() != "true"


def check_collectors(environment: Mapping[str, str], hosts: frozenset[str] | None) -> None:
    """Raises `RunError` where a collector is on a host that nothing may be sent to."""
    for name in ENDPOINTS:
        address = urlsplit(environment.get(name, ""))
        host = (address.hostname or "").lower()
        if host and hosts is not None and hosts.isdisjoint({host, address.netloc.lower()}):
            raise RunError(f"{name} names {host}, which RECONCILER_HOSTS does not list: nothing is sent there")


def open_collecting(service: str) -> Collecting:
    """Spans and metrics of one run. Raises `RunError` where the packages are not installed."""
    try:
        from opentelemetry.exporter.otlp.proto.http.metric_exporter import OTLPMetricExporter
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
        from opentelemetry.sdk.metrics import MeterProvider
        from opentelemetry.sdk.metrics.export import PeriodicExportingMetricReader
        from opentelemetry.sdk.resources import Resource
        from opentelemetry.sdk.trace import TracerProvider
        from opentelemetry.sdk.trace.export import BatchSpanProcessor
    except ImportError:
        raise RunError(
            "OpenTelemetry is configured (OTEL_EXPORTER_OTLP_ENDPOINT) and not installed: "
            "pip install 'scim-reconciler[otel]'"
        ) from None
    resource = Resource.create({"service.name": service, "service.version": __version__})
    tracers = TracerProvider(resource=resource, shutdown_on_exit=False)
    tracers.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
    reader = PeriodicExportingMetricReader(OTLPMetricExporter())
    return Collecting(tracers, MeterProvider([reader], resource=resource, shutdown_on_exit=False))


class Collecting:
    """Where spans and metrics go. `close` sends what is left."""

    def __init__(self, tracers: TracerProvider, meters: MeterProvider) -> None:
        self._tracers = tracers
        self._meters = meters
        self._tracer = tracers.get_tracer("reconciler", __version__)
        meter = meters.get_meter("reconciler", __version__)
        self._operations = meter.create_counter("reconciler.operations", "{operation}", "Operations that ended.")
        self._durations = meter.create_histogram("http.client.request.duration", "s", "Requests to the endpoint.")

    @contextmanager
    def span(self, name: str, facts: Mapping[str, Any]) -> Iterator[None]:
        """Everything inside becomes its child; `facts` are read at its end."""
        with self._tracer.start_as_current_span(name, record_exception=False) as span:
            try:
                yield
            finally:
                span.set_attributes({f"reconciler.{key}": value for key, value in facts.items()})

    def count_operation(self, facts: Mapping[str, Any]) -> None:
        self._operations.add(1, dict(facts))

    def exchanged(self, each: Exchange) -> None:
        """By the semantic conventions for HTTP clients."""
        from opentelemetry.trace import SpanKind, Status, StatusCode

        facts: dict[str, Any] = {"http.request.method": each.method, "server.address": each.host}
        if each.status is not None:
            facts["http.response.status_code"] = each.status
        if each.status is None or each.status >= 400:
            facts["error.type"] = str(each.status or "no answer")
        end = time.time_ns()
        begin = end - int(each.seconds * 1e9)
        span = self._tracer.start_span(each.method, kind=SpanKind.CLIENT, attributes=facts, start_time=begin)
        if "error.type" in facts:
            span.set_status(Status(StatusCode.ERROR))
        span.end(end)
        self._durations.record(each.seconds, facts)

    def close(self) -> None:
        self._tracers.force_flush(LONGEST_FLUSH_MS)
        self._tracers.shutdown()
        self._meters.shutdown(LONGEST_FLUSH_MS)
