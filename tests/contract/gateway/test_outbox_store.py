"""The outbox, dead letters and erasure in the database, across replicas on SQLite and on PostgreSQL."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from sqlalchemy import select, update

from gateway.domain.message import Claim, ClaimStatus, Finished, Lease, Message, ReplyPath
from gateway.domain.outgoing import Move, OutboxStatus, Outgoing, Step
from gateway.domain.turn_types import Reply, TurnRecord
from gateway.storage.dead_letters import DeadLetterKind, DeadLetters
from gateway.storage.erasure import Erasure
from gateway.storage.outbox import Outbox
from gateway.storage.store import ConversationStore
from gateway.storage.tables import conversations, inbox, outbox, turns
from runtime.data.database import Database
from tests.poolers import pool_for
from turn.model import ConversationState, Slots

pytestmark = pytest.mark.pooler
NOW = datetime(2026, 3, 11, 13, 0, tzinfo=UTC)
ANA = "whatsapp:+5491155551234"
FIRST = Message("salon", ANA, "SM1", "soy Ana Paz ana@test.com", NOW, "Ana", business="+14155238886")


@pytest.fixture
async def databases(database_url: str) -> AsyncIterator[list[Database]]:
    """Three replicas' connections to one fresh database."""
    opened = [Database(database_url, pool=pool_for(database_url)) for _ in range(3)]
    await ConversationStore(opened[0], "creator", 15).prepare()
    yield opened
    for database in opened:
        await database.close()


@pytest.fixture
def store(databases: list[Database]) -> ConversationStore:
    return ConversationStore(databases[0], "replica-0", 15, deliver_async=True)


@pytest.fixture
def boxes(databases: list[Database]) -> list[Outbox]:
    return [Outbox(database, f"replica-{number}", 15) for number, database in enumerate(databases)]


async def answered(store: ConversationStore, message: Message, late: bool = True, answered: bool = True) -> str:
    """A message whose turn has ended; its reply's id."""
    claim = await store.claim(message)
    assert not late or await store.acknowledge(message.workspace_id, message.message_id)
    leaves = await store.finish(ended(claim, answered))
    assert leaves is (ReplyPath.ASYNC if late else ReplyPath.INLINE)
    return claim_id(claim)


def claim_id(claim: Claim) -> str:
    return claim.message.turn_id


def ended(claim: Claim, answered: bool = True) -> Finished:
    record = TurnRecord(claim_id(claim), claim.message.workspace_id, "legacy", "ok" if answered else "failed")
    name = claim.message.profile_name
    state = ConversationState(slots=Slots(client_name=name)) if claim.lease else None
    return Finished(claim, Reply(f"Hola {name} {claim.seq}"), record, answered, claim.lease, state)


async def taken(boxes: list[Outbox]) -> list[Outgoing]:
    """What racing replicas take."""
    found = await asyncio.gather(*(box.take() for box in boxes * 3))
    return [reply for reply in found if reply]


async def test_racing_replicas_take_a_conversation_s_replies_one_after_another(
    store: ConversationStore, boxes: list[Outbox]
) -> None:
    for number in range(3):
        await answered(store, replace(FIRST, message_id=f"SM{number}"))
    for number in range(3):
        (reply,) = await taken(boxes)
        assert (reply.body, reply.step, reply.attempts) == (f"Hola Ana {number + 1}", Step.SEND, 1)
        moved = [await box.move(reply, Move(OutboxStatus.SENT, message_sid=f"SM{number}")) for box in boxes]
        assert sorted(moved) == [False, False, True]
    assert await taken(boxes) == []


async def test_other_conversations_do_not_wait(store: ConversationStore, boxes: list[Outbox]) -> None:
    for number in range(3):
        await answered(store, replace(FIRST, message_id=f"SM{number}", address=f"whatsapp:+549115555000{number}"))
    assert len({reply.address for reply in await taken(boxes)}) == 3


async def test_who_dies_while_sending_leaves_a_reply_to_look_for(
    store: ConversationStore, boxes: list[Outbox], databases: list[Database]
) -> None:
    await answered(store, FIRST)
    dying = Outbox(databases[1], "dying", -1)
    lost = await dying.take()
    assert lost is not None
    (found,) = await taken(boxes)
    assert (found.step, found.outbox_id) == (Step.LOOK, lost.outbox_id)
    assert not await dying.move(lost, Move(OutboxStatus.WAITING, "HTTP_429", lost.now))


