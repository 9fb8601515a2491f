"""What an old message asks for, taken up after an outage, and what a refusal says about it."""

import time
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from gateway.domain.ports import StageError
from gateway.domain.turn_types import CustomerProfile
from gateway.stages.clients import StageClients, time_to_act
from pulpo.broker.v1 import broker_pb2
from runtime.errors import Kind, PulpoError
from tests.contract.gateway.fakes import NOW, Mesh, running
from turn.model import ConversationState, Slots, TurnContext

HOUR = timedelta(hours=1)


def targets(mesh: Mesh) -> dict[str, str]:
    return {name.removesuffix("_target"): target for name, target in mesh.targets.items()}


def turn(at: datetime) -> TurnContext:
    return TurnContext("estudio-pulpo", "talk", "turn", at, "es-AR")


async def execute(clients: StageClients, at: datetime) -> None:
    stages = clients.for_turn("legacy", time.monotonic() + 20)
    await stages.execute(
        turn(at), CustomerProfile("whatsapp:+1"), [], Slots(), confirmed=False, group_id="", timeout_s=20
    )


@pytest.mark.parametrize(
    ("late", "acts"), [(timedelta(0), NOW), (5 * HOUR / 60, NOW), (HOUR / 6, NOW + HOUR / 6), (-HOUR, NOW - HOUR)]
)
def test_a_message_of_long_ago_is_acted_upon_now(late: timedelta, acts: datetime) -> None:
    assert time_to_act(NOW + late, NOW) == acts


async def test_it_is_read_by_its_own_time_and_done_at_the_time_of_doing_it(tmp_path: Path) -> None:
    async with running(tmp_path, gateways=0) as mesh:
        late = StageClients(targets(mesh), clock=lambda: NOW + HOUR)
        await late.for_turn("legacy", time.monotonic() + 20).extract(
            turn(NOW), "un turno mañana", ConversationState(), 20
        )
        await execute(late, NOW)
        await late.close()
        trusting = StageClients(targets(mesh))
        await execute(trusting, NOW)
        await trusting.close()
    read, done = mesh.fakes.extracted[0].context, [each.context for each in mesh.fakes.executed]
    assert read.received_at.ToDatetime(tzinfo=NOW.tzinfo) == NOW
    assert [each.received_at.ToDatetime(tzinfo=NOW.tzinfo) for each in done] == [NOW + HOUR, NOW]


@pytest.mark.parametrize("kind", [Kind.PERMISSION_DENIED, Kind.INVALID_ARGUMENT])
async def test_a_refused_call_did_nothing(tmp_path: Path, kind: Kind) -> None:
    async def refuse(_request: broker_pb2.ExecuteRequest) -> broker_pb2.ExecuteResponse:
        raise PulpoError(kind, "REFUSED", "Refused for the test.")

    async with running(tmp_path, gateways=0) as mesh:
        mesh.fakes.execute = refuse  # type: ignore[assignment, method-assign]
        caller = StageClients(targets(mesh))
        with pytest.raises(StageError) as failed:
            await execute(caller, NOW)
        await caller.close()
    assert (failed.value.reason, failed.value.did_nothing) == ("REFUSED", True)
