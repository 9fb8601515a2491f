"""Spans on their way out by OTLP, redacted. Importing it costs as much as a tenth of a small service's start."""

from collections.abc import Sequence

from opentelemetry.exporter.otlp.proto.grpc.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor, SpanExporter, SpanExportResult
from opentelemetry.trace import Status

from runtime.observability.redaction import redact_attributes, redact_text


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


def make_provider(service: str) -> TracerProvider:
    """A provider whose spans go to OpenTelemetry's own endpoint in the environment."""
    provider = TracerProvider(resource=Resource.create({"service.name": f"pulpo-{service}"}))
    provider.add_span_processor(BatchSpanProcessor(RedactingExporter(OTLPSpanExporter())))
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
