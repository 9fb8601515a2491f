"""BookingService and RunTurn over a real mesh: through the gateway, policy and broker to the agenda's rows."""

import asyncio
import json
from typing import Any

import pytest
import structlog
from google.rpc import error_details_pb2
from grpc import aio
from grpc_status import rpc_status

from pulpo.common.v1 import turn_pb2
from pulpo.gateway.v1 import booking_pb2 as pb
from pulpo.gateway.v1 import booking_pb2_grpc, gateway_pb2, gateway_pb2_grpc
from runtime.rpc.interceptors import reason_of
from tests.contract.callers.conftest import SALON, TOKENS
from tests.one_process import OneProcess

CUT = "Corte de Cabello"
pytestmark = pytest.mark.asyncio(loop_scope="package")


async def call(mesh: OneProcess, method: str, request: Any, caller: str = "web") -> Any:
    services = (booking_pb2_grpc.BookingServiceStub, gateway_pb2_grpc.ConversationServiceStub)
    async with aio.insecure_channel(f"127.0.0.1:{mesh.grpc_port}") as channel:
        stub = next(made for make in services if hasattr(made := make(channel), method))
        shown = (("authorization", f"Bearer {TOKENS[caller]}"),) if caller else ()
        return await getattr(stub, method)(request, timeout=60, metadata=shown)


async def refused(mesh: OneProcess, method: str, request: Any, caller: str = "web") -> tuple[str, str, list[str]]:
    with pytest.raises(aio.AioRpcError) as caught:
        await call(mesh, method, request, caller)
    bad = error_details_pb2.BadRequest()
    status = rpc_status.from_call(caught.value)  # type: ignore[arg-type]
    assert status is not None
    fields = [each.field for detail in status.details if detail.Unpack(bad) for each in bad.field_violations]
    return caught.value.code().name, reason_of(caught.value), fields


def wanted(customer: str, **more: Any) -> pb.BookRequest:
    known = {"workspace_id": SALON, "customer_address": customer, "request_id": "r1", "client_name": "Juan Pérez"}
    known |= {"client_email": "juan@example.com"}
    item = {"service": CUT, "date": "2026-03-12", "time": "15:00", "staff": "Sofía", **more.pop("item", {})}
    return pb.BookRequest(**{**known, "items": [item], **more})


async def test_what_a_business_offers_is_read(mesh: OneProcess) -> None:
    listed = await call(mesh, "ListWorkspaces", pb.ListWorkspacesRequest())
    assert [each.workspace_id for each in listed.workspaces] == [SALON]
    page = await call(mesh, "ListWorkspaces", pb.ListWorkspacesRequest(page_size=1), "reader")
    rest = await call(mesh, "ListWorkspaces", pb.ListWorkspacesRequest(page_token=page.next_page_token), "reader")
    assert SALON in {each.workspace_id for each in (*page.workspaces, *rest.workspaces)}
    assert (len(page.workspaces), bool(rest.workspaces)) == (1, True)
    found = await call(mesh, "GetCatalogue", pb.GetCatalogueRequest(workspace_id=SALON))
    assert (found.currency, found.workspace.timezone) == ("ARS", "America/Argentina/Buenos_Aires")
    assert CUT in {each.name for each in found.services}
    assert "Sofía" in {each.name for each in found.staff}
    assert {"sat"} <= {each.weekday for each in found.hours}


