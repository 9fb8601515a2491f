"""ExtractorService over a real server on port 0, through its stub: readings, and what they point at."""

from collections.abc import AsyncIterator
from typing import Any

import grpc
import pytest
from grpc import aio

from extractor.servicer import SERVICE_NAME, ExtractorServicer
from pulpo.common.v1 import reading_pb2, turn_pb2
from pulpo.extractor.v1 import extractor_pb2 as pb
from pulpo.extractor.v1 import extractor_pb2_grpc
from runtime.rpc.interceptors import reason_of
from runtime.rpc.server import GrpcServer, Registration
from tests.unit.extractor.scoring import workspace
from workspace.registry import Registry

SERVICER = ExtractorServicer(Registry([workspace()]))
OFFERS = [
    reading_pb2.OfferedTime(date="2026-03-12", time="10:00", staff="Carlos"),
    reading_pb2.OfferedTime(date="2026-03-12", time="15:00", staff="Sofía"),
]
OWN = [
    reading_pb2.OwnAppointment(
        booking_id="PB-AAAAAA", service="Corte de Cabello", date="2026-03-13", time="15:00", staff="Carlos", name="Ana"
    ),
    reading_pb2.OwnAppointment(
        booking_id="PB-BBBBBB", service="Barba", date="2026-03-14", time="11:00", staff="María", name="Pedro"
    ),
]
MOVED = reading_pb2.DoneWrite(kind=reading_pb2.ACT_KIND_CHANGE, booking_id="PB-AAAAAA", date="2026-03-13", time="15:00")


@pytest.fixture
async def stub() -> AsyncIterator[Any]:
    def add(server: aio.Server) -> None:
        extractor_pb2_grpc.add_ExtractorServiceServicer_to_server(SERVICER, server)

    server = GrpcServer([Registration(SERVICE_NAME, add)])
    port = await server.start("127.0.0.1", 0)
    try:
        async with aio.insecure_channel(f"127.0.0.1:{port}") as channel:
            yield extractor_pb2_grpc.ExtractorServiceStub(channel)
    finally:
        await server.stop(0, 0)


def request(text: str) -> pb.ExtractRequest:
    context = turn_pb2.TurnContext(workspace_id="estudio-pulpo", conversation_id="c1", turn_id="t1")
    context.received_at.FromJsonString("2026-03-11T13:00:00Z")
    return pb.ExtractRequest(context=context, text=text)


def acts(reading: reading_pb2.Reading) -> list[str]:
    return [reading_pb2.ActKind.Name(act.kind).removeprefix("ACT_KIND_") for act in reading.acts]


async def test_a_message_is_read_in_both_forms(stub: Any) -> None:
    text = "Hola! quiero un corte el viernes a partir de las 17, con carlos no. soy Ana Ruiz"
    answer = await stub.Extract(request(text), timeout=20)
    assert answer.slots == turn_pb2.Slots(
        service_type="Corte de Cabello", preferred_date="2026-03-13", client_name="Ana Ruiz"
    )
    reading = answer.reading
    assert acts(reading) == ["GREET", "BOOK", "GIVE"]
    assert (list(reading.days), list(reading.times)) == (["2026-03-13"], [">=17:00"])
    assert list(reading.items) == [reading_pb2.Item(service="Corte de Cabello", not_staff=["Carlos"])]
    assert list(reading.data) == [
        reading_pb2.GivenDatum(slot="client_name", value="Ana Ruiz", how=reading_pb2.HOW_GIVEN_TYPED)
    ]
    assert text[reading.acts[1].span.start :].startswith("quiero")
    assert not reading.doubts
    assert not reading.HasField("people")


async def test_what_disagrees_is_a_doubt_with_both_values(stub: Any) -> None:
    text = "corte el viernes 14"
    (doubt,) = (await stub.Extract(request(text), timeout=20)).reading.doubts
    assert (doubt.part, doubt.reason, list(doubt.candidates)) == ("days", "conflict", ["2026-03-13", "2026-03-14"])
    assert text[doubt.span.start : doubt.span.end] == "el viernes 14"


async def test_a_question_says_its_subjects(stub: Any) -> None:
    reading = (await stub.Extract(request("cuánto sale el corte?"), timeout=20)).reading
    assert (acts(reading), list(reading.subjects)) == (["ASK"], [reading_pb2.SUBJECT_PRICE])


