"""The outbox, dead letters and erasure in the database, across replicas on SQLite and on PostgreSQL."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from sqlalchemy import select, update

from gateway import ids
from gateway.erasure import Erasure
from gateway.letters import Kind, Letters
from gateway.message import Claim, Message, Progress
from gateway.outbox import Outbox
from gateway.outgoing import Leaves, Move, Outgoing, Step
from gateway.outgoing import Progress as Stage
from gateway.state import Slots, State
from gateway.store import Finished, Store
from gateway.tables import conversations, inbox, outbox, turns
from gateway.turn_types import Reply, TurnRecord
from runtime.database import Database

NOW = datetime(2026, 3, 11, 13, 0, tzinfo=UTC)
ANA = "whatsapp:+5491155551234"
FIRST = Message("salon", ANA, "SM1", "soy Ana Paz ana@test.com", NOW, "Ana", business="+14155238886")


@pytest.fixture
async def databases(database_url: str) -> AsyncIterator[list[Database]]:
    """Three replicas' connections to one fresh database."""
    opened = [Database(database_url) for _ in range(3)]
    await Store(opened[0], "creator", 15).prepare()
    yield opened
    for database in opened:
        await database.close()


@pytest.fixture
def store(databases: list[Database]) -> Store:
    return Store(databases[0], "replica-0", 15, by_rest=True)


@pytest.fixture
def boxes(databases: list[Database]) -> list[Outbox]:
    return [Outbox(database, f"replica-{number}", 15) for number, database in enumerate(databases)]


async def answered(store: Store, message: Message, late: bool = True, answered: bool = True) -> str:
    """A message whose turn has ended; its reply's id."""
    claim = await store.claim(message)
    assert not late or await store.acknowledge(message.workspace_id, message.message_id)
    leaves = await store.finish(ended(claim, answered))
    assert leaves is (Leaves.BY_REST if late else Leaves.INLINE)
    return claim_id(claim)


def claim_id(claim: Claim) -> str:
    return ids.turn_id(claim.message.workspace_id, claim.message.message_id)


def ended(claim: Claim, answered: bool = True) -> Finished:
    record = TurnRecord(claim_id(claim), claim.message.workspace_id, "legacy", "ok" if answered else "failed")
    name = claim.message.profile_name
    state = State(slots=Slots(client_name=name)) if claim.lease else None
    return Finished(claim, Reply(f"Hola {name} {claim.seq}"), record, answered, claim.lease, state)


async def taken(boxes: list[Outbox]) -> list[Outgoing]:
    """What racing replicas take."""
    found = await asyncio.gather(*(box.take() for box in boxes * 3))
    return [reply for reply in found if reply]


async def test_racing_replicas_take_a_conversation_s_replies_one_after_another(
    store: Store, boxes: list[Outbox]
) -> None:
    for number in range(3):
        await answered(store, replace(FIRST, message_id=f"SM{number}"))
    for number in range(3):
        (reply,) = await taken(boxes)
        assert (reply.body, reply.step, reply.attempts) == (f"Hola Ana {number + 1}", Step.SEND, 1)
        moved = [await box.move(reply, Move(Stage.SENT, message_sid=f"SM{number}")) for box in boxes]
        assert sorted(moved) == [False, False, True]
    assert await taken(boxes) == []


async def test_other_conversations_do_not_wait(store: Store, boxes: list[Outbox]) -> None:
    for number in range(3):
        await answered(store, replace(FIRST, message_id=f"SM{number}", address=f"whatsapp:+549115555000{number}"))
    assert len({reply.address for reply in await taken(boxes)}) == 3


async def test_who_dies_while_sending_leaves_a_reply_to_look_for(
    store: Store, boxes: list[Outbox], databases: list[Database]
) -> None:
    await answered(store, FIRST)
    dying = Outbox(databases[1], "dying", -1)
    lost = await dying.take()
    assert lost is not None
    (found,) = await taken(boxes)
    assert (found.step, found.outbox_id) == (Step.LOOK, lost.outbox_id)
    assert not await dying.move(lost, Move(Stage.SENT, message_sid="SM9"))