async def test_free_times_over_a_range_are_paged_without_gaps_or_repeats(mesh: OneProcess) -> None:
    search = pb.FindFreeTimesRequest(
        workspace_id=SALON,
        items=[pb.WantedService(service=CUT, staff="Sofía")],
        from_date="2026-03-23",
        to_date="2026-03-27",
    )
    moments: list[tuple[str, str]] = []
    for _ in range(40):
        page = await call(mesh, "FindFreeTimes", search)
        moments += [(time.items[0].date, time.items[0].time) for time in page.times]
        if not page.next_page_token:
            break
        search.page_size, search.page_token = 3, page.next_page_token
    assert moments == sorted(set(moments))
    assert len({day for day, _ in moments}) >= 4
    late = pb.FindFreeTimesRequest(
        workspace_id=SALON,
        items=[pb.WantedService(service=CUT)],
        from_date="2026-03-23",
        to_date="2026-03-23",
        from_time="18:00",
    )
    assert all(time.items[0].time >= "18:00" for time in (await call(mesh, "FindFreeTimes", late)).times)
    none = pb.FindFreeTimesRequest(
        workspace_id=SALON, items=[pb.WantedService(service=CUT)], from_date="2026-03-15", to_date="2026-03-15"
    )
    told = (await call(mesh, "FindFreeTimes", none)).refusal
    assert told.reason == "NO_FREE_TIMES"
    assert told.instead


async def test_an_appointment_is_booked_once_changed_and_cancelled(mesh: OneProcess) -> None:
    first = await call(mesh, "Book", wanted("web:ana"))
    again = await call(mesh, "Book", wanted("web:ana"))
    (booked,) = first.appointments
    assert (booked.service, booked.date, booked.time, booked.staff) == (CUT, "2026-03-12", "15:00", "Sofía")
    assert [each.booking_id for each in again.appointments] == [booked.booking_id]
    taken = await call(mesh, "Book", wanted("web:otra"))
    assert (taken.refusal.reason, len(taken.appointments)) == ("TAKEN", 0)
    assert taken.refusal.instead
    moved = await call(
        mesh,
        "Change",
        pb.ChangeRequest(
            workspace_id=SALON, customer_address="web:ana", request_id="r2", booking_id=booked.booking_id, time="17:00"
        ),
    )
    assert (moved.before.time, moved.after.time, moved.after.booking_id) == ("15:00", "17:00", booked.booking_id)
    listed = await call(
        mesh, "ListAppointments", pb.ListAppointmentsRequest(workspace_id=SALON, customer_address="web:ana")
    )
    assert [(each.booking_id, each.time) for each in listed.appointments] == [(booked.booking_id, "17:00")]
    stranger = pb.CancelRequest(
        workspace_id=SALON, customer_address="web:otra", request_id="r3", booking_ids=[booked.booking_id]
    )
    assert (await refused(mesh, "Cancel", stranger))[:2] == ("NOT_FOUND", "UNKNOWN_APPOINTMENT")
    mine = pb.CancelRequest(
        workspace_id=SALON, customer_address="web:ana", request_id="r3", booking_ids=[booked.booking_id]
    )
    assert [each.booking_id for each in (await call(mesh, "Cancel", mine)).appointments] == [booked.booking_id]
    assert not (
        await call(mesh, "ListAppointments", pb.ListAppointmentsRequest(workspace_id=SALON, customer_address="web:ana"))
    ).appointments


async def test_a_phone_in_a_field_gives_no_right_to_what_was_booked_with_it(mesh: OneProcess) -> None:
    phone = "+5491155550099"
    owner = await call(mesh, "Book", wanted("web:owner", client_phone=phone, item={"time": "10:00"}))
    other = await call(
        mesh, "Book", wanted("web:thief", client_phone=phone, item={"time": "12:00"}, client_name="Otro")
    )
    assert (len(owner.appointments), len(other.appointments)) == (1, 1)
    for address in ("web:thief", f"web:{phone}"):
        listed = await call(
            mesh, "ListAppointments", pb.ListAppointmentsRequest(workspace_id=SALON, customer_address=address)
        )
        ids = {each.booking_id for each in listed.appointments}
        assert owner.appointments[0].booking_id not in ids


