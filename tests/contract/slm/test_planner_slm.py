"""The planner on the slm track: a real gRPC server in front, a real HTTP model server behind."""

import asyncio
import json
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from google.protobuf.json_format import MessageToDict
from grpc import aio
from jsonschema import Draft202012Validator
from prometheus_client import REGISTRY

from planner.schema_validation import SCHEMA
from planner.servicer import SERVICE_NAME
from planner.settings import PlannerSettings
from planner.wiring import make_servicer
from pulpo.common.v1 import turn_pb2
from pulpo.planner.v1 import planner_pb2 as pb
from pulpo.planner.v1 import planner_pb2_grpc
from runtime.rpc.deadline import TRACK_KEY
from runtime.rpc.server import GrpcServer, Registration
from tests.contract.test_planner import COMPLETE, REGISTRY_OF_WORKSPACES, context
from tests.model_stub import BUSY, HANG, Answer, ModelStub, as_json, chat, model_server
from workspace.schemas import fill_names

CHECK = {"tool": "check_service_availability", "args": {"service_type": "Corte de Cabello", "date_str": "2026-03-12"}}
BOOK = {
    "tool": "book_appointment",
    "args": {
        "service_type": "Corte de Cabello",
        "preferred_date": "2026-03-12",
        "preferred_time": "15:00",
        "client_name": "$client_name",
        "client_email": "$client_email",
    },
}
HOURS = {"tool": "get_business_hours", "args": {}}
CANCEL = {"tool": "cancel_appointment", "args": {"booking_id": "PB-AAAAAA"}}
SALON = REGISTRY_OF_WORKSPACES.get("estudio-pulpo")
assert SALON is not None
VALID = Draft202012Validator(fill_names(SCHEMA, SALON))


def document(*actions: Any, missing: tuple[str, ...] = (), confirm: bool = False) -> dict[str, Any]:
    return {"actions": list(actions), "missing_slots": list(missing), "needs_confirmation": confirm}


@pytest.fixture
def stub() -> Iterator[ModelStub]:
    with model_server(lambda _: as_json(document(CHECK, BOOK))) as running:
        yield running


class Client:
    """Somebody who calls Plan."""

    def __init__(self, channel: aio.Channel) -> None:
        self._stub: Any = planner_pb2_grpc.PlannerServiceStub(channel)

    async def plan(
        self, request: pb.PlanRequest | None = None, track: str = "slm", timeout: float = 20
    ) -> pb.PlanResponse:
        response: pb.PlanResponse = await self._stub.Plan(
            request or booking(), timeout=timeout, metadata=((TRACK_KEY, track),) if track else ()
        )
        return response


def booking() -> pb.PlanRequest:
    slots = turn_pb2.Slots()
    slots.CopyFrom(COMPLETE)
    slots.client_phone = "+5491155551234"
    return pb.PlanRequest(context=context(), intent=turn_pb2.INTENT_BOOK, slots=slots)


@asynccontextmanager
async def planner(**settings: Any) -> AsyncIterator[Client]:
    servicer, close = make_servicer(REGISTRY_OF_WORKSPACES, PlannerSettings(_env_file=None, **settings))

    def add(server: aio.Server) -> None:
        planner_pb2_grpc.add_PlannerServiceServicer_to_server(servicer, server)

    server = GrpcServer([Registration(SERVICE_NAME, add)])
    port = await server.start("127.0.0.1", 0)
    try:
        async with aio.insecure_channel(f"127.0.0.1:{port}") as channel:
            yield Client(channel)
    finally:
        await server.stop(0, 0)
        for closing in close:
            await closing()


def slm(stub: ModelStub, timeout_ms: int = 10_000, **more: Any) -> dict[str, Any]:
    return {"slm_planner_url": stub.url, "slm_planner_model": "tiny", "slm_planner_timeout_ms": timeout_ms, **more}


def rung(name: str, reason: str) -> float:
    labels = {"stage": "plan", "rung": name, "reason": reason}
    return REGISTRY.get_sample_value("pulpo_planner_rungs_total", labels) or 0


