"""Stages that fail: the customer is always answered, and only with what is true."""

import asyncio
import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from structlog.testing import capture_logs

from gateway.domain.message import Finished, ReplyPath
from gateway.storage.tables import inbox, turns
from pulpo.broker.v1 import broker_pb2
from pulpo.common.v1 import action_pb2, turn_pb2
from pulpo.extractor.v1 import extractor_pb2
from pulpo.nlg.v1 import nlg_pb2
from pulpo.planner.v1 import planner_pb2
from runtime.errors import Kind, PulpoError
from tests.contract.gateway.fakes import Mesh, action, message, new_sid, refuse, reply_of, running, yes
from tests.contract.gateway.test_dialogue import cancelling
from tests.contract.gateway.test_turns import rows
from tests.contract.gateway_edge.test_outbox import until

ROOMY: dict[str, Any] = {
    **{f"{name}_s": 14 for name in ("turn", "extract", "plan", "execute", "compose")},
    "body_s": 30,
    "lease_s": 120,
}
"""The longest times that may be set: for what a busy machine must not turn into something that took too long."""
DONE = {"booking_id": "PB-NEWNEW", "date": "2026-03-13", "time": "15:00"}


@pytest.fixture
async def mesh(tmp_path: Path) -> AsyncIterator[Mesh]:
    async with running(tmp_path) as started:
        yield started


def booking(mesh: Mesh, service: str = "Barba") -> None:
    """Makes the fakes book a service at once whatever is said."""

    async def extract(request: extractor_pb2.ExtractRequest) -> extractor_pb2.ExtractResponse:
        slots = turn_pb2.Slots(service_type=service)
        return extractor_pb2.ExtractResponse(intent=turn_pb2.INTENT_BOOK, slots=slots, confidence=0.9)

    async def plan(request: planner_pb2.PlanRequest) -> planner_pb2.PlanResponse:
        done = bool(request.observations)
        return planner_pb2.PlanResponse(actions=[] if done else [action("book_appointment", service_type=service)])

    async def execute(request: broker_pb2.ExecuteRequest) -> broker_pb2.ExecuteResponse:
        return broker_pb2.ExecuteResponse(observations=[yes(each, DONE) for each in request.actions])

    mesh.fakes.extract, mesh.fakes.plan, mesh.fakes.execute = extract, plan, execute  # type: ignore[method-assign]


async def outcome(folder: Path) -> tuple[str, str]:
    """How the last turn ended, and what the inbox says of its message."""
    return (await rows(folder, turns))[-1].outcome, (await rows(folder, inbox))[-1].status


def breaks(mesh: Mesh, name: str) -> None:
    setattr(mesh.fakes, name, refuse)


async def test_without_an_extractor_the_customer_is_asked_again(mesh: Mesh, tmp_path: Path) -> None:
    await mesh.stop("extractor")
    assert "de nuevo" in await mesh.say("hola")
    assert await outcome(tmp_path) == ("degraded", "answered")
    assert mesh.fakes.planned == []


@pytest.mark.parametrize("how", ["down", "broken"])
async def test_without_a_planner_what_was_heard_is_kept(mesh: Mesh, tmp_path: Path, how: str) -> None:
    booking(mesh)
    plan = mesh.fakes.plan
    breaks(mesh, "plan")
    if how == "down":
        await mesh.stop("planner")
    assert "Ya anoté" in await mesh.say("barba")
    assert await outcome(tmp_path) == ("degraded", "answered")
    if how == "broken":
        mesh.fakes.plan = plan  # type: ignore[method-assign]
        await mesh.say("¿y?")
        assert mesh.fakes.planned[-1].state.slots.service_type == "Barba"


async def test_without_a_broker_nlg_is_told_that_it_failed(mesh: Mesh, tmp_path: Path) -> None:
    booking(mesh)
    await mesh.stop("broker")
    assert await mesh.say("barba") == "reply 1"
    seen = mesh.fakes.composed[0].observations[0]
    assert (seen.tool, seen.status) == ("book_appointment", action_pb2.OBSERVATION_STATUS_FAILED)
    assert mesh.fakes.composed[0].state.slots.service_type == "Barba"
    assert await outcome(tmp_path) == ("degraded", "answered")


async def test_a_write_that_was_sent_and_not_answered_may_have_happened(mesh: Mesh) -> None:
    booking(mesh)
    breaks(mesh, "execute")
    await mesh.say("barba")
    seen = mesh.fakes.composed[0].observations[0]
    assert seen.status == action_pb2.OBSERVATION_STATUS_UNKNOWN
    assert mesh.fakes.composed[0].state.active_intent == turn_pb2.INTENT_UNSPECIFIED


