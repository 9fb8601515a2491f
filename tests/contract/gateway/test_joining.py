"""Messages that are answered together: in the store on both databases, under races, and through real gateways."""

import asyncio
import itertools
import random
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from grpc import aio
from prometheus_client import REGISTRY
from sqlalchemy import select, update

from gateway.domain.burst import FARTHEST
from gateway.domain.message import MAX_TEXT_BYTES, Claim, ClaimStatus, Finished, Joined, Lease, Message, ReplyPath
from gateway.domain.turn_types import Decided, Extraction, Reply, TurnRecord
from gateway.storage.dead_letters import DeadLetters
from gateway.storage.erasure import Erasure
from gateway.storage.store import ConversationStore
from gateway.storage.tables import conversations, inbox, outbox, turns
from pulpo.common.v1 import state_pb2
from pulpo.gateway.v1 import gateway_pb2 as pb
from pulpo.gateway.v1 import gateway_pb2_grpc
from pulpo.nlg.v1 import nlg_pb2
from runtime.data.database import Database
from tests.contract.gateway.fakes import message, new_sid, running
from tests.contract.gateway.test_turns import Gate, arrived, rows
from tests.poolers import pool_for
from turn.model import ConversationState
from turn.vocabulary import Intent

NOW = datetime(2026, 3, 11, 13, 0, tzinfo=UTC)
FIRST = Message("salon", "whatsapp:+5491155551234", "SM1", "uno", NOW, business="+14155238886")
RACING = 24


@pytest.fixture
async def databases(database_url: str) -> AsyncIterator[list[Database]]:
    """Three replicas' connections to one fresh database."""
    opened = [Database(database_url, pool=pool_for(database_url)) for _ in range(3)]
    await ConversationStore(opened[0], "creator", 15).prepare()
    yield opened
    for database in opened:
        await database.close()


@pytest.fixture
def stores(databases: list[Database]) -> list[ConversationStore]:
    return [ConversationStore(each, f"replica-{number}", 15) for number, each in enumerate(databases)]


def finished(claim: Claim, lease: Lease | None, answered: bool = True) -> Finished:
    record = TurnRecord(claim.message.turn_id, claim.message.workspace_id, "legacy", "ok")
    state = ConversationState(Intent.BOOK) if answered else None
    return Finished(claim, Reply(f"to {claim.message.message_id}"), record, answered, lease, state)


async def in_flight(stores: list[ConversationStore], *messages: Message) -> list[Claim]:
    """Claims of messages that have come while the turn of one before them runs, which has ended since."""
    running_ = replace(FIRST, message_id="SM0", text="cero")
    before = await stores[0].claim(running_)
    claims = [await stores[number % 3].claim(each) for number, each in enumerate(messages)]
    assert [claim.lease for claim in claims] == [None] * len(messages)
    assert await stores[0].finish(finished(before, before.lease))
    return claims


async def stored(database: Database, table: Any) -> list[Any]:
    """All rows of a table, those of the inbox in their order."""
    query = select(table).order_by(inbox.c.seq) if table is inbox else select(table)
    async with database.read() as connection:
        return list((await connection.execute(query)).all())


