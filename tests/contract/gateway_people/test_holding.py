"""Who has a conversation, in the database: one person at a time, and the bot says nothing meanwhile; each act once."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select

from gateway.domain.due import DONE, DueKind, DueStatus, Outcome
from gateway.domain.handover import HandoverState
from gateway.domain.holding import Act, Result, Ways
from gateway.domain.message import Claim, Finished, Message, ReplyPath, conversation_id
from gateway.domain.outgoing import OutboxStatus
from gateway.domain.turn_types import Reply, TurnRecord
from gateway.storage.due import DueTable, LostError, post
from gateway.storage.erasure import Erasure
from gateway.storage.handovers import Handover, Handovers
from gateway.storage.holding import Holding
from gateway.storage.outbox import Outbox
from gateway.storage.store import ConversationStore
from gateway.storage.tables import conversations, due, handover_messages, inbox, outbox, people_acts
from runtime.data.database import Database
from tests.contract.gateway.test_handovers import ANA, AT, FIRST, NOW, later
from turn.model import ConversationState
from turn.vocabulary import HandoverReason

SOFI, LUZ = Act("sofi", AT + 60, "a" * 32), Act("luz", AT + 61, "b" * 32)
WAYS = Ways(can_send=True, back_after_s=600, session_s=3_600)


@pytest.fixture
async def databases(database_url: str) -> AsyncIterator[list[Database]]:
    """Three replicas' connections to one fresh database."""
    opened = [Database(database_url) for _ in range(3)]
    await ConversationStore(opened[0], "creator", 15).prepare()
    yield opened
    for database in opened:
        await database.close()


@pytest.fixture
def store(databases: list[Database]) -> ConversationStore:
    return ConversationStore(databases[0], "replica-0", 15, deliver_async=True)


@pytest.fixture
def holding(databases: list[Database]) -> Holding:
    return Holding(databases[1])


def ended(claim: Claim, reply: str = "Sale $100.", reason: HandoverReason | None = None) -> Finished:
    record = TurnRecord(claim.message.turn_id, "salon", "legacy", "ok", handover=reason)
    return Finished(claim, Reply(reply), record, True, claim.lease, ConversationState() if claim.lease else None)


async def asked(store: ConversationStore, holding: Holding, message: Message = FIRST) -> Handover:
    """A request of a customer."""
    assert await store.finish(ended(await store.claim(message), "Le aviso.", HandoverReason.ASKED))
    found, _ = await holding.waiting("salon")
    return found[-1]


async def test_requests_are_numbered_by_business_and_people_told_of_each_once(
    store: ConversationStore, holding: Holding, databases: list[Database]
) -> None:
    first = await asked(store, holding)
    await store.finish(ended(await store.claim(later(1, "¿hola?")), "Ya avisé.", HandoverReason.ASKED))
    await store.finish(ended(await store.claim(later(2, "yo", workspace_id="vet")), "Sí.", HandoverReason.ASKED))
    second = await asked(store, holding, later(3, "otra", address="whatsapp:+5491100000000"))
    assert (first.number, second.number) == (1, 2)
    async with databases[2].read() as connection:
        found = (await connection.execute(select(due.c.kind, due.c.subject).order_by(due.c.due_at))).all()
    assert [kind for kind, _ in found] == ["handover"] * 3
    assert {first.id, second.id} <= {subject for _, subject in found}


async def test_of_two_who_take_at_once_one_has_it(
    store: ConversationStore, holding: Holding, databases: list[Database]
) -> None:
    request = await asked(store, holding)
    desks = [Holding(database) for database in databases]
    results = await asyncio.gather(*(desk.take(request.id, act, WAYS) for desk in desks for act in (SOFI, LUZ)))
    assert set(results) == {Result.DONE, Result.OTHERS}
    winner = SOFI if results[0] is Result.DONE else LUZ
    (found,), _ = await holding.waiting("salon")
    assert (found.state, found.taken_by) == (HandoverState.TAKEN, winner.person)
    owner = replace(SOFI, person="dueño", turn_id="c" * 32, takes_over=True)
    assert await holding.take(request.id, owner, WAYS) is Result.DONE
    assert await holding.close(request.id, winner) is Result.OTHERS


