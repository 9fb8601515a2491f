"""Turns through a real gateway: repeats, order, replicas, tracks, what is stored."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select, update

from gateway.store import Unanswered
from gateway.tables import conversations, inbox, turns
from pulpo.common.v1 import state_pb2, turn_pb2
from pulpo.extractor.v1 import extractor_pb2
from pulpo.nlg.v1 import nlg_pb2
from pulpo.planner.v1 import planner_pb2
from runtime.database import Database, sqlite_url
from tests.contract.gateway_fakes import NOW, Mesh, action, message, new_sid, reply_of, running, yes


@pytest.fixture
async def mesh(tmp_path: Path) -> AsyncIterator[Mesh]:
    async with running(tmp_path) as started:
        yield started


async def rows(folder: Path, table: Any) -> list[Any]:
    """All rows of a table of the gateway's."""
    database = Database(sqlite_url(folder, "gateway"))
    try:
        async with database.read() as connection:
            return list((await connection.execute(select(table))).all())
    finally:
        await database.close()


async def change(folder: Path, statement: Any) -> None:
    """Changes the gateway's tables behind its back."""
    database = Database(sqlite_url(folder, "gateway"))
    try:
        async with database.write() as connection:
            await connection.execute(statement)
    finally:
        await database.close()


async def test_a_message_gets_its_reply(mesh: Mesh, tmp_path: Path) -> None:
    assert await mesh.say("hola") == "reply 1"
    context = mesh.fakes.extracted[0].context
    assert context.workspace_id == "estudio-pulpo"
    assert context.locale == "es-AR"
    assert context.received_at.ToDatetime() == NOW.replace(tzinfo=None)
    assert [row.outcome for row in await rows(tmp_path, turns)] == ["ok"]
    stored = (await rows(tmp_path, inbox))[0]
    assert (stored.status, stored.turn_id) == ("answered", context.turn_id)


async def test_the_same_message_a_hundred_times_at_once_is_one_turn(mesh: Mesh) -> None:
    sid = new_sid()
    replies = await asyncio.gather(*(mesh.say("hola", sid=sid) for _ in range(100)))
    assert set(replies) == {"reply 1"}
    assert len(mesh.fakes.extracted) == 1
    assert await mesh.say("hola", sid=sid) == "reply 1"
    assert len(mesh.fakes.composed) == 1


async def test_the_same_message_at_two_replicas_is_one_turn(tmp_path: Path) -> None:
    async with running(tmp_path, gateways=2) as mesh:
        sid = new_sid()
        replies = await asyncio.gather(*(mesh.say("hola", sid=sid, index=number % 2) for number in range(20)))
        assert set(replies) == {"reply 1"}
        assert len(mesh.fakes.extracted) == 1


async def test_a_message_id_with_another_text_or_sender_changes_nothing(mesh: Mesh, tmp_path: Path) -> None:
    sid = new_sid()
    assert await mesh.say("hola", sid=sid) == "reply 1"
    before = await rows(tmp_path, inbox)
    assert await mesh.say("cancelá todo", sid=sid) == "reply 1"
    other = await mesh.post(message("hola", "+5491100000000", sid))
    assert (other.status_code, "reply 1" in other.text) == (400, False)
    assert await rows(tmp_path, inbox) == before
    assert len(await rows(tmp_path, conversations)) == 1
    assert len(mesh.fakes.extracted) == 1


class Gate:
    """Holds the first Extract until it is opened."""

    def __init__(self, mesh: Mesh, held: str) -> None:
        self.opened = asyncio.Event()
        self.reached = asyncio.Event()
        self._held = held
        self._inner = mesh.fakes.extract
        mesh.fakes.extract = self  # type: ignore[method-assign]

    async def __call__(self, request: extractor_pb2.ExtractRequest) -> extractor_pb2.ExtractResponse:
        if request.text == self._held:
            self.reached.set()
            await self.opened.wait()
        return await self._inner(request)


async def arrived(folder: Path, count: int) -> None:
    """Returns once so many messages are in the inbox."""
    async with asyncio.timeout(20):
        while len(await rows(folder, inbox)) < count:  # noqa: ASYNC110 - another process could write them
            await asyncio.sleep(0)


@pytest.mark.parametrize("replicas", [1, 2])
async def test_messages_of_a_conversation_run_one_at_a_time_as_they_came(tmp_path: Path, replicas: int) -> None:
    async with running(tmp_path, gateways=replicas, extract_s=9) as mesh:
        gate = Gate(mesh, "uno")
        sent = []
        for number, text in enumerate(["uno", "dos", "tres"], 1):
            sent.append(asyncio.create_task(mesh.say(text, index=number % replicas)))
            await arrived(tmp_path, number)
        await gate.reached.wait()
        assert [request.text for request in mesh.fakes.extracted] == ["uno"]
        gate.opened.set()
        assert await asyncio.gather(*sent) == ["reply 1", "reply 2", "reply 3"]
        assert [request.text for request in mesh.fakes.extracted] == ["uno", "dos", "tres"]