@pytest.mark.parametrize(
    ("text", "refers_to", "days", "times"),
    [
        ("el segundo", "offer:2", [], []),
        ("el de las 3", "offer:2", [], []),
        ("con Carlos", "offer:1", [], []),
        ("ese día no", "another", ["!2026-03-12"], []),
        ("otro día", "another", ["!2026-03-12"], []),
    ],
)
async def test_words_that_point_at_offers_are_resolved(
    stub: Any, text: str, refers_to: str, days: list[str], times: list[str]
) -> None:
    asked = request(text)
    asked.offers.extend(OFFERS)
    asked.active_intent = turn_pb2.INTENT_BOOK
    reading = (await stub.Extract(asked, timeout=20)).reading
    assert (list(reading.refers_to), list(reading.days), list(reading.times)) == ([refers_to], days, times)


@pytest.mark.parametrize(
    ("text", "act", "refers_to", "days", "times"),
    [
        ("cancelame el de Pedro", "CANCEL", "appointment:PB-BBBBBB", [], []),
        ("el de la barba pasalo una hora más tarde", "CHANGE", "appointment:PB-BBBBBB", [], ["12:00"]),
        ("el del viernes pasalo al día siguiente", "CHANGE", "appointment:PB-AAAAAA", ["2026-03-14"], []),
    ],
)
async def test_words_that_point_at_appointments_are_resolved(
    stub: Any,
    text: str,
    act: str,
    refers_to: str,
    days: list[str],
    times: list[str],
) -> None:
    asked = request(text)
    asked.appointments.extend(OWN)
    reading = (await stub.Extract(asked, timeout=20)).reading
    assert (acts(reading), list(reading.refers_to)) == ([act], [refers_to])
    assert (list(reading.days), list(reading.times)) == (days, times)


async def test_what_was_done_can_be_undone(stub: Any) -> None:
    asked = request("dejalo como estaba")
    asked.done.append(MOVED)
    reading = (await stub.Extract(asked, timeout=20)).reading
    assert (acts(reading), list(reading.refers_to)) == (["UNDO"], ["done:PB-AAAAAA"])


async def test_a_read_back_can_be_what_was_asked(stub: Any) -> None:
    asked = request("sí")
    asked.asked_slot, asked.active_intent = "confirm", turn_pb2.INTENT_BOOK
    assert acts((await stub.Extract(asked, timeout=20)).reading) == ["CONFIRM"]
    asked.asked_slot = ""
    assert acts((await stub.Extract(asked, timeout=20)).reading) != ["CONFIRM"]


async def refused(stub: Any, asked: pb.ExtractRequest) -> tuple[str, str]:
    with pytest.raises(aio.AioRpcError) as caught:
        await stub.Extract(asked, timeout=20)
    assert caught.value.code() is grpc.StatusCode.INVALID_ARGUMENT
    return reason_of(caught.value) or "", caught.value.details() or ""


@pytest.mark.parametrize(
    ("name", "one"), [("offers", OFFERS[0]), ("appointments", OWN[0]), ("done", MOVED)], ids=["offers", "own", "done"]
)
async def test_twenty_of_each_are_known_and_no_more(stub: Any, name: str, one: object) -> None:
    asked = request("hola")
    getattr(asked, name).extend([one] * 20)
    await stub.Extract(asked, timeout=20)
    getattr(asked, name).append(one)
    assert await refused(stub, asked) == ("TOO_MANY_KNOWN", f"{name} must be at most 20, and are 21.")


async def test_what_is_known_has_ids_days_and_hours(stub: Any) -> None:
    asked = request("el segundo")
    asked.offers.extend([OFFERS[0], reading_pb2.OfferedTime(date="2026-02-30", time="9")])
    asked.appointments.append(reading_pb2.OwnAppointment(date="2026-03-12", time="10:00", name="Ana Secreta"))
    asked.done.append(reading_pb2.DoneWrite(kind=reading_pb2.ACT_KIND_ASK, date="ayer", time="25:00"))
    reason, details = await refused(stub, asked)
    assert reason == "KNOWN_INVALID"
    assert details == (
        "Not set or of another form: offers[1].date, offers[1].time, appointments[0].booking_id, "
        "done[0].kind, done[0].booking_id, done[0].date, done[0].time."
    )
