"""Customers who need a person, people who answer by WhatsApp, and what the bot says meanwhile; Twilio is a stub."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from grpc import aio
from prometheus_client import REGISTRY

from gateway.storage.tables import due, outbox, people_acts
from pulpo.common.v1 import state_pb2
from pulpo.gateway.v1 import gateway_pb2, gateway_pb2_grpc
from pulpo.nlg.v1 import nlg_pb2
from tests.contract.gateway.fakes import NOW, SALON, WORKSPACES, Mesh
from tests.contract.gateway.test_outages import booking
from tests.contract.gateway.test_turns import rows
from tests.contract.gateway.twilio_stub import TwilioStub, twilio
from tests.contract.gateway_edge.test_outbox import by_rest, until
from tests.first_form import first_form
from workspace.loader import load_workspace
from workspace.people import HandoverRules, Person
from workspace.registry import Registry

ANA, BOB, SOFI, LUZ = "+5491155551234", "+5491155550000", "+5491144440001", "+5491144440002"
TEMPLATE = "HX" + "1" * 32
PROMISE = "Le aviso a una persona."
PEOPLE = (
    Person(id="sofi", name="Sofía", role="owner", whatsapp=SOFI),
    Person(id="luz", name="Luz", whatsapp=LUZ, tell=("requests", "notices", "bookings"), locale="pt-BR"),
)


class Clock:
    """The gateways' time, which the test moves."""

    def __init__(self) -> None:
        self.at = NOW

    def __call__(self) -> datetime:
        return self.at

    def on(self, minutes: float) -> None:
        self.at += timedelta(minutes=minutes)


def salon(**rules: Any) -> Registry:
    """The salon with people."""
    found = load_workspace(WORKSPACES / "estudio-pulpo.yaml")
    return first_form([found.model_copy(update={"people": PEOPLE, "handover": HandoverRules(**rules)})])


@pytest.fixture
async def stub() -> AsyncIterator[TwilioStub]:
    async with twilio() as served:
        served.per_page = 50
        yield served


@pytest.fixture
def clock() -> Clock:
    return Clock()


@asynccontextmanager
async def business(
    folder: Path, stub: TwilioStub, clock: Clock, gateways: int = 1, **rules: Any
) -> AsyncIterator[Mesh]:
    """Gateways of the salon, whose every reply to a customer says that a person is told."""
    given = {"registry": salon(**rules), "clock": clock, "ack_after_s": 9, "gateways": gateways}
    async with by_rest(folder, stub, **given) as mesh:
        promising(mesh)
        yield mesh


def promising(mesh: Mesh) -> None:
    async def compose(_request: nlg_pb2.ComposeRequest) -> nlg_pb2.ComposeResponse:
        return nlg_pb2.ComposeResponse(message=PROMISE, requires_human=True, handover_reason="complaint")

    mesh.fakes.compose = compose  # type: ignore[assignment, method-assign]


def to(stub: TwilioStub, phone: str) -> list[str]:
    """What somebody was sent by REST."""
    return [each["body"] for each in stub.accepted if each["to"] == f"whatsapp:{phone}"]


async def both_in_session(mesh: Mesh) -> None:
    """Both people have written lately."""
    assert "«lista»" in await mesh.say("ayuda", SOFI)
    assert "«lista»" in await mesh.say("ajuda", LUZ)


async def test_a_complaint_is_told_once_taken_answered_and_given_back(
    tmp_path: Path, stub: TwilioStub, clock: Clock
) -> None:
    async with business(tmp_path, stub, clock, gateways=2) as mesh:
        await both_in_session(mesh)
        assert await mesh.say("me atendieron pésimo", ANA) == PROMISE
        await until(lambda: to(stub, SOFI) and to(stub, LUZ), "both are told")
        assert "#1 · +5491155551234 se queja: “me atendieron pésimo”" in to(stub, SOFI)[0]
        assert "está reclamando" in to(stub, LUZ)[0]
        assert await mesh.say("sigo esperando", ANA, index=1) == PROMISE
        assert "#1" in await mesh.say("lista", LUZ)
        assert "#1 es tuyo" in await mesh.say("tomo 1", SOFI, index=1)
        assert "está com Sofía" in await mesh.say("#1 oi", LUZ)
        read = len(mesh.fakes.extracted)
        assert await mesh.say("hola?", ANA) == ""
        assert len(mesh.fakes.extracted) == read
        await until(lambda: len(to(stub, SOFI)) == 2, "the one who has it reads what the customer writes")
        assert to(stub, SOFI)[1] == "💬 #1 · +5491155551234: “hola?”"
        assert "Enviado a #1" in await mesh.say("#1 Hola Ana, soy Sofi.\nPerdón.", SOFI)
        await until(lambda: to(stub, ANA), "the customer reads it")
        assert await mesh.say("gracias", ANA) == ""
        assert "#1 cerrado" in await mesh.say("listo", SOFI)
        assert await mesh.say("hola", ANA) == PROMISE
        await until(lambda: len(to(stub, LUZ)) == 2, "the next request is told of")
    assert to(stub, ANA) == ["Hola Ana, soy Sofi.\nPerdón."]
    assert len(to(stub, LUZ)) == 2
    acts = [(row.person, row.act) for row in await rows(tmp_path, people_acts)]
    assert sorted(acts) == [("luz", "saw"), ("luz", "saw"), ("sofi", "answered"), ("sofi", "closed"), ("sofi", "took")]