@pytest.mark.parametrize("end", [Move(OutboxStatus.SENT, message_sid="SM9"), Move(OutboxStatus.DEAD, "TWILIO_21610")])
async def test_what_became_of_a_send_counts_although_its_lease_is_over(
    store: ConversationStore, boxes: list[Outbox], databases: list[Database], end: Move
) -> None:
    await answered(store, FIRST)
    slow = Outbox(databases[1], "slow", -1)
    sent = await slow.take()
    assert sent is not None
    (found,) = await taken(boxes)
    assert await slow.move(sent, end)
    assert [await box.move(found, Move(OutboxStatus.WAITING, "NOT_LISTED", found.now)) for box in boxes] == [False] * 3
    assert await taken(boxes) == []


async def test_what_became_of_a_send_no_longer_counts_when_it_was_sent_again(
    store: ConversationStore, boxes: list[Outbox], databases: list[Database]
) -> None:
    await answered(store, FIRST)
    slow = Outbox(databases[1], "slow", -1)
    sent = await slow.take()
    assert sent is not None
    for stage in (OutboxStatus.WAITING, OutboxStatus.AMBIGUOUS):
        (reply,) = await taken(boxes)
        for box in boxes:
            await box.move(reply, Move(stage, "NOT_LISTED", reply.now))
    assert not await slow.move(sent, Move(OutboxStatus.DEAD, "TWILIO_21610"))


async def test_a_look_that_outlived_its_lease_moves_nothing_even_in_the_same_process(
    store: ConversationStore, boxes: list[Outbox], databases: list[Database]
) -> None:
    await answered(store, FIRST)
    box = boxes[0]
    sent = await box.take()
    assert sent is not None
    assert await box.move(sent, Move(OutboxStatus.AMBIGUOUS, "TIMEOUT", sent.now))
    slow = await box.take()
    async with databases[0].write() as connection:
        await connection.execute(update(outbox).values(lease_until=0.0))
    quick = await box.take()
    assert slow is not None
    assert quick is not None
    assert (slow.step, quick.step) == (Step.LOOK, Step.LOOK)
    assert await box.move(quick, Move(OutboxStatus.WAITING, "NOT_LISTED", quick.now))
    again = await box.take()
    assert again is not None
    assert (again.step, again.attempts) == (Step.SEND, 2)
    assert not await box.move(slow, Move(OutboxStatus.WAITING, "NOT_LISTED", slow.now))
    assert await taken(boxes) == [], "it would be sent once more"
    assert await box.move(again, Move(OutboxStatus.SENT, message_sid="SM9"))


async def test_what_a_clock_put_off_that_was_set_back_is_due_at_once(
    store: ConversationStore, boxes: list[Outbox], databases: list[Database]
) -> None:
    await answered(store, FIRST)
    for step in (Step.SEND, Step.LOOK, Step.LOOK):
        async with databases[0].write() as connection:
            later = {name: outbox.c[name] + 600 for name in ("since", "due_at", "tried_at", "lease_until")}
            await connection.execute(update(outbox).values(later))
        (reply,) = await taken(boxes)
        assert (reply.step, reply.since <= reply.now) == (step, True)
        for box in boxes:
            await box.move(reply, Move(OutboxStatus.AMBIGUOUS, "TIMEOUT", reply.now + 30))
    assert await taken(boxes) == [], "and what a clock put off that is right waits"


async def test_a_wait_is_reckoned_from_when_it_begins(
    store: ConversationStore, boxes: list[Outbox], databases: list[Database]
) -> None:
    await answered(store, FIRST)
    reply = await boxes[0].take()
    assert reply is not None
    ahead = replace(reply, now=reply.now + 600)
    assert await boxes[0].move(ahead, Move(OutboxStatus.WAITING, "HTTP_429", ahead.now + 20))
    async with databases[0].read() as connection:
        due_at = (await connection.execute(select(outbox.c.due_at))).scalar_one()
    assert reply.now + 20 <= due_at < reply.now + 600


async def test_an_abandoned_message_is_adopted_once_and_answered_by_rest(
    store: ConversationStore, databases: list[Database]
) -> None:
    await ConversationStore(databases[1], "dying", -1).claim(FIRST)
    picture = replace(FIRST, message_id="SM2", media=True)  # which nothing joins
    assert await store.acquire(later := await store.claim(picture)) is None
    assert later.lease is None
    rescuers = [
        ConversationStore(database, f"rescuer-{number}", 15, deliver_async=True)
        for number, database in enumerate(databases)
    ]
    orphans = await store.orphans()
    assert [orphan.message for orphan in orphans] == [FIRST]
    adopted = await asyncio.gather(*(rescuer.adopt(orphans[0]) for rescuer in rescuers))
    assert sorted(claim.status for claim in adopted) == [ClaimStatus.MINE, ClaimStatus.RUNNING, ClaimStatus.RUNNING]
    winner = next(number for number, claim in enumerate(adopted) if claim.status is ClaimStatus.MINE)
    lease = await rescuers[winner].acquire(adopted[winner])
    assert isinstance(lease, Lease)
    assert await rescuers[winner].finish(ended(replace(adopted[winner], lease=lease))) is ReplyPath.ASYNC
    assert await store.acquire(later) is not None


