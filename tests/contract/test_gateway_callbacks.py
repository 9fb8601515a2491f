"""Replies that somebody else has to finish, and what callbacks say became of them."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from gateway.store import Finished, Store
from gateway.tables import outbox
from gateway.turn_types import Reply, TurnRecord
from runtime.database import Database, sqlite_url
from tests.contract.gateway_fakes import SALON, STATUS, Mesh, message, reply_of
from tests.contract.test_gateway_outbox import ANA, as_stored, by_rest, is_at, late, until
from tests.contract.test_gateway_turns import Gate, rows
from tests.contract.twilio_stub import (
    TwilioStub,
    broken_after_accepting,
    twilio,
)


@pytest.fixture
async def stub() -> AsyncIterator[TwilioStub]:
    async with twilio() as served:
        yield served


@pytest.fixture
async def mesh(tmp_path: Path, stub: TwilioStub) -> AsyncIterator[Mesh]:
    async with by_rest(tmp_path, stub) as started:
        yield started


async def test_two_gateways_send_each_reply_once(tmp_path: Path, stub: TwilioStub) -> None:
    async with by_rest(tmp_path, stub, gateways=2) as mesh:
        gates = [Gate(mesh, f"hola {number}") for number in range(12)]
        for number in range(12):
            assert await mesh.say(f"hola {number}", f"+54911555500{number:02}", index=number % 2) == ""
        for gate in gates:
            gate.opened.set()
        await until(lambda: is_at(tmp_path, *["sent"] * 12), "all go out")
    assert len(stub.created) == len(stub.accepted) == len({each["to"] for each in stub.accepted}) == 12


async def dead_after_commit(folder: Path) -> None:
    """What a gateway leaves that was killed between storing a reply and answering with it."""
    database = Database(sqlite_url(folder, "gateway"))
    store = Store(database, "dead", -1)
    claim = await store.claim(as_stored("hola"))
    record = TurnRecord("turn", claim.message.workspace_id, "legacy", "ok")
    assert await store.finish(Finished(claim, Reply("Te espero"), record, answered=True))
    await database.close()


@pytest.mark.parametrize("arrived", [True, False])
async def test_a_reply_whose_gateway_died_while_answering_arrives_once(
    mesh: Mesh, stub: TwilioStub, tmp_path: Path, arrived: bool
) -> None:
    if arrived:
        stub.accept({"From": f"whatsapp:{SALON}", "To": f"whatsapp:{ANA}", "Body": "Te espero"})
    await dead_after_commit(tmp_path)
    await until(lambda: is_at(tmp_path, "sent"), "it is known to be out")
    assert stub.bodies == ["Te espero"]
    assert len(stub.created) == (0 if arrived else 1)


async def call_back(mesh: Mesh, sid: str, status: str, query: str = "", base: str = "", **more: str) -> None:
    """One status callback."""
    form = {"MessageSid": sid, "From": f"whatsapp:{SALON}", "To": f"whatsapp:{ANA}", "MessageStatus": status, **more}
    assert (await mesh.post(form, path=STATUS + query, base=base)).status_code == 204


async def test_callbacks_move_a_reply_forward_only(mesh: Mesh, stub: TwilioStub, tmp_path: Path) -> None:
    await late(mesh)
    await until(lambda: is_at(tmp_path, "sent"), "it goes out")
    for status in ("delivered", "sent", "delivered", "queued", "failed", "sent"):
        await call_back(mesh, stub.accepted[0]["sid"], status)
    row = (await rows(tmp_path, outbox))[0]
    assert (row.status, row.delivery) == ("sent", "delivered")


async def test_a_callback_of_a_failure_makes_a_dead_letter_that_stays_one(
    mesh: Mesh, stub: TwilioStub, tmp_path: Path
) -> None:
    await late(mesh)
    await until(lambda: is_at(tmp_path, "sent"), "it goes out")
    for status, code in (("undelivered", {"ErrorCode": "63016"}), ("sent", {}), ("delivered", {})):
        await call_back(mesh, stub.accepted[0]["sid"], status, **code)
    row = (await rows(tmp_path, outbox))[0]
    assert (row.status, row.reason, row.delivery) == ("dead", "TWILIO_63016", "undelivered")


async def test_a_callback_that_comes_before_the_answer_counts(tmp_path: Path, stub: TwilioStub) -> None:
    base = "https://wa.example.com"
    async with by_rest(tmp_path, stub, public_url=base) as mesh:
        stub.next, stub.list_fails = [broken_after_accepting], True
        gate = Gate(mesh, "hola")
        assert reply_of(await mesh.post(message("hola"), base=base)) == ""
        gate.opened.set()
        await until(lambda: is_at(tmp_path, "ambiguous"), "nobody knows whether it left")
        callback = stub.created[0]["StatusCallback"]
        assert callback.startswith(f"{base}{STATUS}?outbox=")
        sid = stub.accepted[0]["sid"]
        await call_back(mesh, sid, "sent", callback.removeprefix(base + STATUS), base)
        assert await is_at(tmp_path, "sent")
        row = (await rows(tmp_path, outbox))[0]
        assert (row.message_sid, row.delivery) == (sid, "sent")
    assert len(stub.created) == 1