async def test_who_never_wrote_is_told_by_template_and_without_one_nobody_is(
    tmp_path: Path, stub: TwilioStub, clock: Clock
) -> None:
    async with business(tmp_path / "a", stub, clock, templates={"told": TEMPLATE}) as mesh:
        await mesh.say("me atendieron pésimo", ANA)
        await until(lambda: to(stub, SOFI) and to(stub, LUZ), "both are told")
    assert {form.get("ContentSid") for form in stub.created} == {TEMPLATE}
    assert all("Body" not in form for form in stub.created)
    labels = {"kind": "tell", "channel": "whatsapp", "outcome": "dead", "reason": "NO_TEMPLATE"}
    before = REGISTRY.get_sample_value("pulpo_gateway_told_total", labels) or 0
    async with business(tmp_path / "b", stub, clock) as mesh:
        await mesh.say("me atendieron pésimo", ANA)
        await until(lambda: is_at(tmp_path / "b", "dead", "dead"), "it is known that nobody could be told")
    assert {row.reason for row in await tells(tmp_path / "b")} == {"NO_TEMPLATE"}
    assert REGISTRY.get_sample_value("pulpo_gateway_told_total", labels) == before + 2


async def tells(folder: Path) -> list[Any]:
    return [row for row in await rows(folder, due) if row.kind == "tell"]


async def is_at(folder: Path, *statuses: str) -> bool:
    return sorted(row.status for row in await tells(folder)) == sorted(statuses)


async def test_a_customer_whom_nobody_takes_is_told_so_and_one_who_is_taken_is_not(
    tmp_path: Path, stub: TwilioStub, clock: Clock
) -> None:
    async with business(tmp_path, stub, clock, untaken_after_min=30, back_after_min=600) as mesh:
        await both_in_session(mesh)
        await mesh.say("me atendieron pésimo", ANA)
        await mesh.say("a mí también", BOB)
        await until(lambda: len(to(stub, SOFI)) == 2, "both are told")
        assert "#2 es tuyo" in await mesh.say("tomo 2", SOFI)
        clock.on(29)
        mesh.gateway.background.staff._wake()
        assert "#1" in await mesh.say("lista", SOFI)
        assert to(stub, ANA) == []
        clock.on(2)
        await until(lambda: to(stub, ANA), "the customer is told the truth")
        await until(lambda: untaken_done(tmp_path), "nothing is left")
        sample = REGISTRY.get_sample_value
        await until(lambda: sample("pulpo_gateway_requests_untaken") == 1, "it is measured")
        assert (sample("pulpo_gateway_request_untaken_oldest_seconds") or 0) >= 31 * 60
    assert to(stub, ANA) == [
        "Tu mensaje quedó anotado, pero todavía nadie del equipo de Estudio Pulpo pudo tomarlo. Sigue en la lista y te "
        "escriben en cuanto puedan."
    ]
    assert to(stub, BOB) == []


async def untaken_done(folder: Path) -> bool:
    return all(row.status != "waiting" for row in await rows(folder, due) if row.kind == "untaken")


async def test_a_conversation_comes_back_by_time(tmp_path: Path, stub: TwilioStub, clock: Clock) -> None:
    async with business(tmp_path, stub, clock, back_after_min=60, untaken_after_min=0) as mesh:
        await both_in_session(mesh)
        await mesh.say("me atendieron pésimo", ANA)
        await mesh.say("a mí también", BOB)
        await mesh.say("tomo 1", SOFI)
        await mesh.say("#2 hola", SOFI)
        clock.on(59)
        assert await mesh.say("hola?", ANA) == ""
        await mesh.say("#2 ¿seguís ahí?", SOFI)
        told = len(to(stub, LUZ))
        clock.on(2)
        await until(lambda: len(to(stub, LUZ)) > told, "the other is told that it waits again")
        assert "continua sem ninguém" in to(stub, LUZ)[-1]
        assert await mesh.say("hola?", ANA) == PROMISE
        assert await mesh.say("sí", BOB) == ""
        clock.on(60)
        await until(lambda: closed(tmp_path), "one that was answered is closed")
        assert await mesh.say("otra cosa", BOB) == PROMISE


