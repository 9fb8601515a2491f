"""What Envoy does with calls between services: whom it gives them, what it repeats, whom it leaves out."""

import asyncio
import subprocess
import time
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path

import grpc
import pytest
from grpc import aio

from cli.local.envoy import envoy_program, find_envoy
from gateway.domain.ports import StageError
from gateway.domain.turn_types import CustomerProfile
from gateway.stages.clients import SERVICES, StageClients
from pulpo.broker.v1 import broker_pb2, broker_pb2_grpc
from pulpo.extractor.v1 import extractor_pb2, extractor_pb2_grpc
from runtime.rpc.channel import open_channel
from runtime.rpc.tls import TlsFiles
from tests.certificates import Authority, write
from tests.contract.runtime.test_tls import shown_by
from tests.mesh.tools.front import EXTRACTOR, TABLE, Front, Host, standing, until
from turn.model import Slots, TurnContext

ONE_OF_EACH = {"extractor-slm": 1, "extractor-legacy": 1, "broker": 1}


@pytest.fixture
async def front(tmp_path: Path) -> AsyncIterator[Front]:
    async with standing(tmp_path, ONE_OF_EACH) as running:
        yield running


async def extract(front: Front, track: str = "", tls: TlsFiles | None = None, timeout: float = 10.0) -> str:
    """Calls the extractor as a caller that does not repeat anything by itself. Gives who answered."""
    async with open_channel(front.inner("extractor"), tls=tls) as channel:
        metadata = ((TABLE.track_header, track),) if track else ()
        stub = extractor_pb2_grpc.ExtractorServiceStub(channel)
        answer = await stub.Extract(extractor_pb2.ExtractRequest(), timeout=timeout, metadata=metadata)
    return str(answer.model)


def only(front: Front, cluster: str) -> Host:
    (host,) = front.hosts[cluster]
    return host


async def test_calls_go_to_the_hosts_of_their_track_and_others_to_the_stable_ones(front: Front) -> None:
    answers = [await extract(front, track) for track in ("slm", "legacy", "", "SLM", "canary")]
    assert answers == ["extractor-slm", "extractor-legacy", "extractor-legacy", "extractor-legacy", "extractor-legacy"]


async def test_reads_of_a_canary_that_is_gone_are_answered_by_the_stable_track(front: Front) -> None:
    assert await extract(front, "slm") == "extractor-slm"
    await front.servers[id(only(front, "extractor-slm"))].stop(0, 0)
    assert await extract(front, "slm") == "extractor-legacy", "at once, by a second try"
    await front.until_healthy("extractor-slm", 0)
    assert await extract(front, "slm") == "extractor-legacy", "and from then on at the first"


async def until_answered_by(front: Front, cluster: str) -> None:
    """Returns once the slm track is answered by a cluster: Envoy's workers hear of a host a moment after its admin."""
    async with asyncio.timeout(10):
        while await extract(front, "slm") != cluster:
            pass


async def test_a_canary_that_comes_back_is_given_its_calls_again(front: Front) -> None:
    host = only(front, "extractor-slm")
    await front.servers[id(host)].stop(0, 0)
    await front.until_healthy("extractor-slm", 0)
    front.servers[id(host)] = await host.start()
    await front.until_healthy("extractor-slm", 1)
    await until_answered_by(front, "extractor-slm")


async def test_a_canary_that_keeps_refusing_is_left_out_for_a_while(front: Front) -> None:
    host = only(front, "extractor-slm")
    host.refusals = 1000
    for _ in range(TABLE.outliers.failures_in_a_row):
        assert await extract(front, "slm") == "extractor-legacy"
    await front.until_healthy("extractor-slm", 0)
    host.refusals = 0
    await front.until_healthy("extractor-slm", 1)
    await until_answered_by(front, "extractor-slm")


async def test_a_read_is_tried_again_and_a_write_never(front: Front) -> None:
    reader, writer = only(front, "extractor-legacy"), only(front, "broker")
    reader.refusals = writer.refusals = 1
    assert await extract(front) == "extractor-legacy"
    assert reader.calls == 2
    async with open_channel(front.inner("broker")) as channel:
        stub = broker_pb2_grpc.BrokerServiceStub(channel)
        with pytest.raises(aio.AioRpcError) as failed:
            await stub.Execute(broker_pb2.ExecuteRequest(), timeout=10)
        assert failed.value.code() is grpc.StatusCode.UNAVAILABLE
        assert writer.calls == 1
        await stub.Execute(broker_pb2.ExecuteRequest(), timeout=10)


