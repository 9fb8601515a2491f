"""Replies that leave by REST, against a real HTTP stub of Twilio: each goes out once, or is listed."""

import asyncio
import base64
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import update

from gateway.domain.message import Message
from gateway.storage.tables import inbox, outbox
from pulpo.nlg.v1 import nlg_pb2
from tests.contract.gateway.fakes import NOW, SALON, Mesh, message, new_sid, reply_of, running
from tests.contract.gateway.test_turns import Gate, change, rows
from tests.contract.gateway.twilio_stub import (
    ACCOUNT,
    Behaviour,
    TwilioStub,
    broken,
    broken_after_accepting,
    refusing,
    silent,
    silent_after_accepting,
    twilio,
    well,
)

ANA = "+5491155551234"


@asynccontextmanager
async def by_rest(folder: Path, stub: TwilioStub, **settings: Any) -> AsyncIterator[Mesh]:
    """Gateways that have the stub's credentials, and acknowledge at once."""
    given = {
        "twilio_account_sid": ACCOUNT,
        "twilio_api_url": stub.url,
        "twilio_call_s": 1.0,
        "ack_after_s": 0.01,
        "settle_s": 0.05,
        "extract_s": 9,
    }
    async with running(folder, **{**given, **settings}) as mesh:
        yield mesh


@pytest.fixture
async def stub() -> AsyncIterator[TwilioStub]:
    async with twilio() as served:
        yield served


@pytest.fixture
async def mesh(tmp_path: Path, stub: TwilioStub) -> AsyncIterator[Mesh]:
    async with by_rest(tmp_path, stub) as started:
        yield started


async def until(condition: Callable[[], Any], what: str) -> None:
    """Returns once a condition holds, which may be a coroutine's."""
    try:
        async with asyncio.timeout(30):
            while True:
                found = condition()
                if await found if asyncio.iscoroutine(found) else found:
                    return
                await asyncio.sleep(0.01)
    except TimeoutError:
        pytest.fail(f"never happened: {what}")


async def is_at(folder: Path, *statuses: str) -> bool:
    """Whether the replies in the outbox have come so far."""
    return sorted(row.status for row in await rows(folder, outbox)) == sorted(statuses)


async def late(mesh: Mesh, text: str = "hola", customer: str = ANA, sid: str = "", index: int = 0) -> None:
    """A message whose turn takes longer than its webhook: acknowledged empty, then answered."""
    gate = Gate(mesh, text)
    assert await mesh.say(text, customer, sid, index) == ""
    gate.opened.set()


def as_stored(text: str, sid: str = "") -> Message:
    """A customer's message as the gateway stores it."""
    return Message("estudio-pulpo", f"whatsapp:{ANA}", sid or new_sid(), text, NOW, business=SALON)


async def test_a_quick_turn_is_answered_in_the_webhook_alone(tmp_path: Path, stub: TwilioStub) -> None:
    async with by_rest(tmp_path, stub, ack_after_s=9) as mesh:
        assert await mesh.say("hola") == "reply 1"
        await until(lambda: is_at(tmp_path, "handed"), "the reply is known to have left")
    assert stub.created == []


async def test_a_slow_turn_is_acknowledged_and_answered_once_by_rest(
    mesh: Mesh, stub: TwilioStub, tmp_path: Path
) -> None:
    sid = new_sid()
    gate = Gate(mesh, "hola")
    response = await mesh.post(message("hola", sid=sid))
    assert (response.status_code, reply_of(response)) == (200, "")
    assert "<Message" not in response.text
    gate.opened.set()
    await until(lambda: is_at(tmp_path, "sent"), "Twilio has the reply")
    assert stub.created == [{"From": f"whatsapp:{SALON}", "To": f"whatsapp:{ANA}", "Body": "reply 1"}]
    assert stub.users == {"Basic " + base64.b64encode(f"{ACCOUNT}:dev-token".encode()).decode()}
    assert (await rows(tmp_path, outbox))[0].message_sid == stub.accepted[0]["sid"]
    assert await mesh.say("hola", sid=sid) == ""
    assert len(mesh.fakes.extracted) == len(stub.created) == 1


async def test_an_api_key_is_used_in_place_of_the_token(tmp_path: Path, stub: TwilioStub) -> None:
    async with by_rest(tmp_path, stub, twilio_api_key="SK1", twilio_api_secret="hush") as mesh:
        await late(mesh)
        await until(lambda: stub.users, "Twilio is called")
    assert stub.users == {"Basic " + base64.b64encode(b"SK1:hush").decode()}


@pytest.mark.parametrize(("code", "status"), [(63016, 400), (21610, 400), (20003, 401), (20404, 404)])
async def test_a_definite_refusal_is_a_dead_letter_and_is_not_repeated(
    mesh: Mesh, stub: TwilioStub, tmp_path: Path, code: int, status: int
) -> None:
    stub.next = [refusing(code, status)]
    await late(mesh)
    await until(lambda: is_at(tmp_path, "dead"), "it is a dead letter")
    await late(mesh, "otra vez")
    await until(lambda: is_at(tmp_path, "dead", "sent"), "the next reply goes out")
    assert (await rows(tmp_path, outbox))[0].reason == f"TWILIO_{code}"
    assert stub.bodies == ["reply 2"]
    assert len(stub.created) == 2