async def closed(folder: Path) -> bool:
    return ("time", "closed") in [(row.person, row.act) for row in await rows(folder, people_acts)]


async def test_what_concerns_several_customers_is_asked_with_the_count(
    tmp_path: Path, stub: TwilioStub, clock: Clock
) -> None:
    async with business(tmp_path, stub, clock) as mesh:
        assert await mesh.say("listo todos", SOFI) == "No tenés ninguno."
        for number, phone in enumerate((ANA, BOB), 1):
            await mesh.say("pésimo", phone)
            assert f"#{number} es tuyo" in await mesh.say("tomo", SOFI)
        assert "¿Cuál?" in await mesh.say("listo", SOFI)
        assert "Son 2 clientes: #1, #2." in await mesh.say("listo todos", SOFI)
        assert "Son 2 clientes" in await mesh.say("listo todos 3", SOFI)
        assert await mesh.say("hola?", ANA) == ""
        assert await mesh.say("listo todos 2", SOFI) == "\n".join(
            f"#{n} cerrado. Vuelvo a contestar yo." for n in (1, 2)
        )
        assert await mesh.say("lista", SOFI) == "Nadie espera."


async def test_only_a_persons_own_number_by_twilio_gives_orders(tmp_path: Path, stub: TwilioStub, clock: Clock) -> None:
    async with business(tmp_path, stub, clock) as mesh:
        await mesh.say("me atendieron pésimo", ANA)
        assert await mesh.say("tomo 1", BOB) == PROMISE
        call = gateway_pb2.SendMessageRequest(workspace_id="estudio-pulpo", text="tomo 1", message_id="m1")
        setattr(call, "from", f"whatsapp:{SOFI}")
        answer = await send(mesh, call)
        assert answer.message == PROMISE
        assert (await mesh.say("cualquier cosa", SOFI)).startswith(
            "No es una orden que conozca. «lista»: quién espera."
        )
    assert await rows(tmp_path, people_acts) == []


async def send(mesh: Mesh, call: gateway_pb2.SendMessageRequest) -> gateway_pb2.SendMessageResponse:
    """A message by gRPC."""
    async with aio.insecure_channel(f"127.0.0.1:{mesh.gateway.grpc_port}") as channel:
        return await gateway_pb2_grpc.ConversationServiceStub(channel).SendMessage(call)


async def test_a_gateway_that_dies_over_what_is_due_tells_nobody_twice(
    tmp_path: Path, stub: TwilioStub, clock: Clock
) -> None:
    async with business(tmp_path, stub, clock) as mesh:
        await both_in_session(mesh)
    async with business(tmp_path, stub, clock, gateways=3) as mesh:
        for number in range(4):
            await mesh.say("pésimo", f"+549115555000{number}", index=number % 3)
        await until(lambda: len(to(stub, SOFI)) == len(to(stub, LUZ)) == 4, "all are told of")
    async with business(tmp_path, stub, clock) as mesh:
        await mesh.say("ayuda", SOFI)
    assert len(to(stub, SOFI)) == len(to(stub, LUZ)) == 4
    assert {row.business for row in await rows(tmp_path, outbox)} == {SALON}


async def test_who_wants_it_is_told_of_bookings_in_the_words_of_the_customer_s_reply(
    tmp_path: Path, stub: TwilioStub, clock: Clock
) -> None:
    async with business(tmp_path, stub, clock) as mesh:
        await both_in_session(mesh)
        booking(mesh)

        async def compose(request: nlg_pb2.ComposeRequest) -> nlg_pb2.ComposeResponse:
            stage = state_pb2.STAGE_RESERVA_HECHA if request.observations else state_pb2.STAGE_INICIO
            return nlg_pb2.ComposeResponse(message="¡Listo! Barba el viernes a las 15.", next_state=stage)

        mesh.fakes.compose = compose  # type: ignore[method-assign]
        assert "Barba" in await mesh.say("barba el viernes a las 15", ANA)
        await until(lambda: to(stub, LUZ), "the one who wants it is told")
    assert to(stub, LUZ) == ["📅 +5491155551234 leu: “¡Listo! Barba el viernes a las 15.”"]
    assert to(stub, SOFI) == []
