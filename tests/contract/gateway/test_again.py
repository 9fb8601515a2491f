"""A gateway is killed after the broker has booked; whoever runs the turn again does the same, and never says that
nothing was done."""

import asyncio
import socket
from pathlib import Path
from typing import Any

import httpx2
import pytest

from gateway.storage.tables import inbox
from pulpo.broker.v1 import broker_pb2
from pulpo.common.v1 import action_pb2
from pulpo.nlg.v1 import nlg_pb2
from runtime.errors import Kind, PulpoError
from tests.contract.gateway.fakes import Mesh, new_sid, refuse, reply_of, running, told
from tests.contract.gateway.test_killed import answers, environment, post, process
from tests.contract.gateway.test_outages import booking
from tests.contract.gateway.test_turns import rows
from tests.contract.gateway_edge.test_outbox import until

UNSURE = "no pude confirmar si quedó hecho"
NOT_HEARD = action_pb2.OBSERVATION_STATUS_FAILED


async def blind(request: broker_pb2.ExecuteRequest) -> broker_pb2.ExecuteResponse:
    """A broker whose database is down."""
    error = action_pb2.ToolError(reason="STORE_UNAVAILABLE", message="The broker's database does not answer.")
    seen = [action_pb2.Observation(tool=each.tool, status=NOT_HEARD, error=error) for each in request.actions]
    return broker_pb2.ExecuteResponse(observations=seen)


async def killed_after_booking(folder: Path, mesh: Mesh, sid: str) -> None:
    """A gateway books for a message and is killed before its reply is stored."""
    booking(mesh)
    told, never, compose = asyncio.Event(), asyncio.Event(), mesh.fakes.compose

    async def hold(request: nlg_pb2.ComposeRequest) -> nlg_pb2.ComposeResponse:
        told.set()
        await never.wait()
        return await compose(request)

    mesh.fakes.compose = hold  # type: ignore[method-assign]
    with process(environment(folder, mesh)) as (victim, url):
        await until(lambda: answers(mesh.client, url), "the gateway is up")
        said = asyncio.create_task(post(mesh, url, sid))
        await told.wait()
        victim.kill()
        with pytest.raises(httpx2.HTTPError):
            await said
    mesh.fakes.compose = compose  # type: ignore[method-assign]
    assert [row.status for row in await rows(folder, inbox)] == ["running"]
    assert len(mesh.fakes.executed) == 1


async def said_again(folder: Path, mesh: Mesh, sid: str) -> str:
    """What another gateway answers to the same message."""
    with process(environment(folder, mesh)) as (_, url):
        await until(lambda: answers(mesh.client, url), "another gateway is up")
        return reply_of(await post(mesh, url, sid))


async def test_it_does_the_same_although_the_message_would_be_read_differently_now(tmp_path: Path) -> None:
    sid = new_sid()
    async with running(tmp_path, gateways=0) as mesh:
        await killed_after_booking(tmp_path, mesh, sid)
        booking(mesh, "Brushing")
        assert await said_again(tmp_path, mesh, sid)
        first, second = mesh.fakes.executed
        assert (second.actions, second.slots, second.context) == (first.actions, first.slots, first.context)
        assert heard(mesh) == action_pb2.OBSERVATION_STATUS_OK


@pytest.mark.parametrize("stage", ["extract", "plan"])
async def test_it_does_the_same_without_a_stage_before_the_broker(tmp_path: Path, stage: str) -> None:
    sid = new_sid()
    async with running(tmp_path, gateways=0) as mesh:
        await killed_after_booking(tmp_path, mesh, sid)
        setattr(mesh.fakes, stage, refuse)
        assert UNSURE not in await said_again(tmp_path, mesh, sid)
        assert len(mesh.fakes.executed) == 2
        assert heard(mesh) == action_pb2.OBSERVATION_STATUS_OK


async def test_without_a_broker_it_is_said_to_be_unsure(tmp_path: Path) -> None:
    sid = new_sid()
    async with running(tmp_path, gateways=0) as mesh:
        await killed_after_booking(tmp_path, mesh, sid)
        await mesh.stop("broker")
        host, port = mesh.targets["broker_target"].split(":")
        with socket.socket() as held:  # nobody else gets the port, and nobody listens on it
            held.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            held.bind((host, int(port)))
            assert await said_again(tmp_path, mesh, sid)
        assert heard(mesh) == action_pb2.OBSERVATION_STATUS_UNKNOWN