async def test_a_reply_that_is_ready_when_a_person_takes_the_conversation_is_not_given(
    store: ConversationStore, holding: Holding, databases: list[Database]
) -> None:
    request = await asked(store, holding)
    claim = await store.claim(later(1, "y cuánto sale?"))
    assert await holding.take(request.id, SOFI, WAYS) is Result.DONE
    assert await store.finish(ended(claim)) is ReplyPath.NONE
    again = await store.claim(later(1, "y cuánto sale?"))
    assert again.reply is not None
    assert again.reply.message == ""
    (found,), _ = await holding.waiting("salon")
    last = found.messages[-1]
    assert (last.text, last.unsaid, last.reason) == ("y cuánto sale?", "Sale $100.", HandoverReason.SAID)
    async with databases[2].read() as connection:
        relays = (await connection.execute(select(due).where(due.c.kind == "relay"))).all()
        bodies = (await connection.scalars(select(outbox.c.body))).all()
    assert [row.subject for row in relays] == [claim.message.turn_id]
    assert list(bodies) == ["Le aviso."]


async def test_a_reply_that_waits_to_be_sent_is_dropped_and_a_persons_words_go(
    store: ConversationStore, holding: Holding, databases: list[Database]
) -> None:
    request = await asked(store, holding)
    claim = await store.claim(later(1, "y cuánto sale?"))
    await store.acknowledge("salon", claim.message.message_id)
    assert await store.finish(ended(claim)) is ReplyPath.ASYNC
    async with databases[2].write() as connection:
        await connection.execute(outbox.update().where(outbox.c.body == "Le aviso.").values(status="handed"))
    assert await holding.answer(request.id, "Hola Ana", SOFI, WAYS) is Result.DONE
    box = Outbox(databases[1], "replica-1", 15)
    sent = await box.take()
    assert sent is not None
    assert (sent.body, sent.address, sent.business) == ("Hola Ana", ANA, FIRST.business)
    assert await box.take() is None
    async with databases[2].read() as connection:
        said = {row.body: row.status for row in (await connection.execute(select(outbox))).all()}
        reason = await connection.scalar(select(outbox.c.reason).where(outbox.c.body == "Sale $100."))
    assert (said["Sale $100."], reason) == (OutboxStatus.DROPPED.value, "HELD")


async def test_an_order_whose_turn_runs_anew_writes_to_the_customer_once(
    store: ConversationStore, holding: Holding, databases: list[Database]
) -> None:
    request = await asked(store, holding)
    desks = [Holding(database) for database in databases]
    results = await asyncio.gather(*(desk.answer(request.id, "Hola", SOFI, WAYS) for desk in desks * 3))
    assert set(results) == {Result.DONE}
    assert await holding.answer(request.id, "Hola", replace(SOFI, place=1), WAYS) is Result.DONE
    async with databases[2].read() as connection:
        bodies = list((await connection.scalars(select(outbox.c.body))).all())
        acts = list((await connection.scalars(select(people_acts.c.act))).all())
    assert bodies.count("Hola") == 2
    assert acts == ["answered"] * 2
    assert await holding.close(request.id, SOFI) is Result.DONE
    assert await holding.close(request.id, SOFI) is Result.DONE
    assert await holding.close(request.id, replace(SOFI, turn_id="d" * 32)) is Result.CLOSED


async def test_words_leave_only_where_they_can(store: ConversationStore, holding: Holding) -> None:
    request = await asked(store, holding)
    late = replace(SOFI, at=AT + WAYS.session_s + 1)
    assert await holding.answer(request.id, "Hola", late, WAYS) is Result.OUTSIDE
    assert await holding.answer(request.id, "Hola", SOFI, replace(WAYS, can_send=False)) is Result.UNREACHABLE
    assert await holding.answer("no such", "Hola", SOFI, WAYS) is Result.GONE
    (found,), _ = await holding.waiting("salon")
    assert (found.state, found.answered_at) == (HandoverState.OPEN, None)
    assert await holding.answer(request.id, "Hola", late, replace(WAYS, template="HX1")) is Result.DONE


