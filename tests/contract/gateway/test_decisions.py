"""What a turn has decided is noted before it changes anything, across replicas on SQLite and on PostgreSQL."""

from collections.abc import AsyncIterator, Mapping
from datetime import UTC, datetime, timedelta

import pytest

from gateway.domain.message import ClaimStatus, Message
from gateway.domain.ports import StageError
from gateway.domain.turn_types import Decided, Extraction, PlanResult
from gateway.storage.erasure import Erasure
from gateway.storage.store import ConversationStore
from runtime.data.database import Database
from turn.model import Action, Slots
from turn.vocabulary import Intent

NOW = datetime(2026, 3, 11, 13, 0, tzinfo=UTC)
ANA = "whatsapp:+5491155551234"
FIRST = Message("salon", ANA, "SM1", "barba mañana a las 10", NOW, business="+14155238886")
BOOK = Action("book_appointment", {"service_type": "Barba", "client_name": "Ana Paz"})
DECIDED = Decided(Extraction(Intent.BOOK, Slots("Barba", client_name="Ana Paz")), (PlanResult((BOOK,)),))


@pytest.fixture
async def databases(database_url: str) -> AsyncIterator[Mapping[str, Database]]:
    """Two replicas' connections to one fresh database."""
    opened = {name: Database(database_url) for name in ("dying", "living")}
    await ConversationStore(opened["living"], "creator", 15).prepare()
    yield opened
    for database in opened.values():
        await database.close()


async def test_whoever_takes_a_message_over_is_told_what_was_decided(databases: Mapping[str, Database]) -> None:
    first = await ConversationStore(databases["dying"], "dying", -1).claim(FIRST)
    await ConversationStore(databases["dying"], "dying", 15).note(FIRST, DECIDED)
    again = await ConversationStore(databases["living"], "living", 15).claim(FIRST)
    assert (first.decided, again.status, again.decided) == (None, ClaimStatus.MINE, DECIDED)


async def test_who_was_taken_for_dead_may_do_nothing_any_more(databases: Mapping[str, Database]) -> None:
    await ConversationStore(databases["dying"], "dying", -1).claim(FIRST)
    again = await ConversationStore(databases["living"], "living", 15).claim(FIRST)
    with pytest.raises(StageError) as refused:
        await ConversationStore(databases["dying"], "dying", 15).note(FIRST, DECIDED)
    assert (refused.value.reason, refused.value.did_nothing) == ("TAKEN_OVER", True)
    assert again.decided is None
    await ConversationStore(databases["living"], "living", 15).note(FIRST, DECIDED)


async def test_it_is_erased_with_the_message(databases: Mapping[str, Database]) -> None:
    store = ConversationStore(databases["dying"], "dying", -1)
    await store.claim(FIRST)
    await ConversationStore(databases["dying"], "dying", 15).note(FIRST, DECIDED)
    assert (await store.look("salon", "SM1")).decided == DECIDED
    counts = await Erasure(databases["living"]).old("salon", (NOW + timedelta(days=1)).timestamp())
    assert counts["inbox"] == 1
    assert (await store.look("salon", "SM1")).decided is None