async def test_an_abandoned_message_is_adopted_once_and_answered_by_rest(
    store: Store, databases: list[Database]
) -> None:
    await Store(databases[1], "dying", -1).claim(FIRST)
    assert await store.acquire(later := await store.claim(replace(FIRST, message_id="SM2"))) is None
    assert later.lease is None
    rescuers = [Store(database, f"rescuer-{number}", 15, by_rest=True) for number, database in enumerate(databases)]
    orphans = await store.orphans()
    assert [orphan.message for orphan in orphans] == [FIRST]
    adopted = await asyncio.gather(*(rescuer.adopt(orphans[0]) for rescuer in rescuers))
    assert sorted(claim.progress for claim in adopted) == [Progress.MINE, Progress.RUNNING, Progress.RUNNING]
    winner = next(number for number, claim in enumerate(adopted) if claim.progress is Progress.MINE)
    lease = await rescuers[winner].acquire(adopted[winner])
    assert await rescuers[winner].finish(ended(replace(adopted[winner], lease=lease))) is Leaves.BY_REST
    assert await store.acquire(later) is not None


async def test_a_message_that_kills_every_process_is_left_to_a_person(store: Store, databases: list[Database]) -> None:
    dying = Store(databases[1], "dying", -1, by_rest=True)
    await dying.claim(FIRST)
    for _ in range(3):
        (orphan,) = await store.orphans()
        assert (await dying.adopt(orphan)).progress is Progress.MINE
    assert await store.orphans() == []
    assert [(letter.kind, letter.reason) for letter in await Letters(databases[0]).all()] == [
        (Kind.UNANSWERED, "CRASHED")
    ]
    assert (await store.claim(replace(FIRST, message_id="SM2"))).lease is not None


async def test_other_channels_are_not_answered_by_rest(store: Store, databases: list[Database]) -> None:
    own = replace(FIRST, business="")
    await Store(databases[1], "dying", -1).claim(own)
    assert await store.orphans() == []
    assert not await Letters(databases[0]).replay((await Letters(databases[0]).all())[0].id)
    await answered(store, replace(own, message_id="SM2"), late=False)
    async with databases[0].read() as connection:
        assert (await connection.execute(select(outbox))).all() == []


async def test_a_repeat_is_answered_here_only_while_the_reply_leaves_here(store: Store, boxes: list[Outbox]) -> None:
    here = await answered(store, FIRST, late=False)
    by_rest = await answered(store, replace(FIRST, message_id="SM2"))
    assert await boxes[1].may_answer(here)
    assert not await boxes[1].may_answer(by_rest)
    await boxes[1].handed([here])
    assert await boxes[2].may_answer(here)


async def test_letters_are_listed_replayed_and_dropped(
    store: Store, boxes: list[Outbox], databases: list[Database]
) -> None:
    letters = Letters(databases[1])
    failed = await answered(store, FIRST, late=False, answered=False)
    await boxes[0].handed([failed])
    dead = await answered(store, replace(FIRST, message_id="SM2"))
    (reply,) = await taken(boxes)
    assert any([await box.move(reply, Move(Stage.DEAD, "TWILIO_63016")) for box in boxes])
    listed = {letter.id: (letter.kind, letter.reason) for letter in await letters.all()}
    assert listed == {failed: (Kind.UNANSWERED, "FAILED"), dead: (Kind.DEAD, "TWILIO_63016")}
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
    store: Store, databases: list[Database], how: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("gateway.erasure.PART", 1)
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
    assert counts == {"inbox": 2, "outbox": 2, "turns": 2, "shadows": 0, "conversations": 1, "statuses": 0}
    left = await texts(databases[0])
    assert not [trace for trace in ("5491155551234", "Ana", "ana@test.com") if trace in left]
    assert "Bob" in left
    assert (await store.claim(replace(FIRST, message_id="SM0"))).reply == Reply("", replayed=True)
    async with databases[0].read() as connection:
        whose = (await connection.scalars(select(turns.c.conversation_id))).all()
    assert len(set(whose)) == 3
    again = await store.claim(replace(FIRST, message_id="SM7"))
    assert (again.seq, again.lease is not None and again.lease.state) == (1, State())


async def test_who_is_forgotten_in_the_middle_of_a_turn_stays_forgotten(
    store: Store, databases: list[Database]
) -> None:
    claim = await store.claim(FIRST)
    await Erasure(databases[1]).customer(["salon"], [ANA])
    assert await store.finish(ended(claim)) is None
    assert (await store.look("salon", "SM1")).reply == Reply("", replayed=True)
    assert "Ana" not in await texts(databases[0])


async def test_a_reply_that_leaves_here_waits_for_one_by_rest_only_for_a_while(
    store: Store, databases: list[Database]
) -> None:
    await answered(store, FIRST)
    second = await store.claim(replace(FIRST, message_id="SM2"))
    assert await store.finish(ended(second)) is Leaves.BY_REST
    async with databases[0].write() as connection:
        await connection.execute(update(outbox).values(since=outbox.c.since - 60))
    third = await store.claim(replace(FIRST, message_id="SM3"))
    assert await store.finish(ended(third)) is Leaves.INLINE