async def test_given_back_the_request_waits_and_the_others_are_told_again(
    store: ConversationStore, holding: Holding, databases: list[Database]
) -> None:
    request = await asked(store, holding)
    assert await holding.give_back(request.id, SOFI) is Result.NOT_TAKEN
    await holding.take(request.id, SOFI, WAYS)
    assert await holding.give_back(request.id, SOFI) is Result.DONE
    (found,), _ = await holding.waiting("salon")
    assert (found.state, found.taken_by) == (HandoverState.OPEN, "")
    async with databases[2].read() as connection:
        told = (await connection.execute(select(due).where(due.c.kind == "handover").order_by(due.c.due_at))).all()
        held = await connection.scalar(select(conversations.c.held))
    assert ([row.person for row in told], held) == (["", "sofi"], "")
    claim = await store.claim(later(5, "y cuánto sale?"))
    assert claim.lease is not None
    assert claim.lease.held == ""
    assert await store.finish(ended(claim)) is not ReplyPath.NONE


async def test_what_is_due_is_done_by_one_and_once(
    store: ConversationStore, holding: Holding, databases: list[Database]
) -> None:
    await asked(store, holding)
    tables = [DueTable(database, f"replica-{number}", 15) for number, database in enumerate(databases)]
    assert [await table.take(AT - 1) for table in tables] == [None] * 3
    taken = [each for each in await asyncio.gather(*(table.take(AT) for table in tables * 3)) if each]
    assert [each.kind for each in taken] == [DueKind.HANDOVER]
    where = {"workspace_id": "salon", "address": "whatsapp:+5491144440000", "business": "+1", "body": "aviso"}
    lost = replace(taken[0], holder="somebody else")
    for each, expected in ((lost, 0), (taken[0], 1)):
        try:
            async with tables[1].ending(each, DONE) as (connection, now):
                await post(tables[1].transactions, connection, now, each.id, **where)
        except LostError:
            assert each is lost
        async with databases[2].read() as reading:
            assert list((await reading.scalars(select(outbox.c.body))).all()).count("aviso") == expected
    assert [await table.take(AT + 9_999) for table in tables] == [None] * 3


async def test_who_dies_over_it_leaves_it_to_another(
    store: ConversationStore, holding: Holding, databases: list[Database]
) -> None:
    await asked(store, holding)
    dying, living = DueTable(databases[0], "dying", -1), DueTable(databases[1], "living", 15)
    lost, found = await dying.take(AT), await living.take(AT)
    assert lost is not None
    assert found is not None
    assert (lost.id, found.attempts) == (found.id, 2)
    with pytest.raises(LostError):
        async with dying.ending(lost, DONE):
            raise AssertionError("it is no longer its own")
    async with living.ending(found, Outcome(DueStatus.WAITING, "HTTP_500", 60)):
        pass
    assert await living.take(AT + 59) is None
    again = await living.take(AT + 60)
    assert again is not None
    assert again.attempts == 3


@pytest.mark.parametrize("how", ["old", "customer"])
async def test_erasing_a_customer_takes_what_people_said_of_them(
    store: ConversationStore, holding: Holding, databases: list[Database], how: str
) -> None:
    request = await asked(store, holding)
    order = replace(FIRST, message_id="SM50", address="whatsapp:+5491144440000", text="#1 Hola Ana, mi vida")
    claim = await store.claim(order)
    act = Act("sofi", AT + 60, claim.message.turn_id, claim.conversation_id)
    assert await holding.answer(request.id, "Hola Ana, mi vida", act, WAYS) is Result.DONE
    await store.finish(replace(ended(claim, "Enviado a Ana"), to_staff=True))
    told = {"workspace_id": "salon", "address": order.address, "business": "+1", "body": "Ana pide", "author": "pulpo"}
    table = DueTable(databases[0], "teller", 15)
    taken = await table.take(AT)
    assert taken is not None
    async with table.ending(taken, DONE) as (connection, _now):
        about = conversation_id("salon", ANA)
        await post(table.transactions, connection, AT, taken.id, **told, about=about)
    erasure = Erasure(databases[1])
    if how == "old":
        async with databases[2].write() as connection:  # what is posted is as old as the database's clock says
            await connection.execute(outbox.update().where(outbox.c.about != "").values(since=AT))
        await erasure.old("salon", (NOW + timedelta(days=4)).timestamp())
    else:
        await erasure.customer(["salon"], [ANA])
    async with databases[2].read() as connection:
        tables = (inbox, outbox, handover_messages, due)
        left = str([(await connection.execute(select(each))).all() for each in tables])
    assert not [trace for trace in ("Ana", "mi vida", "alguien", "5491155551234") if trace in left]
    assert (await Handovers(databases[2]).all(closed=True)) == []