async def test_different_conversations_run_side_by_side(mesh: Mesh) -> None:
    gate = Gate(mesh, "espera")
    held = asyncio.create_task(mesh.say("espera", customer="+5491100000001"))
    await gate.reached.wait()
    assert await mesh.say("hola", customer="+5491100000002") == "reply 1"
    gate.opened.set()
    assert await held == "reply 2"


async def test_a_customer_who_goes_away_does_not_stop_the_turn(mesh: Mesh) -> None:
    gate, sid = Gate(mesh, "hola"), new_sid()
    first = asyncio.create_task(mesh.say("hola", sid=sid))
    await gate.reached.wait()
    first.cancel()
    again = asyncio.create_task(mesh.say("hola", sid=sid))
    gate.opened.set()
    assert await again == "reply 1"
    assert len(mesh.fakes.extracted) == 1


async def test_a_message_whose_process_died_is_taken_over(tmp_path: Path) -> None:
    async with running(tmp_path) as mesh:
        sid = new_sid()
        await mesh.say("hola", sid=sid)
        died = {"status": "running", "reply": None, "owner": "dead", "lease_until": 0.0}
        await change(tmp_path, update(inbox).values(**died))
        await change(tmp_path, update(conversations).values(lease_owner="dead:1", lease_until=0.0))
        turn_id = mesh.fakes.extracted[0].context.turn_id
        assert await mesh.gateway.store.unanswered() == [Unanswered("estudio-pulpo", sid, turn_id, 1)]
        assert await mesh.say("otra cosa", sid=sid) == "reply 2"
        assert [(request.text, request.context.turn_id) for request in mesh.fakes.extracted] == [("hola", turn_id)] * 2
        assert await mesh.gateway.store.unanswered() == []


async def test_a_slow_turn_is_not_taken_over(tmp_path: Path) -> None:
    async with running(tmp_path, gateways=2, extract_s=9, lease_s=1) as mesh:
        gate, sid = Gate(mesh, "hola"), new_sid()
        first = asyncio.create_task(mesh.say("hola", sid=sid))
        await gate.reached.wait()
        second = asyncio.create_task(mesh.say("hola", sid=sid, index=1))
        began = (await rows(tmp_path, inbox))[0].lease_until
        async with asyncio.timeout(20):
            while (await rows(tmp_path, inbox))[0].lease_until < began + 1.5:  # noqa: ASYNC110 - the other's doing
                await asyncio.sleep(0.01)
        gate.opened.set()
        assert {await first, await second} == {"reply 1"}
        assert len(mesh.fakes.extracted) == 1


async def test_a_dead_message_does_not_hold_up_the_next(tmp_path: Path) -> None:
    async with running(tmp_path) as mesh:
        await mesh.say("hola")
        died = {"status": "running", "reply": None, "owner": "dead", "lease_until": 0.0}
        await change(tmp_path, update(inbox).values(**died))
        assert await mesh.say("hola?") == "reply 2"


async def test_what_was_heard_is_remembered(mesh: Mesh) -> None:
    async def extract(request: extractor_pb2.ExtractRequest) -> extractor_pb2.ExtractResponse:
        name, value = request.text.split("=")
        return extractor_pb2.ExtractResponse(
            intent=turn_pb2.INTENT_BOOK, slots=turn_pb2.Slots(**{name: value}), confidence=0.9
        )

    async def plan(request: planner_pb2.PlanRequest) -> planner_pb2.PlanResponse:
        return planner_pb2.PlanResponse(missing_slots=["preferred_time", "client_name"])

    async def compose(request: nlg_pb2.ComposeRequest) -> nlg_pb2.ComposeResponse:
        offers = [state_pb2.Offer(date="2026-03-12", time="10:00")]
        return nlg_pb2.ComposeResponse(message="¿A las 10?", offers=offers, next_state=state_pb2.STAGE_DISPONIBILIDAD)

    mesh.fakes.extract, mesh.fakes.plan, mesh.fakes.compose = extract, plan, compose  # type: ignore[method-assign]
    await mesh.say("service_type=Barba")
    await mesh.say("preferred_date=2026-03-12")
    second, state = mesh.fakes.planned[-1].slots, mesh.fakes.planned[-1].state
    assert (second.service_type, second.preferred_date) == ("Barba", "2026-03-12")
    assert (state.active_intent, state.asked_slot) == (turn_pb2.INTENT_BOOK, "preferred_time")
    assert [(offer.date, offer.time) for offer in state.offers] == [("2026-03-12", "10:00")]
    assert state.stage == state_pb2.STAGE_DISPONIBILIDAD
    assert mesh.fakes.composed[-1].state.asked_slot == "preferred_time"
    assert mesh.fakes.extracted[-1].known_slots.service_type == "Barba"


