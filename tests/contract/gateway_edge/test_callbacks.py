"""Replies that somebody else has to finish, and what callbacks say became of them."""

import xml.etree.ElementTree as ElementTree
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from time import time

import pytest
from sqlalchemy import update

from gateway.domain.message import Finished, Message
from gateway.domain.turn_types import Reply, TurnRecord
from gateway.storage.outbox import Outbox
from gateway.storage.store import ConversationStore
from gateway.storage.tables import outbox
from runtime.data.database import Database, sqlite_url
from tests.contract.gateway.fakes import SALON, STATUS, Mesh, callback, message, new_sid, reply_of
from tests.contract.gateway.test_turns import Gate, change, rows
from tests.contract.gateway.twilio_stub import (
    TwilioStub,
    broken_after_accepting,
    twilio,
)
from tests.contract.gateway_edge.test_outbox import ANA, as_stored, by_rest, is_at, late, until


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


async def left_inline(folder: Path, message: Message, ago_s: float = 0.0) -> str:
    """What a gateway leaves that was killed between storing a reply and answering with it, or before it noted that it
    had answered; the reply's id."""
    database = Database(sqlite_url(folder, "gateway"))
    store = ConversationStore(database, "dead", -1, clock=lambda: time() - ago_s)
    claim = await store.claim(message)
    turn_id = message.turn_id
    record = TurnRecord(turn_id, message.workspace_id, "legacy", "ok")
    assert await store.finish(Finished(claim, Reply("Te espero"), record, answered=True))
    await database.close()
    return turn_id


async def a_witness(folder: Path, stub: TwilioStub) -> None:
    """Another customer's reply of half a minute ago, which is known to have left in its webhook and is listed."""
    bea = replace(as_stored("hola"), address="whatsapp:+5491155550000")
    database = Database(sqlite_url(folder, "gateway"))
    outbox_id = await left_inline(folder, bea, ago_s=30)
    await Outbox(database, "dead", 1).handed([outbox_id])
    await database.close()
    stub.leave({"From": f"whatsapp:{SALON}", "To": bea.address, "Body": "Te espero"})


@pytest.mark.parametrize("arrived", [True, False])
async def test_a_reply_whose_gateway_died_while_answering_arrives_once(
    tmp_path: Path, stub: TwilioStub, arrived: bool
) -> None:
    async with by_rest(tmp_path, stub, gateways=0):
        await a_witness(tmp_path, stub)
    if arrived:
        stub.leave({"From": f"whatsapp:{SALON}", "To": f"whatsapp:{ANA}", "Body": "Te espero"})
    await left_inline(tmp_path, as_stored("hola"))
    async with by_rest(tmp_path, stub):
        await until(lambda: is_at(tmp_path, "handed", "sent"), "it is known to be out")
    assert stub.bodies == ["Te espero"] * 2
    assert len(stub.created) == (0 if arrived else 1)


async def test_a_reply_that_may_have_left_in_its_webhook_waits_until_twilio_is_seen_to_list_such_replies(
    mesh: Mesh, stub: TwilioStub, tmp_path: Path
) -> None:
    async def is_undecided() -> bool:
        return [row.reason for row in await rows(tmp_path, outbox)] == ["NOT_LISTABLE"]

    await left_inline(tmp_path, as_stored("hola"))
    await until(is_undecided, "nobody knows whether Twilio lists what leaves in webhooks")
    assert stub.created == []
    await a_witness(tmp_path, stub)
    again = update(outbox).where(outbox.c.reason == "NOT_LISTABLE").values(due_at=0.0, lease_until=0.0)
    await change(tmp_path, again)
    await until(lambda: is_at(tmp_path, "handed", "sent"), "it is sent")
    assert len(stub.created) == 1


@pytest.mark.parametrize("noted", [True, False])
async def test_a_reply_in_a_webhook_names_where_twilio_tells_that_it_left(
    tmp_path: Path, stub: TwilioStub, noted: bool
) -> None:
    base = "https://wa.example.com"
    async with by_rest(tmp_path, stub, public_url=base, ack_after_s=9) as mesh:
        said = (await mesh.post(message("hola"), base=base)).text
        callback = ElementTree.fromstring(said)[0].attrib["statusCallback"]
        assert callback.startswith(f"{base}{STATUS}?outbox=")
        await until(lambda: is_at(tmp_path, "handed"), "it is known to have left")
        if not noted:
            await change(tmp_path, update(outbox).values(status="inline"))
        await call_back(mesh, sid := new_sid(), "sent", callback.removeprefix(base + STATUS), base)
        row = (await rows(tmp_path, outbox))[0]
        assert (row.status, row.message_sid, row.delivery) == ("sent", sid, "sent")
        await call_back(mesh, sid, "undelivered", callback.removeprefix(base + STATUS), base, ErrorCode="63016")
        row = (await rows(tmp_path, outbox))[0]
        assert (row.status, row.reason) == ("dead", "TWILIO_63016")
    assert stub.created == []


async def call_back(mesh: Mesh, sid: str, status: str, query: str = "", base: str = "", **more: str) -> None:
    """One status callback."""
    form = callback(sid, status, ANA, **more)
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
        url = stub.created[0]["StatusCallback"]
        assert url.startswith(f"{base}{STATUS}?outbox=")
        sid = stub.accepted[0]["sid"]
        await call_back(mesh, sid, "sent", url.removeprefix(base + STATUS), base)
        assert await is_at(tmp_path, "sent")
        row = (await rows(tmp_path, outbox))[0]
        assert (row.message_sid, row.delivery) == (sid, "sent")
    assert len(stub.created) == 1
