"""A whole run with an exporter set: one trace a turn, and nothing personal in logs, metrics or spans."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.mesh.tools.collector import Collector, Span, running_collector
from tests.mesh.tools.harness import Mesh, running_mesh, until
from tests.mesh.tools.people import OWNER, running_smtp, write_people

SERVICES = ("gateway", "extractor", "planner", "broker", "nlg", "agenda")

CUSTOMER = "+5491159876543"
CANARIES = (
    "Wolframio",
    "wolframio",
    "canario",
    "59876543",
    "22224433",
    "2222 4433",
    "marciano",
    "5B6C7D",
    "anaria",
    "44440001",
)
"""Digits are many enough that no timing or counter has them by chance."""
MESSAGES = (
    "hola soy Zacarías Wolframio, vengo de lo del marciano",
    "reservar corte mañana 15hs, soy Zacarías Wolframio zw@canario.example mi cel 11 2222 4433",
    "cuánto sale la barba?",
    "cancelar PB-5B6C7D",
    "cancelá mi turno",
    "sí",
    "pasame con una persona, soy Wolframio",
    "llego tarde, soy Wolframio",
)
ORDERS = ("lista", "ver 1", "#1 hola Wolframio del canario", "tomo 1", "listo 1")


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Mesh, Collector, str]]:
    """A mesh that has answered all messages and stopped, its spans, and all its metrics."""
    folder: Path = tmp_path_factory.mktemp("privacy")
    more = {"OTEL_EXPORTER_OTLP_INSECURE": "true", "PULPO_WORKSPACES_DIR": str(write_people(folder / "workspaces"))}
    with running_smtp() as (mails, where), running_collector() as (collector, endpoint):
        with running_mesh(folder, OTEL_EXPORTER_OTLP_ENDPOINT=endpoint, **more, **where) as mesh:
            for message in MESSAGES:
                assert mesh.say(CUSTOMER, message)
            until(lambda: mails, "the owner has the e-mail")
            assert "Wolframio" in mails[0]
            for order in ORDERS:
                assert "#1" in mesh.say(OWNER, order) or "No pude" in mesh.say(OWNER, order)
            forged = mesh.sender(CUSTOMER).form("Wolframio del canario")
            assert mesh.post(forged, "forged").status_code == 403
            until(lambda: 'handovers_open{kind="notice"} 1.0' in mesh.metrics("gateway"), "hand-overs are counted")
            metrics = "".join(mesh.metrics(name) for name in SERVICES)
        yield mesh, collector, metrics


def test_no_canary_is_in_any_log_metric_or_span(run: tuple[Mesh, Collector, str]) -> None:
    mesh, collector, metrics = run
    logs = "".join(mesh.log(name) for name in SERVICES)
    spans = "".join(span.text for span in collector.spans)
    assert '"event": "turn"' in logs
    assert "pulpo_turns_total" in metrics
    assert 'pulpo_gateway_handovers_total{reason="asked"} 1.0' in metrics
    assert collector.spans
    found = {
        name: [canary for canary in CANARIES if canary in text]
        for name, text in {"logs": logs, "metrics": metrics, "spans": spans}.items()
    }
    assert found == {"logs": [], "metrics": [], "spans": []}


def test_a_turn_is_one_trace_from_the_webhook_to_the_tool(run: tuple[Mesh, Collector, str]) -> None:
    _, collector, _ = run
    traces: dict[str, list[Span]] = {}
    for span in collector.spans:
        traces.setdefault(span.trace_id, []).append(span)
    whole = [
        spans for spans in traces.values() if {"pulpo-gateway", "pulpo-agenda"} <= {span.service for span in spans}
    ]
    assert len(whole) >= 4
    every = {f"pulpo-{name}" for name in ("gateway", "extractor", "planner", "broker", "nlg", "agenda")}
    assert any({span.service for span in spans} >= every for spans in whole)
    for spans in whole:
        assert {span.service for span in spans} >= every - {"pulpo-planner"}  # not asked where there is nothing to plan
        known = {span.span_id for span in spans}
        assert [span.name for span in spans if span.parent_id not in known] == [
            next(s.name for s in spans if not s.parent_id)
        ]