def divergence(kind: str, decision: str) -> float:
    labels = {"rung": "slm", "kind": kind, "decision": decision}
    return REGISTRY.get_sample_value("pulpo_planner_divergences_total", labels) or 0


def without_source(plan: pb.PlanResponse) -> dict[str, Any]:
    plain: dict[str, Any] = MessageToDict(plan)
    return {key: value for key, value in plain.items() if key != "source"}


async def test_a_plan_that_agrees_with_the_rules_is_the_models(stub: ModelStub) -> None:
    before = divergence("none", "used")
    async with planner(**slm(stub)) as client:
        by_model, by_rules = await client.plan(), await client.plan(track="legacy")
    assert (by_model.source, by_rules.source) == (pb.SOURCE_SLM, pb.SOURCE_RULES)
    assert without_source(by_model) == without_source(by_rules)
    assert divergence("none", "used") == before + 1


async def test_no_data_of_the_customer_is_told_to_a_model(stub: ModelStub) -> None:
    async with planner(**slm(stub)) as client:
        await client.plan()
    told = json.dumps(stub.requests, ensure_ascii=False)
    assert "$client_name" in told
    assert not any(secret in told for secret in ("Ana Ruiz", "ana@test", "5555"))
    assert (stub.requests[0]["temperature"], stub.requests[0]["max_tokens"]) == (0.2, 512)


async def test_a_look_up_may_be_added(stub: ModelStub) -> None:
    stub.behave = lambda _: as_json(document(HOURS, CHECK, BOOK, missing=("staff_name", "staff_name")))
    before = divergence("read_added", "used"), divergence("missing_slots", "used")
    async with planner(**slm(stub)) as client:
        plan = await client.plan()
    assert [action.tool for action in plan.actions] == [HOURS["tool"], CHECK["tool"], BOOK["tool"]]
    assert MessageToDict(plan.actions[2].args)["client_phone"] == "+5491155551234"
    assert list(plan.missing_slots) == []
    assert (divergence("read_added", "used"), divergence("missing_slots", "used")) == (before[0] + 1, before[1] + 1)


def changed(action: dict[str, Any], **args: str) -> dict[str, Any]:
    return {**action, "args": {**action["args"], **args}}


REFUSED: dict[str, tuple[dict[str, Any], str]] = {
    "idle": (document(), "write"),
    "no booking": (document(CHECK), "write"),
    "another time": (document(CHECK, changed(BOOK, preferred_time="16:00")), "write"),
    "twice": (document(CHECK, BOOK, BOOK), "repeated"),
    "a cancellation too": (document(CHECK, BOOK, CANCEL, confirm=True), "write"),
    "a cancellation unasked": (document(CANCEL), "unconfirmed"),
    "booked unseen": (document(BOOK), "unchecked"),
    "booked before it is seen": (document(BOOK, CHECK), "unchecked"),
    "another day looked at": (document(changed(CHECK, date_str="2026-03-13"), BOOK), "read_left_out"),
    "a yes that nobody needs": (document(CHECK, BOOK, confirm=True), "confirmation"),
}


@pytest.mark.parametrize("name", REFUSED)
async def test_a_plan_that_the_referee_refuses_is_not_used(stub: ModelStub, name: str) -> None:
    answer, kind = REFUSED[name]
    stub.behave = lambda _: as_json(answer)
    before = divergence(kind, "refused"), rung("slm", "refused")
    async with planner(**slm(stub)) as client:
        assert await client.plan() == await client.plan(track="legacy")
    assert (divergence(kind, "refused"), rung("slm", "refused")) == (before[0] + 1, before[1] + 1)


