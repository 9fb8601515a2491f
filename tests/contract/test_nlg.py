"""NlgService over a real server on port 0, through its stub."""

import asyncio
import math
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import grpc
import pytest
from google.protobuf.struct_pb2 import Struct
from google.protobuf.timestamp_pb2 import Timestamp
from grpc import aio
from prometheus_client import REGISTRY

from nlg.__main__ import serve
from nlg.servicer import SERVICE_NAME, NlgServicer
from nlg.settings import NlgSettings
from nlg.turn import ComposedReply, ReplyTurn, Tone
from nlg.writing.phrases import Phrases, load_phrases
from pulpo.common.v1 import action_pb2, reading_pb2, state_pb2, task_pb2, turn_pb2
from pulpo.nlg.v1 import nlg_pb2 as pb
from pulpo.nlg.v1 import nlg_pb2_grpc
from runtime.errors import PulpoError
from runtime.rpc.interceptors import reason_of
from runtime.rpc.server import GrpcServer, Registration
from turn.vocabulary import Stage
from workspace.loader import load_registry
from workspace.model import Workspace

WORKSPACES = load_registry(Path(__file__).resolve().parents[2] / "k8s" / "base" / "workspaces")
PHRASES = load_phrases()
RECEIVED = datetime(2026, 3, 11, 13, 0, tzinfo=UTC)
Composer = Callable[[ReplyTurn, Workspace, Phrases], ComposedReply]


def context(**changes: str) -> turn_pb2.TurnContext:
    at = Timestamp()
    at.FromDatetime(RECEIVED)
    values = {"workspace_id": "estudio-pulpo", "conversation_id": "c1", "turn_id": "t1", **changes}
    return turn_pb2.TurnContext(**values, received_at=at)


def struct(**values: Any) -> Struct:
    made = Struct()
    made.update(values)
    return made


@asynccontextmanager
async def nlg(composer: Composer | None = None) -> AsyncIterator["nlg_pb2_grpc.NlgServiceAsyncStub"]:
    servicer = NlgServicer(WORKSPACES, PHRASES, composer) if composer else NlgServicer(WORKSPACES, PHRASES)

    def add(server: aio.Server) -> None:
        nlg_pb2_grpc.add_NlgServiceServicer_to_server(servicer, server)

    server = GrpcServer([Registration(SERVICE_NAME, add)])
    port = await server.start("127.0.0.1", 0)
    try:
        async with aio.insecure_channel(f"127.0.0.1:{port}") as channel:
            yield nlg_pb2_grpc.NlgServiceStub(channel)
    finally:
        await server.stop(0, 0)


async def refusal(sent: pb.ComposeRequest, composer: Composer | None = None) -> aio.AioRpcError:
    async with nlg(composer) as stub:
        with pytest.raises(aio.AioRpcError) as caught:
            await stub.Compose(sent, timeout=60)
        return caught.value


async def test_a_booking_is_told() -> None:
    booked = action_pb2.Observation(
        tool="book_appointment",
        status=action_pb2.OBSERVATION_STATUS_OK,
        output=struct(
            ok=True,
            booking_id="PB-AAAAAA",
            service_type="Barba",
            date="2026-03-12",
            time="15:00",
            staff_name="Carlos",
            client_name="Ana",
        ),
    )
    async with nlg() as stub:
        response = await stub.Compose(
            pb.ComposeRequest(context=context(), intent=turn_pb2.INTENT_BOOK, observations=[booked]), timeout=5
        )
    for part in ("reservado", "Barba", "jueves 12/03", "15:00", "Carlos", "PB-AAAAAA"):
        assert part in response.message
    assert response.next_state == state_pb2.STAGE_RESERVA_HECHA
    assert response.tone == pb.TONE_FRIENDLY
    assert not response.requires_human


async def test_free_times_come_back_as_offers() -> None:
    checked = action_pb2.Observation(
        tool="check_service_availability",
        status=action_pb2.OBSERVATION_STATUS_OK,
        output=struct(ok=True, date="2026-03-12", times=["09:00", "16:00", "19:00"]),
    )
    slots = turn_pb2.Slots(service_type="Barba", preferred_date="2026-03-12")
    state = state_pb2.ConversationState(
        active_intent=turn_pb2.INTENT_BOOK, slots=slots, part_of_day=turn_pb2.PART_OF_DAY_AFTERNOON
    )
    request = pb.ComposeRequest(
        context=context(),
        intent=turn_pb2.INTENT_BOOK,
        missing_slots=["preferred_time"],
        observations=[checked],
        state=state,
    )
    async with nlg() as stub:
        response = await stub.Compose(request, timeout=60)
    assert [(offer.date, offer.time) for offer in response.offers] == [("2026-03-12", "16:00"), ("2026-03-12", "19:00")]
    assert list(response.quick_replies) == ["16:00", "19:00"]
    assert response.next_state == state_pb2.STAGE_DISPONIBILIDAD