async def test_who_acts_for_customers_sees_a_whatsapp_customers_and_is_audited(mesh: OneProcess) -> None:
    phone = "+5491155550042"
    for text in ("quiero corte el viernes 20/03 a las 11 con sofi", "Eva Luna", "eva@example.com"):
        said = await mesh.say(phone, text)
    assert "reservado" in said
    ask = pb.ListAppointmentsRequest(workspace_id=SALON, customer_address=f"whatsapp:{phone}")
    assert (await refused(mesh, "ListAppointments", ask))[:2] == ("PERMISSION_DENIED", "ADDRESS_NOT_ALLOWED")
    (found,) = (await call(mesh, "ListAppointments", ask, "desk")).appointments
    with structlog.testing.capture_logs() as logs:
        cancel = pb.CancelRequest(
            workspace_id=SALON, customer_address=f"whatsapp:{phone}", request_id="d1", booking_ids=[found.booking_id]
        )
        await call(mesh, "Cancel", cancel, "desk")
    (line,) = [each for each in logs if each["event"] == "audit"]
    assert (line["caller"], line["workspace"], line["code"], line["for_others"]) == ("desk", SALON, "OK", True)
    assert len(line["turn_id"]) == 32
    assert phone not in json.dumps(line)
    for method, kind in (("SendMessage", gateway_pb2.SendMessageRequest), ("RunTurn", gateway_pb2.RunTurnRequest)):
        wrote = kind(customer_address=f"whatsapp:{phone}", text="hola")
        assert (await refused(mesh, method, wrote, "desk"))[:2] == ("PERMISSION_DENIED", "ADDRESS_NOT_ALLOWED")


@pytest.mark.parametrize(
    ("fields", "reason", "names"),
    [
        ({"request_id": ""}, "FIELD_MISSING", ["request_id"]),
        ({"customer_address": "", "client_name": ""}, "FIELD_MISSING", ["customer_address", "client_name"]),
        ({"items": []}, "FIELD_MISSING", ["items"]),
        ({"item": {"date": ""}}, "FIELD_MISSING", ["items[0].date"]),
        ({"item": {"date": "12/03"}}, "FIELD_INVALID", ["items[0].date"]),
        ({"item": {"time": "3pm"}}, "FIELD_INVALID", ["items[0].time"]),
        ({"item": {"service": "Corte"}}, "FIELD_INVALID", ["items[0].service"]),
        ({"item": {"staff": "Nadie"}}, "FIELD_INVALID", ["items[0].staff"]),
        ({"client_name": "a" * 81}, "FIELD_INVALID", ["client_name"]),
        ({"request_id": "r" * 129}, "FIELD_INVALID", ["request_id"]),
        ({"request_id": "r\x00"}, "FIELD_INVALID", ["request_id"]),
    ],
)
async def test_each_bad_field_is_named(mesh: OneProcess, fields: dict[str, Any], reason: str, names: list[str]) -> None:
    assert await refused(mesh, "Book", wanted("web:bad", **fields)) == ("INVALID_ARGUMENT", reason, names)


async def test_lists_take_no_tokens_and_sizes_of_others(mesh: OneProcess) -> None:
    search = pb.FindFreeTimesRequest(
        workspace_id=SALON, items=[pb.WantedService(service=CUT)], from_date="2026-03-23", to_date="2026-03-20"
    )
    assert (await refused(mesh, "FindFreeTimes", search))[1:] == ("FIELD_INVALID", ["to_date"])
    search.to_date, search.page_token = "2026-03-25", "2026-04-25.0"
    assert (await refused(mesh, "FindFreeTimes", search))[1:] == ("PAGE_TOKEN_INVALID", ["page_token"])
    listing = pb.ListAppointmentsRequest(workspace_id=SALON, customer_address="web:a", page_token="x")
    assert (await refused(mesh, "ListAppointments", listing))[1:] == ("PAGE_TOKEN_INVALID", ["page_token"])
    assert (await refused(mesh, "ListWorkspaces", pb.ListWorkspacesRequest(page_size=101)))[1:] == (
        "FIELD_INVALID",
        ["page_size"],
    )