async def test_a_message_that_kills_every_process_is_left_to_a_person(
    store: ConversationStore, databases: list[Database]
) -> None:
    dying = ConversationStore(databases[1], "dying", -1, deliver_async=True)
    await dying.claim(FIRST)
    for _ in range(3):
        (orphan,) = await store.orphans()
        assert (await dying.adopt(orphan)).status is ClaimStatus.MINE
    assert await store.orphans() == []
    assert [(letter.kind, letter.reason) for letter in await DeadLetters(databases[0]).all()] == [
        (DeadLetterKind.UNANSWERED, "CRASHED")
    ]
    assert (await store.claim(replace(FIRST, message_id="SM2"))).lease is not None


async def test_other_channels_are_not_answered_by_rest(store: ConversationStore, databases: list[Database]) -> None:
    own = replace(FIRST, business="")
    await ConversationStore(databases[1], "dying", -1).claim(own)
    assert await store.orphans() == []
    assert not await DeadLetters(databases[0]).replay((await DeadLetters(databases[0]).all())[0].id)
    await answered(store, replace(own, message_id="SM2"), late=False)
    async with databases[0].read() as connection:
        assert (await connection.execute(select(outbox))).all() == []


async def test_a_repeat_is_answered_here_only_while_the_reply_leaves_here(
    store: ConversationStore, boxes: list[Outbox], databases: list[Database]
) -> None:
    others = [ConversationStore(databases[number], f"replica-{number}", 15) for number in (1, 2)]
    here = await answered(store, FIRST, late=False)
    by_rest = await answered(store, replace(FIRST, message_id="SM2"))
    assert await others[0].may_answer(here)
    assert not await others[0].may_answer(by_rest)
    await boxes[1].handed([here])
    assert await others[1].may_answer(here)


async def test_what_left_in_webhooks_is_accounted_for_and_tells_what_twilio_lists(
    store: ConversationStore, boxes: list[Outbox]
) -> None:
    others = [replace(FIRST, message_id=f"SM{number}") for number in range(2, 4)]
    elsewhere = replace(FIRST, message_id="SM4", address="whatsapp:+5491100000000")
    handed = [await answered(store, each, late=False) for each in (*others, elsewhere)]
    await answered(store, replace(FIRST, message_id="SM5"), late=False)
    await boxes[0].handed(handed)
    assert await boxes[0].witnesses(600) == [], "so young a reply need not be listed"
    witnesses = await boxes[0].witnesses(0)
    assert [each.outbox_id for each in witnesses] == handed[::-1]
    sought = replace(witnesses[1], outbox_id=handed[0])
    assert list((await boxes[1].accounted(sought)).handed) == [witnesses[1].tried_at]
    assert list((await boxes[1].accounted(replace(sought, outbox_id="", body="?"))).handed) == []


async def test_a_later_reply_waits_for_one_that_may_have_left_only_for_a_while(
    store: ConversationStore, boxes: list[Outbox], databases: list[Database]
) -> None:
    await answered(store, FIRST)
    (first,) = await taken(boxes)
    later = datetime(2100, 1, 1, tzinfo=UTC).timestamp()
    assert any([await box.move(first, Move(OutboxStatus.AMBIGUOUS, "TIMEOUT", later)) for box in boxes])
    second = await answered(store, replace(FIRST, message_id="SM2"))
    assert await taken(boxes) == []
    async with databases[0].write() as connection:
        await connection.execute(update(outbox).values(since=outbox.c.since - 60))
    assert [reply.outbox_id for reply in await taken(boxes)] == [second]


async def test_a_reply_that_may_have_left_and_is_replayed_needs_no_proof_any_more(
    store: ConversationStore, boxes: list[Outbox], databases: list[Database]
) -> None:
    lost = await answered(ConversationStore(databases[0], "dying", -1, deliver_async=True), FIRST, late=False)
    (found,) = await taken(boxes)
    assert (found.outbox_id, found.step, found.attempts) == (lost, Step.LOOK, 0)
    assert any([await box.move(found, Move(OutboxStatus.AMBIGUOUS, "NOT_LISTABLE")) for box in boxes])
    assert await taken(boxes) == []
    letters = DeadLetters(databases[0])
    assert [(letter.id, letter.kind, letter.reason) for letter in await letters.all()] == [
        (lost, DeadLetterKind.AMBIGUOUS, "NOT_LISTABLE")
    ]
    assert await letters.replay(lost)
    (again,) = await taken(boxes)
    assert (again.step, again.attempts) == (Step.LOOK, 1)