def cancelling(mesh: Mesh) -> None:
    """Makes the fakes cancel: "cancelá" asks for it, "sí" and "no" answer."""
    polarity = {"sí": turn_pb2.POLARITY_AFFIRM, "no": turn_pb2.POLARITY_DENY}

    async def extract(request: extractor_pb2.ExtractRequest) -> extractor_pb2.ExtractResponse:
        return extractor_pb2.ExtractResponse(
            intent=turn_pb2.INTENT_CANCEL, polarity=polarity.get(request.text, turn_pb2.POLARITY_UNSPECIFIED)
        )

    async def plan(request: planner_pb2.PlanRequest) -> planner_pb2.PlanResponse:
        if request.intent != turn_pb2.INTENT_CANCEL or any("cancel" in seen.tool for seen in request.observations):
            return planner_pb2.PlanResponse()
        if not request.observations and not request.confirmed:
            return planner_pb2.PlanResponse(actions=[action("find_appointment_by_phone")])
        write = action("cancel_appointment", booking_id="PB-AAAAAA")
        return planner_pb2.PlanResponse(actions=[write], needs_confirmation=not request.confirmed)

    mesh.fakes.extract, mesh.fakes.plan = extract, plan  # type: ignore[method-assign]


def ran(mesh: Mesh) -> list[tuple[list[str], bool]]:
    """The tools of each Execute and whether the customer had confirmed them."""
    return [([each.tool for each in request.actions], request.confirmed) for request in mesh.fakes.executed]


async def test_a_write_runs_only_after_a_yes(mesh: Mesh) -> None:
    cancelling(mesh)
    await mesh.say("cancelá")
    assert ran(mesh) == [(["find_appointment_by_phone"], False)]
    asked = mesh.fakes.composed[-1]
    assert asked.needs_confirmation
    assert [each.tool for each in asked.state.pending] == ["cancel_appointment"]
    await mesh.say("sí")
    assert ran(mesh)[1:] == [(["cancel_appointment"], True)]
    assert mesh.fakes.composed[-1].observations[0].output["ok"]
    customer = mesh.fakes.executed[0].customer
    assert (customer.address, customer.phone) == ("whatsapp:+5491155551234", "+5491155551234")


async def test_a_no_runs_nothing(mesh: Mesh) -> None:
    cancelling(mesh)
    await mesh.say("cancelá")
    await mesh.say("no")
    await mesh.say("sí")
    assert all("cancel_appointment" not in tools for tools, _ in ran(mesh))
    assert mesh.fakes.composed[1].topic == turn_pb2.TOPIC_ABANDON


async def test_a_planner_that_forgets_to_ask_is_made_to(mesh: Mesh) -> None:
    async def plan(request: planner_pb2.PlanRequest) -> planner_pb2.PlanResponse:
        return planner_pb2.PlanResponse(actions=[action("cancel_appointment", booking_id="PB-AAAAAA")])

    cancelling(mesh)
    mesh.fakes.plan = plan  # type: ignore[method-assign]
    await mesh.say("cancelá")
    assert mesh.fakes.executed == []
    assert mesh.fakes.composed[-1].needs_confirmation


async def test_there_are_three_rounds_at_most_and_no_action_runs_twice(mesh: Mesh) -> None:
    async def plan(request: planner_pb2.PlanRequest) -> planner_pb2.PlanResponse:
        again = action("get_business_hours")
        return planner_pb2.PlanResponse(
            actions=[again, action("get_available_services", q=str(len(request.observations)))]
        )

    mesh.fakes.plan = plan  # type: ignore[method-assign]
    await mesh.say("hola")
    assert len(mesh.fakes.planned) == 3
    assert [len(request.actions) for request in mesh.fakes.executed] == [2, 1, 1]
    assert len(mesh.fakes.composed[-1].observations) == 4


async def test_a_long_silence_forgets_an_open_question(tmp_path: Path) -> None:
    async with running(tmp_path, idle_h=1) as mesh:
        cancelling(mesh)
        await mesh.say("cancelá")
        early = (NOW - timedelta(hours=2)).timestamp()
        await change(tmp_path, update(conversations).values(changed_at=early))
        await mesh.say("sí")
        assert all("cancel_appointment" not in tools for tools, _ in ran(mesh))


