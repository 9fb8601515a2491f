"""Turns through a real gateway: repeats, order, replicas, tracks, what is stored."""

import asyncio
from collections.abc import AsyncIterator, Collection
from pathlib import Path
from typing import Any

import pytest
from prometheus_client import REGISTRY
from sqlalchemy import select, update

from gateway.domain.message import Finished, ReplyPath
from gateway.storage.store import Unanswered
from gateway.storage.tables import conversations, inbox, turns
from pulpo.extractor.v1 import extractor_pb2
from runtime.data.database import Database, sqlite_url
from runtime.errors import Kind, PulpoError
from tests.contract.gateway.fakes import NOW, Mesh, message, new_sid, running


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
        assert await asyncio.gather(*sent) == ["reply 1", "", "reply 2"]
        assert [request.text for request in mesh.fakes.extracted] == ["uno", "dos\ntres"]


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


async def test_a_renewal_that_fails_does_not_end_the_renewing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async with running(tmp_path, extract_s=9, lease_s=1) as mesh:
        store, renewed = mesh.gateway.store, asyncio.Event()
        renew, failures = store.renew, [ZeroDivisionError("on purpose"), PulpoError(Kind.UNAVAILABLE, "AWAY", "Away.")]

        async def after_two_failures(under_way: Collection[tuple[str, str]]) -> None:
            if failures:
                raise failures.pop(0)
            await renew(under_way)
            renewed.set()

        monkeypatch.setattr(store, "renew", after_two_failures)
        gate, before = Gate(mesh, "hola"), [failed_renewals(name) for name in ("ZeroDivisionError", "PulpoError")]
        said = asyncio.create_task(mesh.say("hola"))
        await gate.reached.wait()
        async with asyncio.timeout(20):
            await renewed.wait()
        gate.opened.set()
        assert await said == "reply 1"
        assert [failed_renewals(name) for name in ("ZeroDivisionError", "PulpoError")] == [each + 1 for each in before]


def failed_renewals(error: str) -> float:
    """How many renewals have failed with an error of this name."""
    return REGISTRY.get_sample_value("pulpo_lease_renewal_errors_total", {"error": error}) or 0.0


async def test_a_dead_message_does_not_hold_up_the_next(tmp_path: Path) -> None:
    async with running(tmp_path) as mesh:
        await mesh.say("hola")
        died = {"status": "running", "reply": None, "owner": "dead", "lease_until": 0.0}
        await change(tmp_path, update(inbox).values(**died))
        assert await mesh.say("hola?") == "reply 2"


async def test_a_reply_that_is_stored_after_the_apology_is_listed_as_unanswered(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with running(tmp_path, turn_s=2.5) as mesh:
        store, sid, apologised = mesh.gateway.store, new_sid(), asyncio.Event()
        finish = store.finish

        async def slow(finished: Finished) -> ReplyPath | None:
            await apologised.wait()
            return await finish(finished)

        monkeypatch.setattr(store, "finish", slow)
        assert "no pude confirmar si quedó hecho" in await mesh.say("hola", sid=sid)
        apologised.set()
        async with asyncio.timeout(20):
            while not await store.unanswered():  # noqa: ASYNC110 - the store is outside
                await asyncio.sleep(0.01)
        assert [each.message_id for each in await store.unanswered()] == [sid]
        assert (await rows(tmp_path, inbox))[0].status == "unanswered"
