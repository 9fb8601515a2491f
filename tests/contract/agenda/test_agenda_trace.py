"""A tool's span belongs to the trace that the caller states."""

from collections.abc import Iterator

import pytest
from opentelemetry import trace
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from runtime.observability.span_export import RedactingExporter
from tests.contract.agenda.running import Running


@pytest.fixture
def spans() -> Iterator[InMemorySpanExporter]:
    """Spans as they leave the process."""
    provider = trace.get_tracer_provider()
    if not isinstance(provider, TracerProvider):
        provider = TracerProvider()
        trace.set_tracer_provider(provider)
    exporter = InMemorySpanExporter()
    processor = SimpleSpanProcessor(RedactingExporter(exporter))
    provider.add_span_processor(processor)
    yield exporter
    exporter.shutdown()  # the provider keeps the processor: from now on it keeps no spans


async def test_a_call_continues_the_trace_in_its_meta(spans: InMemorySpanExporter, agenda: Running) -> None:
    with trace.get_tracer("test").start_as_current_span("turn") as turn:
        await agenda.book("Barba", "2026-03-12", "10:00", customer="whatsapp:+5491155551234")
    expected = turn.get_span_context().trace_id
    tool = [each for each in spans.get_finished_spans() if each.name == "tools/call book_appointment"]
    served = [each for each in tool if each.kind is trace.SpanKind.SERVER]
    assert len(served) == 1
    assert served[0].context is not None
    assert served[0].context.trace_id == expected
    await agenda.result("find +5491155551234")
    assert "5491155551234" not in "".join(each.to_json() for each in spans.get_finished_spans())