async def test_a_write_that_the_broker_refused_to_hear_did_not_happen(mesh: Mesh) -> None:
    async def execute(request: broker_pb2.ExecuteRequest) -> broker_pb2.ExecuteResponse:
        raise PulpoError(Kind.INVALID_ARGUMENT, "TOO_MANY_ACTIONS", "No.")

    booking(mesh)
    mesh.fakes.execute = execute  # type: ignore[method-assign]
    await mesh.say("barba")
    seen = mesh.fakes.composed[0].observations[0]
    assert (seen.status, seen.error.reason) == (action_pb2.OBSERVATION_STATUS_FAILED, "TOO_MANY_ACTIONS")


async def test_a_broker_that_answers_beside_the_point_is_not_believed(mesh: Mesh) -> None:
    async def execute(request: broker_pb2.ExecuteRequest) -> broker_pb2.ExecuteResponse:
        return broker_pb2.ExecuteResponse()

    booking(mesh)
    mesh.fakes.execute = execute  # type: ignore[method-assign]
    await mesh.say("barba")
    assert mesh.fakes.composed[0].observations[0].status == action_pb2.OBSERVATION_STATUS_UNKNOWN


async def test_without_nlg_a_booking_is_still_told(mesh: Mesh, tmp_path: Path) -> None:
    booking(mesh)
    await mesh.stop("nlg")
    reply = await mesh.say("barba")
    assert all(part in reply for part in ("PB-NEWNEW", "viernes 13/3", "15:00"))
    assert await outcome(tmp_path) == ("degraded", "answered")


async def test_without_nlg_nothing_is_claimed_that_was_not_done(mesh: Mesh) -> None:
    async def execute(request: broker_pb2.ExecuteRequest) -> broker_pb2.ExecuteResponse:
        taken = [yes(each, {"ok": False, "reason": "TAKEN", **DONE}) for each in request.actions]
        return broker_pb2.ExecuteResponse(observations=taken)

    booking(mesh)
    mesh.fakes.execute = execute  # type: ignore[method-assign]
    await mesh.stop("nlg")
    reply = await mesh.say("barba")
    assert "PB-" not in reply
    assert "reservado" not in reply


async def test_without_nlg_the_next_question_is_still_asked(mesh: Mesh) -> None:
    async def plan(request: planner_pb2.PlanRequest) -> planner_pb2.PlanResponse:
        return planner_pb2.PlanResponse(missing_slots=["preferred_date"])

    booking(mesh)
    mesh.fakes.plan = plan  # type: ignore[method-assign]
    await mesh.stop("nlg")
    assert await mesh.say("barba") == "¿Para qué día?"


async def test_without_nlg_a_yes_is_asked_for_and_counts(mesh: Mesh) -> None:
    cancelling(mesh)
    await mesh.stop("nlg")
    assert "¿Cancelo el turno PB-AAAAAA?" in await mesh.say("cancelá")
    await mesh.say("sí")
    assert [each.tool for each in mesh.fakes.executed[-1].actions] == ["cancel_appointment"]


async def test_an_empty_reply_is_no_reply(mesh: Mesh) -> None:
    async def compose(request: nlg_pb2.ComposeRequest) -> nlg_pb2.ComposeResponse:
        return nlg_pb2.ComposeResponse(message=" ")

    mesh.fakes.compose = compose  # type: ignore[method-assign]
    assert "Hola" in await mesh.say("hola")


async def never(_request: Any) -> Any:
    await asyncio.Event().wait()


@pytest.mark.parametrize("stage", ["extract", "plan", "execute", "compose"])
async def test_a_stage_that_hangs_is_given_up(tmp_path: Path, stage: str) -> None:
    slices: dict[str, Any] = {f"{name}_s": 0.3 for name in ("extract", "plan", "execute", "compose")}
    async with running(tmp_path, **slices) as mesh:
        booking(mesh)
        setattr(mesh.fakes, stage, never)
        reply = await mesh.say("barba")
        assert reply
        assert (await outcome(tmp_path))[0] == "degraded"
        fallback = (await rows(tmp_path, turns))[0].fallbacks
        assert f'"stage": "{stage}"' in fallback
        assert "DEADLINE_EXCEEDED" in fallback


async def test_who_waits_too_long_in_line_gets_an_apology_and_is_listed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = new_sid(), new_sid()
    async with running(tmp_path, turn_s=3, lease_s=60) as mesh:
        finish = mesh.gateway.store.finish

        async def all_but_the_first(finished: Finished) -> Any:
            """A store in which the first message stays open, however busy the machine is."""
            return await (away if finished.claim.message.message_id == first else finish)(finished)

        with monkeypatch.context() as patch, capture_logs():
            patch.setattr(mesh.gateway.store, "finish", all_but_the_first)
            assert await mesh.say("uno", sid=first)
            assert "Perdón" in await mesh.say("dos", sid=second)
            await until(lambda: is_listed(mesh, second), "it is listed")
            assert await mesh.say("dos", sid=second) == await mesh.say("dos", sid=second)
        await until(lambda: is_answered(tmp_path), "the first is stored")