async def test_a_voice_note_is_not_read_and_not_planned(mesh: Mesh) -> None:
    response = await mesh.post(message("", NumMedia="1", MediaUrl0="https://m.test/1"))
    assert reply_of(response) == "reply 1"
    assert mesh.fakes.composed[0].topic == turn_pb2.TOPIC_MEDIA
    assert (mesh.fakes.extracted, mesh.fakes.planned) == ([], [])


async def test_a_picture_with_text_is_read(mesh: Mesh) -> None:
    await mesh.post(message("quiero turno", NumMedia="1"))
    assert [request.text for request in mesh.fakes.extracted] == ["quiero turno"]


async def test_a_message_that_says_nothing_is_a_miss(mesh: Mesh) -> None:
    await mesh.say("")
    await mesh.say("  ")
    assert mesh.fakes.composed[-1].state.misses == 2
    assert mesh.fakes.composed[-1].topic == turn_pb2.TOPIC_UNSPECIFIED


async def test_the_language_of_the_reply_follows_the_customer(mesh: Mesh) -> None:
    async def extract(request: extractor_pb2.ExtractRequest) -> extractor_pb2.ExtractResponse:
        language = {"olá": "pt"}.get(request.text, "")
        return extractor_pb2.ExtractResponse(intent=turn_pb2.INTENT_GREETING, language=language)

    mesh.fakes.extract = extract  # type: ignore[method-assign]
    await mesh.say("olá")
    await mesh.say("123")
    assert [request.context.locale for request in mesh.fakes.composed] == ["pt-BR", "pt-BR"]


async def test_two_close_readings_are_asked_about_and_not_planned(mesh: Mesh) -> None:
    async def extract(request: extractor_pb2.ExtractRequest) -> extractor_pb2.ExtractResponse:
        other = extractor_pb2.IntentScore(intent=turn_pb2.INTENT_RESCHEDULE, confidence=0.4)
        return extractor_pb2.ExtractResponse(intent=turn_pb2.INTENT_BOOK, confidence=0.45, alternatives=[other])

    mesh.fakes.extract = extract  # type: ignore[method-assign]
    await mesh.say("turno mañana")
    assert list(mesh.fakes.composed[0].choices) == [turn_pb2.INTENT_BOOK, turn_pb2.INTENT_RESCHEDULE]
    assert mesh.fakes.planned == []


@pytest.mark.parametrize(
    ("settings", "track"),
    [
        ({}, "legacy"),
        ({"enable_slm_pipeline": "true"}, "slm"),
        ({"enable_slm_pipeline": "false", "slm_canary_percent": "100"}, "legacy"),
        ({"enable_slm_pipeline": "true", "slm_canary_percent": "100"}, "slm"),
    ],
)
async def test_the_track_travels_on_every_call(tmp_path: Path, settings: dict[str, Any], track: str) -> None:
    async with running(tmp_path, **settings) as mesh:
        cancelling(mesh)
        unasked = {"X-Pulpo-Track": "slm" if track == "legacy" else "legacy"}
        response = await mesh.post(message("cancelá"), headers=unasked)
        assert response.status_code == 200
        assert mesh.fakes.tracks == {track}
        assert [row.track for row in await rows(tmp_path, turns)] == [track]


async def test_the_track_file_switches_without_a_restart(tmp_path: Path) -> None:
    file = tmp_path / "track"
    file.write_text("ENABLE_SLM_PIPELINE=true")
    async with running(tmp_path, track_file=str(file)) as mesh:
        await mesh.say("hola")
        assert mesh.fakes.tracks == {"slm"}


async def test_a_successful_booking_leaves_nothing_but_its_id(mesh: Mesh) -> None:
    async def extract(request: extractor_pb2.ExtractRequest) -> extractor_pb2.ExtractResponse:
        return extractor_pb2.ExtractResponse(
            intent=turn_pb2.INTENT_BOOK, slots=turn_pb2.Slots(service_type="Barba"), confidence=0.9
        )

    async def plan(request: planner_pb2.PlanRequest) -> planner_pb2.PlanResponse:
        done = any(seen.tool == "book_appointment" for seen in request.observations)
        return planner_pb2.PlanResponse(actions=[] if done else [action("book_appointment", service_type="Barba")])

    async def execute(request: Any) -> Any:
        from pulpo.broker.v1 import broker_pb2

        return broker_pb2.ExecuteResponse(
            observations=[yes(each, {"booking_id": "PB-NEWNEW"}) for each in request.actions]
        )

    mesh.fakes.extract, mesh.fakes.plan, mesh.fakes.execute = extract, plan, execute  # type: ignore[method-assign]
    await mesh.say("barba")
    state = mesh.fakes.composed[0].state
    assert state.last_booking_id == "PB-NEWNEW"
    assert not state.slots.ListFields()
    assert state.active_intent == turn_pb2.INTENT_UNSPECIFIED