async def test_a_write_that_gets_no_answer_through_envoy_may_have_happened(front: Front) -> None:
    host = only(front, "broker")
    clients = StageClients({name: front.inner(name) for name in SERVICES})
    context = TurnContext("salon", "conversation", "turn", datetime.now(UTC), "es-AR")

    async def execute() -> None:
        stages = clients.for_turn("legacy", time.monotonic() + 60)
        await stages.execute(
            context, CustomerProfile("whatsapp:+1"), [], Slots(), confirmed=False, group_id="", timeout_s=30
        )

    await execute()
    host.go.clear()
    reached = asyncio.create_task(execute())

    async def is_called() -> bool:
        return host.calls > 1

    await until(is_called, "the call is under way")
    await front.servers[id(host)].stop(0, 0)
    with pytest.raises(StageError) as interrupted:
        await reached
    with pytest.raises(StageError) as unreached:
        await execute()
    told = (interrupted.value.did_nothing, unreached.value.did_nothing)
    assert told == (False, False), "only the broker's look-up could tell"
    await clients.close()


async def test_the_callers_deadline_reaches_the_service_and_ends_the_call(front: Front) -> None:
    host = only(front, "extractor-legacy")
    await extract(front, timeout=33.0)
    assert host.left_s is not None
    assert 20 < host.left_s <= 33
    host.go.clear()
    with pytest.raises(aio.AioRpcError) as late:
        await extract(front, timeout=0.5)
    assert late.value.code() is grpc.StatusCode.DEADLINE_EXCEEDED
    host.go.set()


async def test_each_address_has_one_service_and_no_other(front: Front) -> None:
    async with open_channel(front.inner("broker")) as channel:
        stub = extractor_pb2_grpc.ExtractorServiceStub(channel)
        with pytest.raises(aio.AioRpcError) as refused:
            await stub.Extract(extractor_pb2.ExtractRequest(), timeout=10)
    assert refused.value.code() is grpc.StatusCode.UNIMPLEMENTED


async def test_a_host_that_leaves_finishes_its_calls_and_gets_no_new_ones(tmp_path: Path) -> None:
    async with standing(tmp_path, {**ONE_OF_EACH, "extractor-legacy": 2}) as front:
        leaving, staying = front.hosts["extractor-legacy"]
        leaving.go.clear()
        under_way = [asyncio.create_task(extract(front, timeout=60)) for _ in range(2)]

        async def is_called() -> bool:
            return leaving.calls > 0

        await until(is_called, "a call reaches the host that is about to leave")
        held = leaving.calls
        notice_s = 3 * TABLE.health.interval_s
        stopping = asyncio.create_task(front.servers[id(leaving)].stop(notice_s, 60))
        await front.until_healthy("extractor-legacy", 1)
        before = staying.calls
        await asyncio.gather(*(extract(front) for _ in range(20)))
        assert (leaving.calls, staying.calls) == (held, before + 20)
        leaving.go.set()
        assert await asyncio.gather(*under_way) == ["extractor-legacy"] * 2
        await stopping


async def test_with_certificates_both_sides_of_envoy_ask_for_one_and_new_ones_need_no_restart(tmp_path: Path) -> None:
    ours, others = Authority("ours"), Authority("others")
    files = write(tmp_path / "mesh", ours.issue("before"), ours.pem)
    caller = write(tmp_path / "caller", ours.issue("caller"), ours.pem)
    wrong = write(tmp_path / "wrong", others.issue("caller"), ours.pem)
    async with standing(tmp_path, ONE_OF_EACH, files) as front:
        assert await extract(front, "slm", caller) == "extractor-slm"
        for stranger in (None, wrong):
            with pytest.raises(aio.AioRpcError) as refused:
                await extract(front, "slm", stranger)
            assert refused.value.code() is grpc.StatusCode.UNAVAILABLE
        assert await shown_by(front.inner("extractor"), caller) == "CN=before"
        write(tmp_path / "mesh", ours.issue("after"), ours.pem)

        async def shows_the_new_one() -> bool:
            return await shown_by(front.inner("extractor"), caller) == "CN=after"

        await until(shows_the_new_one, "Envoy shows its new certificate")
        assert await extract(front, "slm", caller) == "extractor-slm"


async def test_envoy_finds_nothing_wrong_with_its_configuration(front: Front, tmp_path: Path) -> None:
    envoy = find_envoy()
    assert envoy
    command = [*envoy_program(envoy, tmp_path / "envoy" / "envoy.json").command(), "--mode", "validate"]
    found = await asyncio.to_thread(subprocess.run, command, capture_output=True, text=True, check=False)
    assert found.returncode == 0, found.stderr
    assert "OK" in found.stdout + found.stderr
    assert EXTRACTOR in (tmp_path / "envoy" / "envoy.json").read_text()