async def test_what_nobody_foresaw_is_an_apology_and_a_failed_turn(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def explode(*_args: object) -> None:
        raise ZeroDivisionError("on purpose")

    async with running(tmp_path, **ROOMY) as mesh:
        sid = new_sid()
        with monkeypatch.context() as patch, capture_logs():  # a traceback that is printed takes time from the turn
            patch.setattr("gateway.domain.reducer.hear", explode)
            assert "Perdón" in await mesh.say("hola", sid=sid)
        assert await outcome(tmp_path) == ("failed", "unanswered")
        assert [each.message_id for each in await mesh.gateway.store.unanswered()] == [sid]
        assert await mesh.say("hola") == "reply 1"


async def test_a_database_that_is_gone_is_said_so(mesh: Mesh, monkeypatch: pytest.MonkeyPatch) -> None:
    async def claim(_message: object) -> None:
        raise PulpoError(Kind.UNAVAILABLE, "DATABASE_UNAVAILABLE", "The database did not answer.")

    monkeypatch.setattr(mesh.gateway.store, "claim", claim)
    assert (await mesh.post(message("hola"))).status_code == 503


async def away(_finished: object) -> Any:
    """What a store does whose database is away."""
    raise PulpoError(Kind.UNAVAILABLE, "DATABASE_UNAVAILABLE", "The database did not answer.")


async def test_a_turn_that_could_not_be_stored_is_answered_and_stored_later(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sid = new_sid()
    async with running(tmp_path, gateways=2, turn_s=3, lease_s=60) as mesh:
        with monkeypatch.context() as patch, capture_logs():  # to print a traceback takes longer than there is
            patch.setattr(mesh.gateway.store, "finish", away)
            assert await mesh.say("hola", sid=sid) == "reply 1"
            assert await mesh.say("hola", sid=sid) == "reply 1"
            assert (await rows(tmp_path, inbox))[0].status == "running"
        await until(lambda: is_answered(tmp_path), "it is stored")
        assert await mesh.say("hola", sid=sid, index=1) == "reply 1"
        assert len(mesh.fakes.composed) == 1
        assert await mesh.gateway.store.unanswered() == []


async def is_listed(mesh: Mesh, message_id: str) -> bool:
    """Whether a message is the only one that somebody should look at."""
    return [each.message_id for each in await mesh.gateway.store.unanswered()] == [message_id]


async def is_answered(folder: Path) -> bool:
    """Whether the first message is."""
    return bool((await rows(folder, inbox))[0].status == "answered")


async def test_a_short_absence_of_the_database_is_waited_for(mesh: Mesh, monkeypatch: pytest.MonkeyPatch) -> None:
    store, tries = mesh.gateway.store, 0
    finish = store.finish

    async def back_at_the_tenth(finished: Any) -> Any:
        nonlocal tries
        tries += 1
        return await (finish if tries >= 10 else away)(finished)

    monkeypatch.setattr(store, "finish", back_at_the_tenth)
    sid = new_sid()
    assert await mesh.say("hola", sid=sid) == "reply 1"
    assert tries == 10
    assert await mesh.say("hola", sid=sid) == "reply 1"
    assert len(mesh.fakes.composed) == 1


async def test_turns_under_way_finish_before_the_gateway_stops(tmp_path: Path) -> None:
    async with running(tmp_path) as mesh:
        started, opened = asyncio.Event(), asyncio.Event()

        async def extract(request: extractor_pb2.ExtractRequest) -> extractor_pb2.ExtractResponse:
            started.set()
            await opened.wait()
            return extractor_pb2.ExtractResponse(intent=turn_pb2.INTENT_GREETING, confidence=0.9)

        mesh.fakes.extract = extract  # type: ignore[method-assign]
        said = asyncio.create_task(mesh.say("hola"))
        await started.wait()
        stopping = asyncio.create_task(mesh.gateways.pop().stop())
        opened.set()
        assert await said == "reply 1"
        await stopping


async def test_a_turn_that_ends_in_the_moment_its_time_runs_out_is_answered_with_its_stored_reply(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """On a busy machine both may come due in one step of the event loop; the customer gets one reply, not two."""
    async with running(tmp_path, turn_s=2.1) as mesh:
        finish = mesh.gateway.store.finish

        async def and_then_nothing_runs_for_a_while(finished: Finished) -> ReplyPath | None:
            left = await finish(finished)
            time.sleep(2.2)  # noqa: ASYNC251 - a loop that is held up
            return left

        monkeypatch.setattr(mesh.gateway.store, "finish", and_then_nothing_runs_for_a_while)
        said = message("hola")
        response = await mesh.post(said)
        assert reply_of(response) == "reply 1"
        assert reply_of(await mesh.post(said)) == "reply 1"
