"""A write that got no answer is looked up at the broker, and only its word says that nothing was done."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from pulpo.broker.v1 import broker_pb2
from pulpo.common.v1 import action_pb2
from runtime.errors import Kind, PulpoError
from tests.contract.gateway.fakes import Mesh, refuse, running, told
from tests.contract.gateway.test_again import heard
from tests.contract.gateway.test_outages import booking, never

STATES = broker_pb2.WriteState
FAILED, OK, REFUSED, UNKNOWN = (
    action_pb2.ObservationStatus.Value(f"OBSERVATION_STATUS_{name}") for name in ("FAILED", "OK", "REFUSED", "UNKNOWN")
)


@pytest.fixture
async def mesh(tmp_path: Path) -> AsyncIterator[Mesh]:
    async with running(tmp_path, execute_s=0.5) as started:
        booking(started)
        yield started


def tells(mesh: Mesh, state: "STATES.ValueType", seen: action_pb2.Observation | None = None) -> None:
    """Makes the broker tell that of every write."""

    async def look_up(request: broker_pb2.LookUpWritesRequest) -> broker_pb2.LookUpWritesResponse:
        answer = told(request, state)
        if seen:
            answer.outcomes[0].observation.CopyFrom(seen)
        return answer

    mesh.fakes.look_up = look_up  # type: ignore[method-assign]


@pytest.mark.parametrize("fails", [refuse, never])
@pytest.mark.parametrize(
    ("state", "status"),
    [
        (STATES.WRITE_STATE_NOT_BEGUN, FAILED),
        (STATES.WRITE_STATE_NOT_DONE, FAILED),
        (STATES.WRITE_STATE_UNKNOWN, UNKNOWN),
        (STATES.WRITE_STATE_UNSPECIFIED, UNKNOWN),
        (STATES.WRITE_STATE_DONE, UNKNOWN),
    ],
)
async def test_what_is_told_of_an_unanswered_write(mesh: Mesh, fails: Any, state: Any, status: Any) -> None:
    mesh.fakes.execute = fails  # type: ignore[method-assign]
    tells(mesh, state)
    await mesh.say("barba")
    assert heard(mesh) == status


async def test_it_asks_about_the_call_that_failed(mesh: Mesh) -> None:
    mesh.fakes.execute = refuse  # type: ignore[assignment, method-assign]
    await mesh.say("barba")
    (called,), (asked,) = mesh.fakes.executed, mesh.fakes.looked_up
    assert called.attempt == 1
    for field in ("context", "customer", "actions", "slots", "attempt"):
        assert getattr(asked, field) == getattr(called, field), field


async def test_a_certain_no_that_got_lost_is_told_as_it_was(mesh: Mesh) -> None:
    decision = action_pb2.Decision(outcome=action_pb2.OUTCOME_DENY, why="RATE_LIMITED")
    refused = action_pb2.Observation(tool="book_appointment", status=REFUSED, decision=decision)
    mesh.fakes.execute = refuse  # type: ignore[assignment, method-assign]
    tells(mesh, STATES.WRITE_STATE_NOT_DONE, refused)
    await mesh.say("barba")
    assert mesh.fakes.composed[-1].observations[0].decision.why == "RATE_LIMITED"


async def test_the_answer_of_a_write_that_was_done_is_asked_for_again(mesh: Mesh) -> None:
    does = mesh.fakes.execute

    async def lost(request: broker_pb2.ExecuteRequest) -> broker_pb2.ExecuteResponse:
        mesh.fakes.execute = does  # type: ignore[method-assign]
        return await refuse(request)  # type: ignore[no-any-return]

    mesh.fakes.execute = lost  # type: ignore[method-assign]
    tells(mesh, STATES.WRITE_STATE_DONE)
    await mesh.say("barba")
    assert heard(mesh) == OK
    first, second = mesh.fakes.executed
    assert first == second


@pytest.mark.parametrize("fails", [refuse, never])
async def test_a_broker_that_does_not_tell_leaves_it_unsure(mesh: Mesh, fails: Any) -> None:
    mesh.fakes.execute = refuse  # type: ignore[assignment, method-assign]
    mesh.fakes.look_up = fails  # type: ignore[method-assign]
    await mesh.say("barba")
    assert heard(mesh) == UNKNOWN


async def test_a_broker_that_tells_of_something_else_is_not_believed(mesh: Mesh) -> None:
    async def look_up(_request: broker_pb2.LookUpWritesRequest) -> broker_pb2.LookUpWritesResponse:
        outcome = broker_pb2.WriteOutcome(tool="cancel_appointment", state=STATES.WRITE_STATE_NOT_BEGUN)
        return broker_pb2.LookUpWritesResponse(outcomes=[outcome])

    mesh.fakes.execute = refuse  # type: ignore[assignment, method-assign]
    mesh.fakes.look_up = look_up  # type: ignore[assignment, method-assign]
    await mesh.say("barba")
    assert heard(mesh) == UNKNOWN


async def test_a_look_up_is_repeated(mesh: Mesh) -> None:
    async def away(request: broker_pb2.LookUpWritesRequest) -> broker_pb2.LookUpWritesResponse:
        if len(mesh.fakes.looked_up) < 3:
            raise PulpoError(Kind.UNAVAILABLE, "STORE_UNAVAILABLE", "The broker's database does not answer.")
        return told(request, STATES.WRITE_STATE_NOT_BEGUN)

    mesh.fakes.execute = refuse  # type: ignore[assignment, method-assign]
    mesh.fakes.look_up = away  # type: ignore[method-assign]
    await mesh.say("barba")
    assert (heard(mesh), len(mesh.fakes.looked_up)) == (FAILED, 3)


@pytest.mark.parametrize("words", ["failed to connect to all addresses", "no healthy upstream"])
async def test_the_words_of_an_error_say_nothing(mesh: Mesh, words: str) -> None:
    async def execute(_request: broker_pb2.ExecuteRequest) -> broker_pb2.ExecuteResponse:
        raise PulpoError(Kind.UNAVAILABLE, "GONE", words)

    mesh.fakes.execute = execute  # type: ignore[assignment, method-assign]
    await mesh.say("barba")
    assert heard(mesh) == UNKNOWN
