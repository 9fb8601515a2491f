"""What operators see of a turn: one log line, one trace, metrics; nothing personal in any of them."""

import io
import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from opentelemetry import trace
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from tests.contract.gateway.fakes import message, running
from tests.service_logs import service_logs

SECRETS = ("Zacarías Wolframio", "zw@canario.example", "91155551234", "Ana")


@pytest.fixture
def logs() -> Iterator[io.StringIO]:
    """What the service's own logging writes during a test."""
    with service_logs("gateway") as written:
        yield written


async def test_a_turn_is_one_line_without_personal_data(tmp_path: Path, logs: io.StringIO) -> None:
    async with running(tmp_path) as mesh:
        await mesh.say("hola, soy Zacarías Wolframio zw@canario.example")
    text = logs.getvalue()
    lines = [json.loads(line) for line in text.splitlines()]
    told = [line for line in lines if line["event"] == "turn"]
    assert len(told) == 1
    wanted = {"track", "workspace", "intent", "confidence", "actions", "outcome", "turn_id"}
    stages = {f"t_{stage}_ms" for stage in ("extract", "plan", "policy", "broker", "reduce", "nlg", "total")}
    assert wanted | stages <= told[0].keys()
    assert "dropped_keys" not in told[0]
    assert not any(secret in text for secret in SECRETS)


@pytest.fixture(scope="module")
def exporter() -> InMemorySpanExporter:
    """Everything that is traced in this process from now on."""
    exporter = InMemorySpanExporter()
    provider = trace.get_tracer_provider()
    if not isinstance(provider, TracerProvider):
        provider = TracerProvider()
        trace.set_tracer_provider(provider)
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    return exporter


async def test_looking_at_the_health_of_others_is_no_trace(tmp_path: Path, exporter: InMemorySpanExporter) -> None:
    async with running(tmp_path) as mesh:
        exporter.clear()
        await mesh.client.get(mesh.url() + "/readyz")
        assert exporter.get_finished_spans() == ()


async def test_a_turn_is_one_trace_from_the_webhook_on(tmp_path: Path, exporter: InMemorySpanExporter) -> None:
    async with running(tmp_path) as mesh:
        exporter.clear()
        await mesh.post(message("hola, soy Zacarías Wolframio"))
        spans = exporter.get_finished_spans()
    roots = [span for span in spans if span.parent is None and span.name.startswith("POST")]
    assert len(roots) == 1
    assert roots[0].attributes is not None
    assert roots[0].attributes["pulpo.outcome"] == "ok"
    names = {span.name for span in spans if span.context.trace_id == roots[0].context.trace_id}
    assert {"/pulpo.extractor.v1.ExtractorService/Extract", "/pulpo.nlg.v1.NlgService/Compose"} <= names
    assert not any(secret in str(span.attributes) for span in spans for secret in SECRETS)