@pytest.mark.pooler
async def test_messages_that_wait_are_one_turn_that_answers_the_last(
    stores: list[ConversationStore], databases: list[Database]
) -> None:
    two, three = replace(FIRST, message_id="SM2", text="dos"), replace(FIRST, message_id="SM3", text="tres")
    claims = await in_flight(stores, FIRST, two, three)
    assert await stores[0].acquire(claims[0]) == Joined(two.turn_id)
    assert await stores[2].acquire(claims[2]) is None, "it is the second's turn"
    assert await stores[1].acquire(claims[1]) == Joined(three.turn_id)
    lease = await stores[2].acquire(claims[2])
    assert isinstance(lease, Lease)
    assert (lease.joined, lease.state.active_intent) == (("uno", "dos"), Intent.BOOK)
    assert await stores[2].finish(finished(claims[2], lease)) is ReplyPath.INLINE
    kept = [(row.message_id, row.status, row.joined) for row in await stored(databases[0], inbox)]
    assert kept == [
        ("SM0", "answered", ""),
        ("SM1", "answered", three.turn_id),
        ("SM2", "answered", three.turn_id),
        ("SM3", "answered", ""),
    ]
    again = [await stores[0].claim(each) for each in (FIRST, two, three)]
    assert [(each.status, each.reply and each.reply.message) for each in again] == [
        (ClaimStatus.DONE, ""),
        (ClaimStatus.DONE, ""),
        (ClaimStatus.DONE, "to SM3"),
    ]
    assert {row.turn_id for row in await stored(databases[0], turns)} == {claims[2].message.turn_id, finished_id("SM0")}
    assert {row.outbox_id for row in await stored(databases[0], outbox)} == {three.turn_id, finished_id("SM0")}


def finished_id(message_id: str) -> str:
    return replace(FIRST, message_id=message_id).turn_id