async def test_on_this_machine_in_development_anybody_reads_and_nobody_books(mesh: OneProcess) -> None:
    assert (await call(mesh, "GetCatalogue", pb.GetCatalogueRequest(workspace_id=SALON), "")).services
    for method, request in (
        ("Book", wanted("web:x")),
        ("Change", pb.ChangeRequest()),
        ("Cancel", pb.CancelRequest()),
        ("ListAppointments", pb.ListAppointmentsRequest()),
        ("RunTurn", gateway_pb2.RunTurnRequest()),
    ):
        assert (await refused(mesh, method, request, ""))[:2] == ("UNAUTHENTICATED", "CALLER_UNKNOWN")


async def test_a_conversation_whose_state_the_caller_keeps_books(mesh: OneProcess) -> None:
    state, said = None, gateway_pb2.RunTurnResponse()
    texts = ("quiero turno para cortarme el martes 24/03 a las 3 con sofi", "Lía Paz", "lia@example.com")
    for number, text in enumerate(texts):
        context = turn_pb2.TurnContext(workspace_id=SALON, conversation_id="c1", turn_id=f"t{number}")
        request = gateway_pb2.RunTurnRequest(context=context, customer_address="web:lia", text=text, state=state)
        said = await call(mesh, "RunTurn", request)
        if number == len(texts) - 1:
            repeated = await call(mesh, "RunTurn", request)
            assert repeated.message == said.message
        state = said.state
    assert "reservado" in said.message
    assert "book_appointments" in said.trace.tools
    assert (said.trace.track, said.trace.timings.total_ms > 0) == ("legacy", True)
    listed = await call(
        mesh, "ListAppointments", pb.ListAppointmentsRequest(workspace_id=SALON, customer_address="web:lia")
    )
    assert [(each.date, each.time) for each in listed.appointments] == [("2026-03-24", "15:00")]


async def test_a_message_names_its_customer_by_either_field(mesh: OneProcess) -> None:
    both = gateway_pb2.SendMessageRequest(workspace_id=SALON, customer_address="web:leo", message_id="m1", text="hola")
    assert (await call(mesh, "SendMessage", both)).message
    setattr(both, "from", "web:other")
    assert (await refused(mesh, "SendMessage", both))[1:] == ("FIELD_MALFORMED", ["customer_address"])


async def test_an_unknown_enum_is_no_other_value(mesh: OneProcess) -> None:
    request = gateway_pb2.RunTurnRequest(
        context=turn_pb2.TurnContext(workspace_id=SALON, conversation_id="c", turn_id="t"),
        customer_address="web:a",
        text="hola",
    )
    request.state.active_intent = 99  # type: ignore[assignment]
    assert await refused(mesh, "RunTurn", request) == ("INVALID_ARGUMENT", "FIELD_INVALID", ["state.active_intent"])


async def test_a_deadline_and_a_cancellation_end_a_call_and_leave_nothing_half_done(mesh: OneProcess) -> None:
    """A write that its caller has left goes on to its end or never begins; a repeat of the same request says which."""
    request = wanted("web:hurry", request_id="hurry", item={"date": "2026-04-13", "time": "09:00"}, client_name="Ada")
    async with aio.insecure_channel(f"127.0.0.1:{mesh.grpc_port}") as channel:
        stub = booking_pb2_grpc.BookingServiceStub(channel)
        shown = (("authorization", f"Bearer {TOKENS['web']}"),)
        with pytest.raises(aio.AioRpcError) as late:
            await stub.Book(request, timeout=0.001, metadata=shown)
        assert late.value.code().name == "DEADLINE_EXCEEDED"
        left = stub.Book(request, timeout=60, metadata=shown)
        left.cancel()
        with pytest.raises(asyncio.CancelledError):
            await left
    (booked,) = (await call(mesh, "Book", request)).appointments
    listing = pb.ListAppointmentsRequest(workspace_id=SALON, customer_address="web:hurry")
    assert [each.booking_id for each in (await call(mesh, "ListAppointments", listing)).appointments] == [
        booked.booking_id
    ]
