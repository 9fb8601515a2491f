"""What turns make of a conversation: what is remembered, asked, confirmed and said in which language."""

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import update

from gateway.storage.tables import conversations, turns
from pulpo.broker.v1 import broker_pb2
from pulpo.common.v1 import state_pb2, turn_pb2
from pulpo.extractor.v1 import extractor_pb2
from pulpo.nlg.v1 import nlg_pb2
from pulpo.planner.v1 import planner_pb2
from tests.contract.gateway.fakes import NOW, WORKSPACES, Mesh, action, message, reply_of, running, yes
from tests.contract.gateway.test_turns import change, rows
from tests.first_form import first_form
from workspace.loader import load_registry
from workspace.parts.rules import Booking
from workspace.registry import Registry


@pytest.fixture
async def mesh(tmp_path: Path) -> AsyncIterator[Mesh]:
    async with running(tmp_path) as started:
        yield started


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


async def test_one_request_is_about_as_many_services_as_the_manifest_allows(tmp_path: Path) -> None:
    known = first_form(load_registry(WORKSPACES))
    limited = Registry(each.model_copy(update={"booking": Booking(max_group_size=2)}) for each in known)

    async def extract(request: extractor_pb2.ExtractRequest) -> extractor_pb2.ExtractResponse:
        slots = turn_pb2.Slots(service_type="Corte de Cabello")
        more = ["Barba", "Brushing", "Manicura"]
        return extractor_pb2.ExtractResponse(intent=turn_pb2.INTENT_BOOK, slots=slots, more_services=more)

    async def plan(request: planner_pb2.PlanRequest) -> planner_pb2.PlanResponse:
        return planner_pb2.PlanResponse(missing_slots=["preferred_date"])

    waiting = []
    for folder, registry in ((tmp_path / "two", limited), (tmp_path / "usual", known)):
        async with running(folder, registry=registry) as mesh:
            mesh.fakes.extract, mesh.fakes.plan = extract, plan  # type: ignore[method-assign]
            await mesh.say("corte, barba, brushing y manicura")
            waiting.append(list(mesh.fakes.composed[-1].state.next_services))
    assert waiting == [["Barba"], ["Barba", "Brushing", "Manicura"]]


async def test_the_bookings_of_one_request_say_which_was_the_first(mesh: Mesh) -> None:
    async def extract(request: extractor_pb2.ExtractRequest) -> extractor_pb2.ExtractResponse:
        more = ["Brushing", "Manicura"] if request.text == "barba, brushing y manicura" else []
        slots = turn_pb2.Slots(service_type="Barba" if more else None)
        return extractor_pb2.ExtractResponse(intent=turn_pb2.INTENT_BOOK, slots=slots, more_services=more)

    async def plan(request: planner_pb2.PlanRequest) -> planner_pb2.PlanResponse:
        name = request.slots.service_type
        return planner_pb2.PlanResponse(
            actions=[] if request.observations else [action("book_appointment", service_type=name)]
        )

    groups: list[str] = []

    async def execute(request: broker_pb2.ExecuteRequest) -> broker_pb2.ExecuteResponse:
        groups.append(request.group_id)
        told = {"booking_id": f"PB-{request.slots.service_type}"}
        return broker_pb2.ExecuteResponse(observations=[yes(each, told) for each in request.actions])

    mesh.fakes.extract, mesh.fakes.plan, mesh.fakes.execute = extract, plan, execute  # type: ignore[method-assign]
    for text in ("barba, brushing y manicura", "a las 11", "a las 12"):
        await mesh.say(text)
    assert groups == ["", "PB-Barba", "PB-Barba"]


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
    assert (customer.address, customer.phone) == ("whatsapp:+5491155551234", ""), "the broker derives the phone"


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


async def test_there_are_four_rounds_at_most_and_no_action_runs_twice(mesh: Mesh) -> None:
    async def plan(request: planner_pb2.PlanRequest) -> planner_pb2.PlanResponse:
        again = action("get_business_hours")
        return planner_pb2.PlanResponse(
            actions=[again, action("get_available_services", q=str(len(request.observations)))]
        )

    mesh.fakes.plan = plan  # type: ignore[method-assign]
    await mesh.say("hola")
    assert len(mesh.fakes.planned) == 4
    assert [len(request.actions) for request in mesh.fakes.executed] == [2, 1, 1, 1]
    assert len(mesh.fakes.composed[-1].observations) == 5


async def test_a_message_that_is_too_much_to_read_changes_nothing_and_confirms_nothing(mesh: Mesh) -> None:
    cancelling(mesh)
    understood = mesh.fakes.extract

    async def extract(request: extractor_pb2.ExtractRequest) -> extractor_pb2.ExtractResponse:
        if request.text.startswith("t1t1"):  # what else it says must not count, whatever the extractor fills in
            yes_to_all = extractor_pb2.ExtractResponse(over_budget=True, polarity=turn_pb2.POLARITY_AFFIRM)
            yes_to_all.slots.booking_id = "PB-ZZZZZZ"
            return yes_to_all
        return await understood(request)

    mesh.fakes.extract = extract  # type: ignore[method-assign]
    await mesh.say("cancelá")
    asked, planned, said = len(mesh.fakes.executed), len(mesh.fakes.planned), len(mesh.fakes.composed)
    assert await mesh.say("t1" * 2048) == "Es un mensaje largo, ¿me lo decís más corto?"
    assert (len(mesh.fakes.executed), len(mesh.fakes.planned), len(mesh.fakes.composed)) == (asked, planned, said)
    await mesh.say("sí")  # the question that this would answer was not the last one
    assert not any(confirmed for _, confirmed in ran(mesh))
    after = mesh.fakes.extracted[-1]
    assert after.active_intent == turn_pb2.INTENT_CANCEL
    assert not after.known_slots.booking_id
    assert mesh.fakes.composed[-1].needs_confirmation
    await mesh.say("sí")
    assert ran(mesh)[-1] == (["cancel_appointment"], True)


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
        return broker_pb2.ExecuteResponse(
            observations=[yes(each, {"booking_id": "PB-NEWNEW"}) for each in request.actions]
        )

    mesh.fakes.extract, mesh.fakes.plan, mesh.fakes.execute = extract, plan, execute  # type: ignore[method-assign]
    await mesh.say("barba")
    state = mesh.fakes.composed[0].state
    assert state.last_booking_id == "PB-NEWNEW"
    assert not state.slots.ListFields()
    assert state.active_intent == turn_pb2.INTENT_UNSPECIFIED