UNUSABLE: dict[str, tuple[Answer, str]] = {
    "queue full": (BUSY, "busy"),
    "broken": (Answer(500), "status"),
    "garbage around": (Answer(200, b"\xff\xfe"), "bad_answer"),
    "garbage": (chat("\x00\x01{{"), "bad_json"),
    "a refusal": (chat(None, refusal="no"), "refused"),
    "an endless loop": (chat('{"actions": [' + '{"tool": "' * 50, finish="length"), "cut_off"),
    "a forbidden tool": (as_json(document({"tool": "drop_tables", "args": {}})), "forbidden_tool"),
    "an argument too many": (as_json(document(changed(CHECK, workspace_id="other"), BOOK)), "schema"),
    "a phone of its own": (as_json(document(CHECK, changed(BOOK, client_phone="+5491100000000"))), "schema"),
    "a name of its own": (as_json(document(CHECK, changed(BOOK, client_name="Eva"))), "schema"),
    "four actions": (as_json(document(HOURS, HOURS, HOURS, HOURS)), "schema"),
    "an infinite number": (chat('{"actions": [], "missing_slots": [1e999], "needs_confirmation": false}'), "bad_json"),
}


@pytest.mark.parametrize("name", UNUSABLE)
async def test_what_cannot_be_used_is_planned_by_rules_and_counted(stub: ModelStub, name: str) -> None:
    answer, reason = UNUSABLE[name]
    stub.behave = lambda _: answer
    before = rung("slm", reason), rung("rules", "ok")
    async with planner(**slm(stub)) as client:
        assert await client.plan() == await client.plan(track="legacy")
    assert (rung("slm", reason), rung("rules", "ok")) == (before[0] + 1, before[1] + 1)


async def test_a_name_that_is_not_known_cannot_be_put_in(stub: ModelStub) -> None:
    before = rung("slm", "arguments")
    request = booking()
    request.slots.ClearField("client_name")
    async with planner(**slm(stub)) as client:
        assert (await client.plan(request)).source == pb.SOURCE_RULES
    assert rung("slm", "arguments") == before + 1


async def test_nobody_listening_a_slow_model_and_a_caller_in_a_hurry(stub: ModelStub) -> None:
    nobody = ModelStub()
    async with planner(**slm(nobody)) as client:
        assert (await client.plan()).source == pb.SOURCE_RULES
    stub.behave = lambda _: HANG
    async with planner(**slm(stub, timeout_ms=300)) as client:
        assert (await client.plan()).source == pb.SOURCE_RULES
        assert await asyncio.to_thread(stub.aborted.wait, 20)
    stub.aborted.clear()
    async with planner(**slm(stub)) as client:
        assert (await client.plan(timeout=3)).source == pb.SOURCE_RULES
        assert await asyncio.to_thread(stub.aborted.wait, 20)


async def test_a_larger_model_is_asked_before_the_rules(stub: ModelStub) -> None:
    stub.behave = lambda body: chat("no") if body["model"] == "tiny" else as_json(document(CHECK, BOOK))
    before = rung("llm", "ok")
    async with planner(**slm(stub, slm_fallback_to_llm=True, slm_fallback_to_llm_model="large")) as client:
        assert (await client.plan()).source == pb.SOURCE_SLM
    assert rung("llm", "ok") == before + 1
    assert len(stub.clients) == 1


async def test_after_five_failures_a_server_is_left_alone(stub: ModelStub) -> None:
    stub.behave = lambda _: BUSY
    before = rung("slm", "breaker_open")
    async with planner(**slm(stub)) as client:
        for _ in range(12):
            assert (await client.plan()).source == pb.SOURCE_RULES
    held = rung("slm", "breaker_open") - before
    assert held >= 1
    assert len(stub.requests) + held == 12


@pytest.mark.parametrize("track", ["legacy", ""])
async def test_other_tracks_never_ask_a_model(stub: ModelStub, track: str) -> None:
    async with planner(**slm(stub)) as client:
        assert (await client.plan(track=track)).source == pb.SOURCE_RULES
    assert not stub.requests


async def test_without_a_url_the_slm_track_plans_as_the_legacy_one_does() -> None:
    async with planner() as client:
        assert await client.plan(track="slm") == await client.plan(track="legacy")