async def test_a_limited_call_is_repeated_when_twilio_says_and_not_before(
    mesh: Mesh, stub: TwilioStub, tmp_path: Path
) -> None:
    stub.next = [refusing(20429, 429, Retry_After="600")]
    await late(mesh)
    await until(lambda: stub.created, "Twilio is called")
    await until(lambda: is_at(tmp_path, "waiting"), "it waits")
    row = (await rows(tmp_path, outbox))[0]
    assert row.due_at - row.tried_at >= 600
    await change(tmp_path, update(outbox).values(due_at=row.tried_at))
    await until(lambda: is_at(tmp_path, "sent"), "it goes out")
    assert (stub.bodies, len(stub.created), stub.lists) == (["reply 1"], 2, 0)


@pytest.mark.parametrize("behaviour", [broken_after_accepting, silent_after_accepting])
async def test_an_unclear_answer_to_an_accepted_message_sends_nothing_twice(
    mesh: Mesh, stub: TwilioStub, tmp_path: Path, behaviour: Behaviour
) -> None:
    stub.next = [behaviour]
    await late(mesh)
    await until(lambda: is_at(tmp_path, "sent"), "it is found at Twilio")
    assert (await rows(tmp_path, outbox))[0].message_sid == stub.accepted[0]["sid"]
    assert (len(stub.created), len(stub.accepted)) == (1, 1)


@pytest.mark.parametrize("behaviour", [broken, silent])
async def test_an_unclear_answer_to_a_lost_message_sends_it_again_after_looking(
    mesh: Mesh, stub: TwilioStub, tmp_path: Path, behaviour: Behaviour
) -> None:
    stub.next = [behaviour]
    await late(mesh)
    await until(lambda: is_at(tmp_path, "sent"), "it goes out")
    assert (len(stub.created), stub.bodies) == (2, ["reply 1"])
    assert stub.lists >= 2


async def test_nothing_is_sent_again_while_twilio_does_not_say_what_it_has(
    mesh: Mesh, stub: TwilioStub, tmp_path: Path
) -> None:
    stub.next, stub.list_fails = [broken], True
    await late(mesh)
    await until(lambda: stub.lists, "Twilio is asked")
    await until(lambda: is_at(tmp_path, "ambiguous"), "it stays ambiguous")
    assert len(stub.created) == 1
    stub.list_fails = False
    await change(tmp_path, update(outbox).values(due_at=0.0, lease_until=0.0))
    await until(lambda: is_at(tmp_path, "sent"), "it goes out")
    assert stub.bodies == ["reply 1"]


async def test_the_same_text_sent_before_is_not_taken_for_the_one_that_was_lost(
    mesh: Mesh, stub: TwilioStub, tmp_path: Path
) -> None:
    async def compose(request: nlg_pb2.ComposeRequest) -> nlg_pb2.ComposeResponse:
        return nlg_pb2.ComposeResponse(message="¿Para qué día?")

    mesh.fakes.compose = compose  # type: ignore[method-assign]
    stub.next = [well, broken]
    await late(mesh, "uno")
    await until(lambda: is_at(tmp_path, "sent"), "the first goes out")
    await late(mesh, "dos")
    await until(lambda: is_at(tmp_path, "sent", "sent"), "the second goes out")
    assert stub.bodies == ["¿Para qué día?"] * 2
    assert len({row.message_sid for row in await rows(tmp_path, outbox)}) == 2


async def test_a_twilio_that_cannot_be_reached_gets_the_message_once_it_can(tmp_path: Path) -> None:
    async with twilio() as first:
        address = first
    async with by_rest(tmp_path, address) as mesh:
        await late(mesh)

        async def failed() -> bool:
            return bool((found := await rows(tmp_path, outbox)) and found[0].reason == "CONNECTERROR")

        await until(failed, "connecting fails")
        async with twilio(TwilioStub(port=address.port)) as back:
            await until(lambda: is_at(tmp_path, "sent"), "it goes out")
            assert (back.bodies, back.lists) == (["reply 1"], 0)


async def test_replies_of_a_conversation_go_out_in_order(mesh: Mesh, stub: TwilioStub, tmp_path: Path) -> None:
    stub.next = [refusing(20429, 429), broken]
    gates = [Gate(mesh, text) for text in ("uno", "dos\ntres")]
    for text in ("uno", "dos", "tres"):
        assert await mesh.say(text) == ""
    for gate in gates:
        gate.opened.set()
    await until(lambda: is_at(tmp_path, "sent", "sent"), "all go out")
    assert stub.bodies == ["reply 1", "reply 2"], "the second is about the last two"


async def test_a_later_reply_does_not_overtake_one_by_rest(tmp_path: Path, stub: TwilioStub) -> None:
    stub.next = [refusing(20429, 429, Retry_After="2")]
    async with by_rest(tmp_path, stub, ack_after_s=5, turn_s=12) as mesh:
        await mesh.gateway.store.claim(asked := as_stored("uno"))
        assert await mesh.gateway.store.acknowledge(asked.workspace_id, asked.message_id)
        await change(tmp_path, update(inbox).values(lease_until=inbox.c.lease_until - 60))
        await until(lambda: stub.created, "the first is being sent")
        assert await mesh.say("dos") == ""
        await until(lambda: is_at(tmp_path, "sent", "sent"), "both go out")
    assert stub.bodies == ["reply 1", "reply 2"]