async def test_a_write_waits_for_its_yes() -> None:
    found = action_pb2.Observation(
        tool="find_appointment_by_phone",
        status=action_pb2.OBSERVATION_STATUS_OK,
        output=struct(
            ok=True,
            appointments=[{"booking_id": "PB-AAAAAA", "service_type": "Barba", "date": "2026-03-12", "time": "15:00"}],
        ),
    )
    request = pb.ComposeRequest(
        context=context(),
        intent=turn_pb2.INTENT_CANCEL,
        actions=[action_pb2.Action(tool="cancel_appointment", args=struct(booking_id="PB-AAAAAA"))],
        needs_confirmation=True,
        observations=[found],
    )
    async with nlg() as stub:
        response = await stub.Compose(request, timeout=60)
    assert response.message == "Voy a cancelar tu turno de Barba del jueves 12/03 a las 15:00. ¿Confirmás?"
    assert list(response.quick_replies) == ["Sí", "No"]


async def test_topic_choices_said_misses_and_refusals_are_read() -> None:
    limited = action_pb2.Observation(
        tool="book_appointment",
        status=action_pb2.OBSERVATION_STATUS_REFUSED,
        decision=action_pb2.Decision(outcome=action_pb2.OUTCOME_DENY, why="RATE_LIMITED"),
    )
    base = context()
    cases = {
        "solo leo texto": pb.ComposeRequest(context=base, intent=turn_pb2.INTENT_OTHER, topic=turn_pb2.TOPIC_MEDIA),
        "reservar un turno o cambiar un turno": pb.ComposeRequest(
            context=base, choices=[turn_pb2.INTENT_BOOK, turn_pb2.INTENT_RESCHEDULE]
        ),
        "El domingo 15/03 estamos cerrados": pb.ComposeRequest(
            context=base, intent=turn_pb2.INTENT_INFO_HOURS, said=turn_pb2.Slots(preferred_date="2026-03-15")
        ),
        "sigo sin entenderte": pb.ComposeRequest(context=base, state=state_pb2.ConversationState(misses=2)),
        "Esperame un momento": pb.ComposeRequest(context=base, intent=turn_pb2.INTENT_BOOK, observations=[limited]),
    }
    async with nlg() as stub:
        for words, request in cases.items():
            assert words in (await stub.Compose(request, timeout=60)).message


@pytest.mark.parametrize(
    ("workspace", "locale", "word"),
    [
        ("estudio-pulpo", "", "¡Hola!"),
        ("veterinaria-cordillera", "", "¡Hola!"),
        ("estudio-pulpo", "es-CL", "¡Hola!"),
        ("estudio-pulpo", "pt-BR", "Olá!"),
        ("estudio-pulpo", "en", "Hi!"),
        ("estudio-pulpo", "fr-FR", "¡Hola!"),
    ],
)
async def test_the_locale_chooses_the_language(workspace: str, locale: str, word: str) -> None:
    request = pb.ComposeRequest(context=context(workspace_id=workspace, locale=locale), intent=turn_pb2.INTENT_GREETING)
    async with nlg() as stub:
        assert word in (await stub.Compose(request, timeout=60)).message


@pytest.mark.parametrize("field", ["workspace_id", "conversation_id", "turn_id", "received_at"])
async def test_an_incomplete_context_is_refused_and_named(field: str) -> None:
    sent = pb.ComposeRequest(context=context(), intent=turn_pb2.INTENT_GREETING)
    sent.context.ClearField(field)  # type: ignore[arg-type]
    error = await refusal(sent)
    assert (error.code(), reason_of(error)) == (grpc.StatusCode.INVALID_ARGUMENT, "CONTEXT_INCOMPLETE")
    assert f"context.{field}" in (error.details() or "")


@pytest.mark.parametrize("seconds", [10**15, -62135596800, 253402300799])
async def test_a_time_out_of_range_is_refused(seconds: int) -> None:
    sent = pb.ComposeRequest(context=context(), intent=turn_pb2.INTENT_BOOK, missing_slots=["preferred_date"])
    sent.state.slots.preferred_date = "2026-03-12"
    sent.context.received_at.seconds = seconds
    error = await refusal(sent)
    assert (error.code(), reason_of(error)) == (grpc.StatusCode.INVALID_ARGUMENT, "RECEIVED_AT_INVALID")


