"""Reminders of what was booked in a conversation: each asked of the tools again, each once; Twilio is a stub."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from gateway.storage.tables import due
from pulpo.broker.v1 import broker_pb2
from pulpo.common.v1 import action_pb2
from tests.contract.gateway.fakes import WORKSPACES, Mesh, yes
from tests.contract.gateway.test_outages import booking
from tests.contract.gateway.test_turns import rows
from tests.contract.gateway.twilio_stub import TwilioStub, twilio
from tests.contract.gateway_edge.test_outbox import by_rest, until
from tests.contract.gateway_people.test_people import ANA, BOB, TEMPLATE, Clock, to
from tests.first_form import first_form
from workspace.loader import load_workspace
from workspace.registry import Registry
from workspace.reminders import Reminders

FRIDAY = {"date": "2026-03-13", "time": "15:00", "service_type": "Barba", "staff_name": "Carlos"}
DAY_MIN = 24 * 60
TEXT = (
    "Recordatorio de Estudio Pulpo: Barba con Carlos, el viernes 13/03 a las 15:00. Si no podés venir escribí "
    "«cancelar», y «cambiar» para otro momento. «BAJA» si no querés recordatorios."
)


@dataclass
class Book:
    """What the agenda says is booked, by the customer who asks."""

    booked: dict[str, list[dict[str, str]]] = field(default_factory=dict)
    fails: int = 0
    """How many questions to come get no answer."""

    async def execute(self, request: broker_pb2.ExecuteRequest) -> broker_pb2.ExecuteResponse:
        return broker_pb2.ExecuteResponse(observations=[self._seen(each, request) for each in request.actions])

    def _seen(self, action: action_pb2.Action, request: broker_pb2.ExecuteRequest) -> action_pb2.Observation:
        if action.tool != "find_appointment_by_phone":
            return yes(action, {"booking_id": "PB-AAAAAA", **FRIDAY})
        if self.fails:
            self.fails -= 1
            return action_pb2.Observation(tool=action.tool, status=action_pb2.OBSERVATION_STATUS_FAILED)
        phone = str(action.args["client_phone"])
        assert request.customer.address == f"whatsapp:{phone}"
        return yes(action, {"appointments": self.booked.get(phone, [])})


@pytest.fixture
async def stub() -> AsyncIterator[TwilioStub]:
    async with twilio() as served:
        served.per_page = 50
        yield served


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def book() -> Book:
    return Book({ANA: [{"booking_id": "PB-AAAAAA", **FRIDAY}]})


@asynccontextmanager
async def reminding(
    folder: Path, stub: TwilioStub, clock: Clock, book: Book, gateways: int = 1, **rules: Any
) -> AsyncIterator[Mesh]:
    """Gateways that book whatever is said, of a salon that reminds a day before."""
    found = load_workspace(WORKSPACES / "estudio-pulpo.yaml").model_copy(update={"reminders": Reminders(**rules)})
    registry = Registry(first_form([found]))
    async with by_rest(folder, stub, registry=registry, clock=clock, ack_after_s=9, gateways=gateways) as mesh:
        booking(mesh)
        mesh.fakes.execute = book.execute  # type: ignore[method-assign]
        yield mesh


async def planned(folder: Path, *moments: str) -> bool:
    """Whether these are the moments of which reminders are or were due."""
    return sorted(row.detail for row in await rows(folder, due) if row.kind == "remind") == sorted(moments)


async def ended(folder: Path, *reasons: str) -> bool:
    """Whether so many reminders have ended, for these reasons; sent ones for none."""
    found = [row for row in await rows(folder, due) if row.kind == "remind" and row.status != "waiting"]
    return sorted(row.reason for row in found) == sorted(reasons)


async def test_a_customer_is_reminded_once_a_day_before_by_template(
    tmp_path: Path, stub: TwilioStub, clock: Clock, book: Book
) -> None:
    templates = {"es": TEMPLATE}
    async with reminding(tmp_path, stub, clock, book, gateways=3, templates=templates) as mesh:
        await mesh.say("barba el viernes a las 15", ANA)
        await mesh.say("¿quedó?", ANA, index=1)
        await until(lambda: planned(tmp_path, "2026-03-13T15:00"), "it is planned")
        assert stub.created == []
        clock.on(DAY_MIN + 5 * 60 + 1)
        await until(lambda: ended(tmp_path, ""), "it has left")
        await until(lambda: to(stub, ANA), "Twilio has it")
        clock.on(60)
        await mesh.say("hola", ANA)
    (form,) = stub.created
    assert (form["ContentSid"], form["To"]) == (TEMPLATE, f"whatsapp:{ANA}")
    assert form["ContentVariables"] == (
        '{"1": "Estudio Pulpo", "2": "Barba con Carlos", "3": "el viernes 13/03 a las 15:00"}'
    )


async def test_a_moved_booking_is_reminded_of_at_its_own_time_and_a_cancelled_one_never(
    tmp_path: Path, stub: TwilioStub, clock: Clock, book: Book
) -> None:
    book.booked[BOB] = [{"booking_id": "PB-BBBBBB", **FRIDAY}]
    async with reminding(tmp_path, stub, clock, book, hours_before=12) as mesh:
        await mesh.say("barba el viernes a las 15", ANA)
        await mesh.say("barba el viernes a las 15", BOB)
        await until(lambda: planned(tmp_path, *["2026-03-13T15:00"] * 2), "both are planned")
        book.booked = {ANA: [{"booking_id": "PB-AAAAAA", **FRIDAY, "time": "17:30"}]}  # by another door
        clock.on(DAY_MIN + 10 * 60 + 1)  # the evening before
        await until(lambda: ended(tmp_path, "CANCELLED", "MOVED"), "neither is said")
        assert await planned(tmp_path, *["2026-03-13T15:00"] * 2)  # 17:30 has the same evening before, which has passed
        assert stub.created == []


async def test_baja_is_honoured_and_alta_too(tmp_path: Path, stub: TwilioStub, clock: Clock, book: Book) -> None:
    later = {**FRIDAY, "booking_id": "PB-CCCCCC", "date": "2026-03-16"}
    book.booked[ANA].append(later)
    async with reminding(tmp_path, stub, clock, book) as mesh:
        await mesh.say("barba el viernes a las 15", ANA)
        await until(lambda: planned(tmp_path, "2026-03-13T15:00", "2026-03-16T15:00"), "both are planned")
        read = len(mesh.fakes.extracted)
        assert (await mesh.say("BAJA", ANA)).startswith("Listo: Estudio Pulpo no te manda más recordatorios.")
        assert len(mesh.fakes.extracted) == read
        clock.on(DAY_MIN + 5 * 60 + 1)
        await until(lambda: ended(tmp_path, "OPTED_OUT"), "it is not said")
        clock.on(2 * DAY_MIN + 60)
        assert (await mesh.say("alta", ANA)).startswith("Listo: Estudio Pulpo te vuelve a mandar")
        clock.on(DAY_MIN - 60)
        await until(lambda: to(stub, ANA), "the next one is")
    assert to(stub, ANA) == [TEXT.replace("viernes 13/03", "lunes 16/03")]


async def test_one_that_is_due_in_the_quiet_hours_waits_and_an_agenda_that_is_away_is_asked_again(
    tmp_path: Path, stub: TwilioStub, clock: Clock, book: Book
) -> None:
    async with reminding(tmp_path, stub, clock, book) as mesh:
        await mesh.say("barba el viernes a las 15", ANA)
        await until(lambda: planned(tmp_path, "2026-03-13T15:00"), "it is planned")
        await mesh.gateway.background._due.stop()  # nobody works what is due until the night
    clock.on(DAY_MIN + 15 * 60)
    book.fails = 1
    async with reminding(tmp_path, stub, clock, book) as mesh:
        await until(lambda: book.fails == 0, "the agenda is asked")
        await until(lambda: put_off(tmp_path), "it is put off")
        clock.on(1)
        await until(lambda: put_off(tmp_path, until_s=clock.at.timestamp() + 7 * 3600), "until the morning")
        assert stub.created == []
        await mesh.say("hola", ANA)
        clock.on(9 * 60)
        await until(lambda: to(stub, ANA), "then it is said")
    assert to(stub, ANA) == [TEXT]


async def put_off(folder: Path, until_s: float = 0.0) -> bool:
    """Whether a reminder waits on, at least until then."""
    found = [row for row in await rows(folder, due) if row.kind == "remind"]
    return bool(found) and all(row.attempts and row.status == "waiting" and row.due_at >= until_s for row in found)