async def test_letters_are_listed_replayed_and_dropped(
    store: ConversationStore, boxes: list[Outbox], databases: list[Database]
) -> None:
    letters = DeadLetters(databases[1])
    failed = await answered(store, FIRST, late=False, answered=False)
    await boxes[0].handed([failed])
    dead = await answered(store, replace(FIRST, message_id="SM2"))
    (reply,) = await taken(boxes)
    assert any([await box.move(reply, Move(OutboxStatus.DEAD, "TWILIO_63016")) for box in boxes])
    listed = {letter.id: (letter.kind, letter.reason) for letter in await letters.all()}
    assert listed == {failed: (DeadLetterKind.UNANSWERED, "FAILED"), dead: (DeadLetterKind.DEAD, "TWILIO_63016")}
    assert not await letters.replay("nobody")
    assert await letters.replay(dead)
    assert [reply.outbox_id for reply in await taken(boxes)] == [dead]
    assert await letters.replay(failed)
    assert [orphan.message for orphan in await store.orphans()] == [FIRST]
    assert await letters.drop(failed)
    assert await letters.all() == []
    assert await store.orphans() == []
    assert (await store.claim(FIRST)).reply == Reply("", replayed=True)


async def texts(database: Database) -> str:
    """All that the tables hold."""
    async with database.read() as connection:
        found = [(await connection.execute(select(table))).all() for table in (inbox, conversations, outbox, turns)]
    return str(found)


@pytest.mark.parametrize("how", ["old", "customer"])
async def test_erasing_leaves_ids_and_figures_and_no_person(
    store: ConversationStore, databases: list[Database], how: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("gateway.storage.erasure.PART", 1)
    for number in range(2):
        await answered(store, replace(FIRST, message_id=f"SM{number}"))
    later = datetime(2026, 3, 20, tzinfo=UTC)
    bob = replace(FIRST, message_id="SM9", address="whatsapp:+5491100000000", received_at=later)
    bob = replace(bob, text="soy Bob", profile_name="Bob")
    await answered(store, bob)
    erasure = Erasure(databases[1])
    if how == "old":
        counts = await erasure.old("salon", datetime(2026, 3, 15, tzinfo=UTC).timestamp())
    else:
        assert await erasure.addresses(["salon"], "+5491155551234") == {ANA}
        counts = await erasure.customer(["salon", "vet"], [ANA])
    empty = {"shadows": 0, "statuses": 0, "handovers": 0, "handover_messages": 0, "due": 0, "opt_outs": 0}
    empty |= {"people_acts": 0} if how == "old" else {}
    assert counts == {"inbox": 2, "outbox": 2, "turns": 2, "conversations": 1, **empty}
    left = await texts(databases[0])
    assert not [trace for trace in ("5491155551234", "Ana", "ana@test.com") if trace in left]
    assert "Bob" in left
    assert (await store.claim(replace(FIRST, message_id="SM0"))).reply == Reply("", replayed=True)
    async with databases[0].read() as connection:
        whose = (await connection.scalars(select(turns.c.conversation_id))).all()
    assert len(set(whose)) == 3
    again = await store.claim(replace(FIRST, message_id="SM7"))
    assert (again.seq, again.lease is not None and again.lease.state) == (1, ConversationState())


async def test_who_is_forgotten_in_the_middle_of_a_turn_stays_forgotten(
    store: ConversationStore, databases: list[Database]
) -> None:
    claim = await store.claim(FIRST)
    await Erasure(databases[1]).customer(["salon"], [ANA])
    assert await store.finish(ended(claim)) is None
    assert (await store.look("salon", "SM1")).reply == Reply("", replayed=True)
    assert "Ana" not in await texts(databases[0])


async def test_a_reply_that_leaves_here_waits_for_one_by_rest_only_for_a_while(
    store: ConversationStore, databases: list[Database]
) -> None:
    await answered(store, FIRST)
    second = await store.claim(replace(FIRST, message_id="SM2"))
    assert await store.finish(ended(second)) is ReplyPath.ASYNC
    async with databases[0].write() as connection:
        await connection.execute(update(outbox).values(since=outbox.c.since - 60))
    third = await store.claim(replace(FIRST, message_id="SM3"))
    assert await store.finish(ended(third)) is ReplyPath.INLINE