@pytest.mark.parametrize(
    "following",
    [
        replace(FIRST, message_id="SM2", media=True),
        replace(FIRST, message_id="SM2", business="+14155230000"),
        replace(FIRST, message_id="SM2", track="slm"),
        replace(FIRST, message_id="SM2", text="ñ" * (MAX_TEXT_BYTES // 2)),
    ],
)
async def test_what_cannot_be_answered_together_has_turns_of_its_own(
    stores: list[ConversationStore], following: Message
) -> None:
    claims = await in_flight(stores, FIRST, following, replace(FIRST, message_id="SM3"))
    lease = await stores[0].acquire(claims[0])
    assert isinstance(lease, Lease)
    assert lease.joined == ()


async def test_a_picture_joins_nothing_and_what_is_before_it_stays_before_it(stores: list[ConversationStore]) -> None:
    picture = replace(FIRST, message_id="SM2", media=True)
    claims = await in_flight(stores, FIRST, picture, replace(FIRST, message_id="SM3"))
    for number in range(3):
        lease = await stores[number].acquire(claims[number])
        assert isinstance(lease, Lease)
        assert lease.joined == ()
        assert await stores[number].finish(finished(claims[number], lease))


async def test_so_many_are_answered_together_at_most(stores: list[ConversationStore]) -> None:
    burst = [replace(FIRST, message_id=f"SM{number}", text=f"{number}") for number in range(1, FARTHEST + 3)]
    rights = [await stores[number % 3].acquire(each) for number, each in enumerate(await in_flight(stores, *burst))]
    alone = [number for number, right in enumerate(rights) if isinstance(right, Lease)]
    assert alone == [FARTHEST - 1]
    lease = rights[FARTHEST - 1]
    assert isinstance(lease, Lease)
    assert lease.joined == tuple(map(str, range(1, FARTHEST)))


async def test_nothing_joins_a_message_whose_process_is_dead(
    stores: list[ConversationStore], databases: list[Database]
) -> None:
    claims = await in_flight(stores, FIRST, replace(FIRST, message_id="SM2"))
    async with databases[0].write() as connection:
        await connection.execute(update(inbox).where(inbox.c.message_id == "SM2").values(lease_until=0.0))
    assert isinstance(await stores[0].acquire(claims[0]), Lease)


async def test_nothing_joins_a_message_of_a_release_that_would_not_read_it(
    stores: list[ConversationStore], databases: list[Database]
) -> None:
    claims = await in_flight(stores, FIRST, replace(FIRST, message_id="SM2"))
    async with databases[0].write() as connection:
        await connection.execute(update(inbox).where(inbox.c.message_id == "SM2").values(joined=None))
    assert isinstance(await stores[0].acquire(claims[0]), Lease)


async def test_nothing_joins_a_turn_that_may_have_changed_something(
    stores: list[ConversationStore], databases: list[Database]
) -> None:
    """A message that was skipped because its process was dead comes again, while a later one is run anew."""
    decided = Decided(Extraction(Intent.BOOK), ())
    claims = await in_flight(stores, FIRST, replace(FIRST, message_id="SM2"))
    await stores[1].note(claims[1].message, decided)
    assert isinstance(await stores[0].acquire(claims[0]), Lease)
    assert isinstance(await stores[0].acquire(replace(claims[0], decided=decided)), Lease)
    async with databases[0].write() as connection:
        await connection.execute(update(inbox).values(decided=None))
    assert isinstance(await stores[0].acquire(replace(claims[0], decided=decided)), Lease), "nor joins it itself"
    assert isinstance(await stores[0].acquire(claims[0]), Joined)


async def test_who_was_taken_for_dead_joins_nothing(stores: list[ConversationStore], databases: list[Database]) -> None:
    claims = await in_flight(stores, FIRST, replace(FIRST, message_id="SM2"))
    async with databases[0].write() as connection:
        await connection.execute(update(inbox).where(inbox.c.message_id == "SM1").values(owner="another"))
    assert isinstance(await stores[0].acquire(claims[0]), Lease)
    assert [row.joined for row in await stored(databases[0], inbox)] == [""] * 3


async def test_a_turn_taken_over_is_about_the_same_messages(
    stores: list[ConversationStore], databases: list[Database]
) -> None:
    two = replace(FIRST, message_id="SM2", text="dos")
    claims = await in_flight(stores, FIRST, two)
    assert isinstance(await stores[0].acquire(claims[0]), Joined)
    slow = await stores[1].acquire(claims[1])
    assert isinstance(slow, Lease)
    async with databases[0].write() as connection:
        over = {"lease_until": inbox.c.lease_until - 60}
        await connection.execute(update(inbox).where(inbox.c.message_id == "SM2").values(**over))
    rescuer = ConversationStore(databases[2], "rescuer", 15, deliver_async=True)
    (orphan,) = await rescuer.orphans()
    adopted = await rescuer.adopt(orphan)
    async with databases[0].write() as connection:
        await connection.execute(update(conversations).values(lease_until=0.0))
    lease = await rescuer.acquire(adopted)
    assert isinstance(lease, Lease)
    assert lease.joined == slow.joined == ("uno",)
    assert await rescuer.finish(finished(adopted, lease)) is ReplyPath.ASYNC
    assert await stores[1].finish(finished(claims[1], slow)) is None
    assert await DeadLetters(databases[0]).all() == []


async def test_a_turn_that_failed_is_listed_and_replayed_with_what_joined_it(
    stores: list[ConversationStore], databases: list[Database]
) -> None:
    claims = await in_flight(stores, FIRST, replace(FIRST, message_id="SM2", text="dos"))
    assert isinstance(await stores[0].acquire(claims[0]), Joined)
    lease = await stores[1].acquire(claims[1])
    assert isinstance(lease, Lease)
    assert await stores[1].finish(finished(claims[1], lease, answered=False))
    (letter,) = await DeadLetters(databases[0]).all()
    assert letter.id == claims[1].message.turn_id
    assert await DeadLetters(databases[0]).replay(letter.id)
    (orphan,) = await stores[2].orphans()
    again = await stores[2].acquire(await stores[2].adopt(orphan))
    assert isinstance(again, Lease)
    assert again.joined == ("uno",)


async def test_who_has_the_right_and_waits_still_joins(stores: list[ConversationStore]) -> None:
    greeting = await stores[0].claim(FIRST)
    assert greeting.lease is not None
    assert not await stores[0].is_followed(greeting)
    later = await stores[1].claim(two := replace(FIRST, message_id="SM2", text="dos"))
    assert await stores[0].is_followed(greeting)
    assert not await stores[1].is_followed(later)
    assert await stores[1].acquire(later) is None
    assert await stores[0].acquire(greeting) == Joined(two.turn_id)
    lease = await stores[1].acquire(later)
    assert isinstance(lease, Lease)
    assert lease.joined == ("uno",)


@pytest.mark.pooler
@pytest.mark.parametrize("seed", [1, 2])
async def test_racing_replicas_answer_each_message_once_and_in_order(
    stores: list[ConversationStore], databases: list[Database], seed: int
) -> None:
    chance, heard, ends = random.Random(seed), list[tuple[str, ...]](), itertools.count()

    async def live(number: int) -> None:
        store = stores[number % 3]
        media = chance.random() < 0.2
        claim = await store.claim(replace(FIRST, message_id=f"SM{number}", text=f"{number}", media=media))
        right: Lease | Joined | None = claim.lease
        while right is None:
            await asyncio.sleep(chance.random() / 100)
            await store.renew([claim.message.key])
            right = await store.acquire(claim)
        if isinstance(right, Lease):
            heard.append((*right.joined, claim.message.text))
            await asyncio.sleep(chance.random() / 50)
            assert await store.finish(finished(claim, right))
            next(ends)

    await asyncio.gather(*(live(number) for number in range(RACING)))
    kept = await stored(databases[0], inbox)
    assert [text for texts in heard for text in texts] == [row.text for row in kept], "each once, as they came"
    assert {row.status for row in kept} == {"answered"}
    assert 1 < next(ends) == sum(not row.joined for row in kept) < RACING
    by_turn = {row.turn_id: row for row in kept}
    for row in kept:
        if row.joined:
            target = by_turn[row.joined]
            assert target.joined == ""
            assert target.seq > row.seq
            assert not row.media
            assert not target.media


async def test_what_is_erased_no_longer_tells_what_it_joined(
    stores: list[ConversationStore], databases: list[Database]
) -> None:
    claims = await in_flight(stores, FIRST, replace(FIRST, message_id="SM2"))
    assert isinstance(await stores[0].acquire(claims[0]), Joined)
    await Erasure(databases[0]).customer(["salon"], [FIRST.address])
    assert [(row.text, row.joined) for row in await stored(databases[0], inbox)] == [("", None)] * 3


def count(name: str) -> float:
    """What a counter says."""
    return REGISTRY.get_sample_value(name) or 0.0


@pytest.mark.parametrize("replicas", [1, 2])
async def test_three_messages_in_flight_get_one_reply_and_repeats_the_same(tmp_path: Path, replicas: int) -> None:
    sids = [new_sid() for _ in range(4)]
    async with running(tmp_path, gateways=replicas, extract_s=9) as mesh:
        gate, joined = Gate(mesh, "uno"), count("pulpo_joined_messages_total")
        sent = []
        for number, text in enumerate(["uno", "dos", "tres", "cuatro"]):
            sent.append(asyncio.create_task(mesh.say(text, sid=sids[number], index=number % replicas)))
            await arrived(tmp_path, number + 1)
        await gate.reached.wait()
        repeated = asyncio.create_task(mesh.say("dos", sid=sids[1], index=0))
        gate.opened.set()
        assert await asyncio.gather(*sent) == ["reply 1", "", "", "reply 2"]
        assert await repeated == ""
        assert [request.text for request in mesh.fakes.extracted] == ["uno", "dos\ntres\ncuatro"]
        again = [await mesh.say("otra vez", sid=sid) for sid in sids]
        assert again == ["reply 1", "", "", "reply 2"]
        assert count("pulpo_joined_messages_total") == joined + 2
    assert len(await rows(tmp_path, turns)) == len(await rows(tmp_path, outbox)) == 2


async def test_a_picture_in_between_is_answered_by_itself(tmp_path: Path) -> None:
    async with running(tmp_path, extract_s=9) as mesh:
        gate, sent = Gate(mesh, "uno"), []
        for number, (text, media) in enumerate([("uno", "0"), ("dos", "0"), ("una foto", "1"), ("tres", "0")]):
            extra = {"MediaUrl0": "https://example.com/1", "MediaContentType0": "image/jpeg"} if media == "1" else {}
            kind = {"NumMedia": media, "MessageType": "image" if media == "1" else "text"}
            sent.append(asyncio.create_task(mesh.post({**message(text), **kind, **extra})))
            await arrived(tmp_path, number + 1)
        gate.opened.set()
        assert ["<Message" in (await each).text for each in sent] == [True] * 4
        assert [request.text for request in mesh.fakes.extracted] == ["uno", "dos", "una foto", "tres"]


@pytest.mark.parametrize("replicas", [1, 2])
async def test_a_greeting_waits_for_the_message_after_it(tmp_path: Path, replicas: int) -> None:
    async with running(tmp_path, gateways=replicas, gateway_join_wait_s=5) as mesh:
        greeting = asyncio.create_task(mesh.say("hola"))
        await arrived(tmp_path, 1)
        assert await mesh.say("quiero un turno", index=replicas - 1) == "reply 1"
        assert await greeting == ""
        assert [request.text for request in mesh.fakes.extracted] == ["hola\nquiero un turno"]


async def test_a_greeting_after_which_nothing_comes_is_answered(tmp_path: Path) -> None:
    async with running(tmp_path, gateway_join_wait_s=0.05) as mesh:
        assert await mesh.say("hola") == "reply 1"


async def test_one_that_waits_holds_no_place_of_a_turn(tmp_path: Path) -> None:
    async with running(tmp_path, gateway_join_wait_s=5, turns_at_once=1) as mesh:
        greeting = asyncio.create_task(mesh.say("hola"))
        await arrived(tmp_path, 1)
        assert await mesh.say("precios", "+5491100000000") == "reply 1"
        assert not greeting.done()
        assert await mesh.say("precios") == "reply 2"
        assert await greeting == ""


async def booked(request: nlg_pb2.ComposeRequest) -> nlg_pb2.ComposeResponse:
    return nlg_pb2.ComposeResponse(message="¡Listo!", next_state=state_pb2.STAGE_RESERVA_HECHA)


async def test_an_ok_to_what_is_finished_gets_no_answer(tmp_path: Path) -> None:
    async with running(tmp_path) as mesh:
        mesh.fakes.compose = booked  # type: ignore[method-assign]
        silent, sid = count("pulpo_silent_replies_total"), new_sid()
        assert await mesh.say("ok") == "¡Listo!", "nothing was finished before"
        assert await mesh.say("ok 👍", sid=sid) == ""
        assert await mesh.say("👍") == ""
        assert await mesh.say("ok 👍", sid=sid) == ""
        assert await mesh.say("gracias") == "¡Listo!"
        assert count("pulpo_silent_replies_total") == silent + 2
        assert [request.text for request in mesh.fakes.extracted] == ["ok", "gracias"]
    kept = await rows(tmp_path, inbox)
    assert {row.status for row in kept} == {"answered"}
    assert len(await rows(tmp_path, turns)) == 4
    assert len(await rows(tmp_path, outbox)) == 2, "a reply that says nothing goes nowhere"


async def test_other_channels_are_told_that_there_is_nothing_to_show(tmp_path: Path) -> None:
    async with running(tmp_path) as mesh, aio.insecure_channel(f"127.0.0.1:{mesh.gateway.grpc_port}") as channel:
        mesh.fakes.compose = booked  # type: ignore[method-assign]
        stub = gateway_pb2_grpc.ConversationServiceStub(channel)

        async def send(text: str, message_id: str) -> pb.SendMessageResponse:
            fields: dict[str, Any] = {"workspace_id": "estudio-pulpo", "from": "app:1", "text": text}
            response: pb.SendMessageResponse = await stub.SendMessage(
                pb.SendMessageRequest(**fields, message_id=message_id), timeout=20
            )
            return response

        first, second, again = await send("reservar", "1"), await send("ok", "2"), await send("ok", "2")
        assert (first.message, first.silent) == ("¡Listo!", False)
        assert (second.message, second.silent, second.replayed) == ("", True, False)
        assert (again.message, again.silent, again.replayed) == ("", True, True)