@pytest.mark.parametrize("number", [math.nan, math.inf, -math.inf])
async def test_a_number_that_json_cannot_say_is_refused(number: float) -> None:
    sent = pb.ComposeRequest(context=context(), intent=turn_pb2.INTENT_INFO_PRICES)
    sent.observations.add(tool="get_available_services", status=action_pb2.OBSERVATION_STATUS_OK)
    sent.observations[0].output.fields["price_min"].number_value = number
    error = await refusal(sent)
    assert (error.code(), reason_of(error)) == (grpc.StatusCode.INVALID_ARGUMENT, "NUMBER_NOT_FINITE")


async def test_an_unknown_workspace_is_not_found() -> None:
    error = await refusal(pb.ComposeRequest(context=context(workspace_id="nobody")))
    assert (error.code(), reason_of(error)) == (grpc.StatusCode.NOT_FOUND, "UNKNOWN_WORKSPACE")


async def test_a_reply_that_breaks_the_form_is_counted_and_never_returned() -> None:
    name = "pulpo_nlg_invalid_replies_total"
    before = REGISTRY.get_sample_value(name, {"intent": "greeting"}) or 0
    sent = pb.ComposeRequest(context=context(), intent=turn_pb2.INTENT_GREETING)
    error = await refusal(sent, lambda turn, workspace, phrases: ComposedReply("x" * 200, Tone.FRIENDLY, Stage.INICIO))
    assert error.code() is grpc.StatusCode.INTERNAL
    assert "xxx" not in (error.details() or "")
    assert REGISTRY.get_sample_value(name, {"intent": "greeting"}) == before + 1


async def test_replies_and_handovers_are_counted() -> None:
    replies = {"intent": "other", "next_state": "DONE", "locale": "es-AR"}
    before = [
        REGISTRY.get_sample_value("pulpo_nlg_replies_total", replies) or 0,
        REGISTRY.get_sample_value("pulpo_nlg_handovers_total", {"intent": "other"}) or 0,
    ]
    async with nlg() as stub:
        reply = await stub.Compose(pb.ComposeRequest(context=context(), topic=turn_pb2.TOPIC_HUMAN), timeout=60)
        assert (reply.requires_human, reply.handover_reason) == (True, "asked")
    after = [
        REGISTRY.get_sample_value("pulpo_nlg_replies_total", replies),
        REGISTRY.get_sample_value("pulpo_nlg_handovers_total", {"intent": "other"}),
    ]
    assert after == [count + 1 for count in before]


async def test_start_up_ends_on_a_manifest_that_cannot_be_read(tmp_path: Path) -> None:
    (tmp_path / "broken.yaml").write_text("id: x\n", encoding="utf-8")
    settings = NlgSettings(workspaces_dir=tmp_path, nlg_port=0)
    with pytest.raises(PulpoError, match=r"BAD_MANIFEST.*broken\.yaml"):
        await asyncio.wait_for(serve(settings), timeout=60)


def appointment(letter: str, day: int) -> dict[str, Any]:
    """A booked appointment as the agenda tells it."""
    return {
        "booking_id": f"PB-{letter * 6}",
        "service_type": "Tratamiento Capilar",
        "date": f"2026-03-{day}",
        "time": "15:00",
        "staff_name": "Sofía",
        "client_name": "Ana Paz",
        "price_min": 7000.0,
        "price_max": 9000.0,
    }


async def test_a_turn_of_the_second_form_gets_a_reply_of_it_and_a_list_may_be_longer() -> None:
    booked = action_pb2.Observation(
        tool="book_appointments",
        status=action_pb2.OBSERVATION_STATUS_OK,
        output=struct(ok=True, already=False, appointments=[appointment("ABCDE"[n], 12 + n) for n in range(5)]),
    )
    request = pb.ComposeRequest(
        context=context(),
        intent=turn_pb2.INTENT_BOOK,
        observations=[booked],
        reading=reading_pb2.Reading(),
        notes=["late"],
    )
    async with nlg() as stub:
        response = await stub.Compose(request, timeout=5)
    assert all(f"PB-{letter * 6}" in response.message for letter in "ABCDE")
    assert "$35.000–$45.000" in response.message
    assert 200 <= len(response.message) <= 480
    assert response.next_state == state_pb2.STAGE_RESERVA_HECHA
    assert (response.handover_reason, response.requires_human) == ("late", False)


async def test_the_question_of_the_second_form_comes_from_the_plans_step_and_the_dialogue() -> None:
    task = task_pb2.Task(kind=task_pb2.TASK_KIND_BOOK, asked="email", times_asked=2)
    state = state_pb2.ConversationState(dialogue=task_pb2.Dialogue(tasks=[task]))
    request = pb.ComposeRequest(
        context=context(locale="pt"), state=state, reading=reading_pb2.Reading(), next_step="email"
    )
    async with nlg() as stub:
        response = await stub.Compose(request, timeout=5)
    assert response.message == "Falta o seu e-mail, algo como nome@exemplo.com. Qual é?"
