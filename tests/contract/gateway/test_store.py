"""The inbox and the order of turns, across replicas on SQLite and on PostgreSQL."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import select, update

from gateway.domain.message import Claim, ClaimStatus, Finished, Lease, Message
from gateway.domain.turn_types import Reply, TurnRecord
from gateway.storage.outbox import Deliveries
from gateway.storage.store import ConversationStore
from gateway.storage.tables import conversations, inbox, statuses
from runtime.data.database import Database
from runtime.errors import PulpoError
from tests.poolers import pool_for
from turn.model import ConversationState, Slots
from turn.vocabulary import Intent

pytestmark = pytest.mark.pooler
NOW = datetime(2026, 3, 11, 13, 0, 0, 123456, tzinfo=UTC)
FIRST = Message("salon", "whatsapp:+5491155551234", "SM1", "hola ñ 😀", NOW, "Ana", media=True, track="slm")


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
    return [ConversationStore(database, f"replica-{number}", 15) for number, database in enumerate(databases)]


@pytest.fixture
def dying(databases: list[Database]) -> ConversationStore:
    """A replica whose leases are over as soon as they are taken."""
    return ConversationStore(databases[2], "dying", -1)


def ended(claim: Claim, lease: Lease | None, state: ConversationState | None = None, answered: bool = True) -> Finished:
    record = TurnRecord(f"turn-{claim.message.message_id}", claim.message.workspace_id, "legacy", "ok")
    return Finished(claim, Reply(f"to {claim.message.message_id}"), record, answered, lease, state)


async def leased(store: ConversationStore, claim: Claim) -> Lease:
    lease = await store.acquire(claim)
    assert isinstance(lease, Lease)
    return lease


async def test_one_of_many_claims_wins(stores: list[ConversationStore]) -> None:
    claims = await asyncio.gather(*(stores[number % 3].claim(FIRST) for number in range(30)))
    assert sorted(claim.status for claim in claims) == [ClaimStatus.MINE] + [ClaimStatus.RUNNING] * 29
    assert {claim.seq for claim in claims} == {claims[0].seq}


async def test_a_claim_gives_back_what_was_first_stored(stores: list[ConversationStore]) -> None:
    assert (await stores[0].claim(FIRST)).message == FIRST
    other = replace(FIRST, text="cancelá todo", address="whatsapp:+5491100000000")
    assert (await stores[1].claim(other)).message == FIRST


async def test_a_finished_message_has_its_reply_for_everybody(stores: list[ConversationStore]) -> None:
    claim = await stores[0].claim(FIRST)
    assert await stores[0].finish(ended(claim, await leased(stores[0], claim)))
    again = await stores[1].claim(FIRST)
    assert (again.status, again.reply) == (ClaimStatus.DONE, Reply("to SM1", replayed=True))
    assert (await stores[2].look("salon", "SM1")).reply == again.reply


async def test_a_later_message_waits_for_all_earlier_ones(stores: list[ConversationStore]) -> None:
    claims = [await stores[number].claim(replace(FIRST, message_id=f"SM{number}")) for number in range(3)]
    assert [claim.seq for claim in claims] == [1, 2, 3]
    assert await stores[2].acquire(claims[2]) is None
    first = await leased(stores[0], claims[0])
    assert await stores[1].acquire(claims[1]) is None
    await stores[0].finish(ended(claims[0], first, ConversationState(Intent.BOOK, Slots(service_type="Barba"))))
    assert await stores[2].acquire(claims[2]) is None
    second = await leased(stores[1], claims[1])
    assert second.state == ConversationState(Intent.BOOK, Slots(service_type="Barba"))
    assert second.changed_at == NOW.timestamp()


async def test_other_conversations_do_not_wait(stores: list[ConversationStore]) -> None:
    await leased(stores[0], await stores[0].claim(FIRST))
    other = await stores[1].claim(replace(FIRST, message_id="SM2", address="whatsapp:+5491100000000"))
    assert await stores[1].acquire(other) is not None


async def test_racing_replicas_change_a_conversation_one_after_another(stores: list[ConversationStore]) -> None:
    async def answer(number: int) -> None:
        store = stores[number % 3]
        claim = await store.claim(replace(FIRST, message_id=f"SM{number}"))
        while (lease := await store.acquire(claim)) is None:  # noqa: ASYNC110 - as another process would
            await asyncio.sleep(0.001)
        assert isinstance(lease, Lease)
        assert await store.finish(ended(claim, lease, replace(lease.state, misses=lease.state.misses + 1)))

    await asyncio.gather(*(answer(number) for number in range(12)))
    last = await stores[0].claim(replace(FIRST, message_id="last"))
    assert (await leased(stores[0], last)).state.misses == 12


async def test_a_dead_replica_s_message_is_taken_over_once(
    stores: list[ConversationStore], dying: ConversationStore
) -> None:
    await leased(dying, await dying.claim(FIRST))
    claims = await asyncio.gather(*(store.claim(FIRST) for store in stores))
    assert sorted(claim.status for claim in claims) == [ClaimStatus.MINE, ClaimStatus.RUNNING, ClaimStatus.RUNNING]
    winner = claims.index(next(claim for claim in claims if claim.status is ClaimStatus.MINE))
    assert await stores[winner].acquire(claims[winner]) is not None


async def test_a_lease_that_is_renewed_is_not_taken_over(
    stores: list[ConversationStore], dying: ConversationStore
) -> None:
    claim = await dying.claim(FIRST)
    await leased(dying, claim)
    dying.lease_s = 15
    await dying.renew([("salon", "SM1")])
    assert (await stores[0].claim(FIRST)).status is ClaimStatus.RUNNING
    later = await stores[0].claim(replace(FIRST, message_id="SM2"))
    assert (later.lease, await stores[0].acquire(later)) == (None, None)
    await stores[0].renew([("salon", "SM2")])
    assert (await stores[1].claim(FIRST)).status is ClaimStatus.RUNNING


async def test_a_lease_taken_by_a_clock_that_was_set_back_is_over(
    stores: list[ConversationStore], databases: list[Database]
) -> None:
    claim = await stores[0].claim(FIRST)
    await leased(stores[0], claim)
    async with databases[0].write() as connection:
        for table in (inbox, conversations):
            await connection.execute(update(table).values(lease_until=table.c.lease_until + 600))
    assert [each.message_id for each in await stores[1].unanswered()] == ["SM1"]
    mine = await stores[1].claim(FIRST)
    assert mine.status is ClaimStatus.MINE
    assert await stores[1].finish(ended(mine, await leased(stores[1], mine)))
    assert await stores[0].finish(ended(claim, None)) is None


async def test_what_no_longer_runs_is_not_renewed(stores: list[ConversationStore], dying: ConversationStore) -> None:
    """A turn that could not be stored: its process lives and runs others, even of that conversation."""
    await leased(dying, await dying.claim(FIRST))
    waiting = await dying.claim(replace(FIRST, message_id="SM2"))
    dying.lease_s = 15
    await dying.renew([("salon", "SM2")])
    assert [each.message_id for each in await stores[0].unanswered()] == ["SM1"]
    assert await dying.acquire(waiting) is not None


async def test_who_was_taken_for_dead_changes_nothing(
    stores: list[ConversationStore], dying: ConversationStore
) -> None:
    slow = await dying.claim(FIRST)
    old = await leased(dying, slow)
    claim = await stores[0].look("salon", "SM1")
    assert claim.status is ClaimStatus.MINE
    assert await stores[0].finish(ended(claim, await leased(stores[0], claim), ConversationState(Intent.BOOK)))
    assert not await dying.finish(ended(slow, old, ConversationState(Intent.CANCEL)))
    after = await stores[0].claim(replace(FIRST, message_id="SM2"))
    assert (await leased(stores[0], after)).state == ConversationState(Intent.BOOK)


async def test_who_lost_the_conversation_stores_nothing(
    stores: list[ConversationStore], dying: ConversationStore
) -> None:
    slow = await dying.claim(FIRST)
    old = await leased(dying, slow)
    second = await stores[0].claim(replace(FIRST, message_id="SM2"))
    await stores[0].finish(ended(second, await leased(stores[0], second), ConversationState(Intent.BOOK)))
    assert not await dying.finish(ended(slow, old, ConversationState(Intent.CANCEL)))
    assert [each.message_id for each in await stores[0].unanswered()] == ["SM1"]


async def test_what_was_not_answered_is_listed(stores: list[ConversationStore], dying: ConversationStore) -> None:
    claim = await stores[0].claim(FIRST)
    assert await stores[0].unanswered() == []
    await stores[0].finish(ended(claim, None, answered=False))
    await dying.claim(replace(FIRST, message_id="SM2"))
    assert {each.message_id for each in await stores[1].unanswered()} == {"SM1", "SM2"}


async def test_a_delivery_status_moves_forward_whoever_reports_it(databases: list[Database]) -> None:
    deliveries = [Deliveries(database) for database in databases]
    order = ["read", "sent", "delivered", "queued", "read", "sent"]
    await asyncio.gather(*(deliveries[n % 3].record("salon", "SM1", status, "", 1.0) for n, status in enumerate(order)))
    async with databases[0].read() as connection:
        assert (await connection.scalars(select(statuses.c.status))).all() == ["read"]


async def test_a_database_that_is_gone_is_a_plain_failure(tmp_path: Path) -> None:
    database = Database(f"sqlite+aiosqlite:///{tmp_path}")
    store = ConversationStore(database, "a", 15)
    assert not await store.is_up()
    with pytest.raises(PulpoError, match="DATABASE_UNAVAILABLE") as caught:
        await store.claim(FIRST)
    assert "hola" not in str(caught.value)
    await database.close()
