"""OpenTelemetry traces, sent by OTLP when an exporter is set; spans are redacted as they leave."""

import os
from collections.abc import Sequence

from opentelemetry import trace
from opentelemetry.exporter.otlp.proto.grpc.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor, SpanExporter, SpanExportResult
from opentelemetry.trace import Status

from runtime.redaction import redact_attributes, redact_text

ENDPOINT_VARIABLE = "OTEL_EXPORTER_OTLP_ENDPOINT"
"""OpenTelemetry's own variable; traces are made only when it is set."""


class RedactingExporter(SpanExporter):
    """Lets only allowed attributes leave, and no events or status texts: they quote exceptions."""

    def __init__(self, inner: SpanExporter) -> None:
        self._inner = inner

    def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
        """Exports redacted copies."""
        return self._inner.export([_redacted(span) for span in spans])

    def shutdown(self) -> None:
        """Closes the exporter behind."""
        self._inner.shutdown()

    def force_flush(self, timeout_millis: int = 30_000) -> bool:
        """Flushes the exporter behind."""
        return self._inner.force_flush(timeout_millis)


def set_up_tracing(service: str) -> TracerProvider | None:
    """Sends this process's spans to the endpoint in the environment, if there is one."""
    if not os.environ.get(ENDPOINT_VARIABLE):
        return None
    provider = TracerProvider(resource=Resource.create({"service.name": f"pulpo-{service}"}))
    provider.add_span_processor(BatchSpanProcessor(RedactingExporter(OTLPSpanExporter())))
    trace.set_tracer_provider(provider)
    return provider


def _redacted(span: ReadableSpan) -> ReadableSpan:
    return ReadableSpan(
        name=redact_text(span.name),
        context=span.context,
        parent=span.parent,
        resource=span.resource,
        attributes=redact_attributes(span.attributes or {}),
        kind=span.kind,
        instrumentation_scope=span.instrumentation_scope,
        status=Status(span.status.status_code),
        start_time=span.start_time,
        end_time=span.end_time,
    )