@pytest.mark.parametrize("stage", ["extract", "plan"])
async def test_a_message_that_nobody_began_is_only_asked_for_again(tmp_path: Path, stage: str) -> None:
    async with running(tmp_path, gateways=0) as mesh:
        setattr(mesh.fakes, stage, refuse)
        reply = await said_again(tmp_path, mesh, new_sid())
        assert UNSURE not in reply
        assert "de nuevo" in reply


async def test_a_broker_without_its_database_cannot_say_that_nothing_was_done(tmp_path: Path) -> None:
    sid = new_sid()
    async with running(tmp_path, gateways=0) as mesh:
        await killed_after_booking(tmp_path, mesh, sid)
        mesh.fakes.execute = blind  # type: ignore[method-assign]
        assert await said_again(tmp_path, mesh, sid)
        assert heard(mesh) == action_pb2.OBSERVATION_STATUS_UNKNOWN


async def stale(_request: broker_pb2.ExecuteRequest) -> broker_pb2.ExecuteResponse:
    """A broker whose clock is far from the gateway's."""
    raise PulpoError(Kind.INVALID_ARGUMENT, "RECEIVED_AT_REFUSED", "context.received_at is too far from the clock.")


async def test_a_repeat_that_is_refused_for_its_time_says_nothing_of_the_first(tmp_path: Path) -> None:
    sid = new_sid()
    async with running(tmp_path, gateways=0) as mesh:
        await killed_after_booking(tmp_path, mesh, sid)
        mesh.fakes.execute = stale  # type: ignore[assignment, method-assign]
        assert await said_again(tmp_path, mesh, sid)
        assert heard(mesh) == action_pb2.OBSERVATION_STATUS_UNKNOWN


async def test_a_broker_without_its_database_did_nothing_for_a_new_message(tmp_path: Path) -> None:
    async with running(tmp_path) as mesh:
        booking(mesh)
        mesh.fakes.execute = blind  # type: ignore[method-assign]
        await mesh.say("barba")
        assert heard(mesh) == NOT_HEARD


FAILED, SKIPPED, REFUSED, UNKNOWN = (
    action_pb2.ObservationStatus.Value(f"OBSERVATION_STATUS_{name}")
    for name in ("FAILED", "SKIPPED", "REFUSED", "UNKNOWN")
)
NOES = [
    (FAILED, "STORE_UNAVAILABLE", ""),
    (FAILED, "CIRCUIT_OPEN", ""),
    (SKIPPED, "DEPENDENCY_FAILED", "TOOL_ORDER"),
    (REFUSED, "", "RATE_LIMITED"),
    (SKIPPED, "NOT_AVAILABLE", "TOOL_ORDER"),
    (REFUSED, "", "TIER"),
]


@pytest.mark.parametrize("state", ["UNKNOWN", "NOT_DONE"])
@pytest.mark.parametrize(("status", "reason", "why"), NOES)
async def test_a_second_try_that_does_nothing_says_nothing_of_the_first_but_the_look_up_does(
    tmp_path: Path, status: Any, reason: str, why: str, state: str
) -> None:
    async with running(tmp_path) as mesh:
        looked = broker_pb2.WriteState.Value(f"WRITE_STATE_{state}")

        async def look_up(request: broker_pb2.LookUpWritesRequest) -> broker_pb2.LookUpWritesResponse:
            return told(request, looked)

        mesh.fakes.look_up = look_up  # type: ignore[method-assign]
        booking(mesh)
        first = mesh.fakes.execute

        async def second(request: broker_pb2.ExecuteRequest) -> broker_pb2.ExecuteResponse:
            """Does nothing, while the first may still be at it."""
            error = action_pb2.ToolError(reason=reason) if reason else None
            decision = action_pb2.Decision(why=why)
            seen = action_pb2.Observation(tool=request.actions[0].tool, status=status, error=error, decision=decision)
            return broker_pb2.ExecuteResponse(observations=[seen])

        async def lost(request: broker_pb2.ExecuteRequest) -> broker_pb2.ExecuteResponse:
            """Books, and its reply is lost on the way."""
            await first(request)
            mesh.fakes.execute = second  # type: ignore[method-assign]
            raise PulpoError(Kind.UNAVAILABLE, "GONE", "The connection broke.")

        mesh.fakes.execute = lost  # type: ignore[method-assign]
        await mesh.say("barba")
        assert len(mesh.fakes.executed) == 2
        assert heard(mesh) == (UNKNOWN if state == "UNKNOWN" else status)


def heard(mesh: Mesh) -> Any:
    """What NLG was last told of the write."""
    return mesh.fakes.composed[-1].observations[0].status
