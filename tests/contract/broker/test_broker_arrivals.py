"""A broker that is watched, left idle and half asked by a thousand: bookings go on."""

import asyncio
import resource
from pathlib import Path

import pytest
from grpc import aio
from grpc_health.v1 import health_pb2_grpc

from tests.contract.broker.test_broker_agenda import OK, agenda
from tests.contract.runtime.test_call_limits import CHECK, half_call, looked
from tests.unit.broker.serving import action, serving

BOOK = (action("check_service_availability"), action("book_appointment"))


@pytest.mark.timeout(180)
async def test_a_thousand_watches_and_hundreds_of_idle_connections_stop_no_booking(tmp_path: Path) -> None:
    files, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    async with agenda(tmp_path) as url, serving(tmp_path, url) as broker:
        idle = [await asyncio.open_connection("127.0.0.1", broker.port) for _ in range(min(600, files // 8))]
        async with aio.insecure_channel(f"127.0.0.1:{broker.port}") as channel:
            watches = [health_pb2_grpc.HealthStub(channel).Watch(CHECK) for _ in range(1_010)]
            await asyncio.gather(*map(looked, watches))
            halves = [half_call(channel, "/pulpo.broker.v1.BrokerService/Execute") for _ in range(1_010)]
            assert [each.status for each in await broker.execute(*BOOK)] == [OK, OK]
            assert (await health_pb2_grpc.HealthStub(channel).Check(CHECK, timeout=20)).status == 1
            for call in (*watches, *halves):
                call.cancel()
        for _, writer in idle:
            writer.close()
