"""What a turn has decided is noted before it changes anything, across replicas on SQLite and on PostgreSQL."""

from collections.abc import AsyncIterator, Mapping
from datetime import UTC, datetime, timedelta

import pytest

from gateway.decisions import Decisions
from gateway.erasure import Erasure
from gateway.message import Message, Progress
from gateway.ports import StageError
from gateway.state import Action, Intent, Slots
from gateway.store import Store
from gateway.turn_types import Decided, Extraction, Plan
from runtime.database import Database

NOW = datetime(2026, 3, 11, 13, 0, tzinfo=UTC)
ANA = "whatsapp:+5491155551234"
FIRST = Message("salon", ANA, "SM1", "barba mañana a las 10", NOW, business="+14155238886")
BOOK = Action("book_appointment", {"service_type": "Barba", "client_name": "Ana Paz"})
DECIDED = Decided(Extraction(Intent.BOOK, Slots("Barba", client_name="Ana Paz")), (Plan((BOOK,)),))


@pytest.fixture
async def databases(database_url: str) -> AsyncIterator[Mapping[str, Database]]:
    """Two replicas' connections to one fresh database."""
    opened = {name: Database(database_url) for name in ("dying", "living")}
    await Store(opened["living"], "creator", 15).prepare()
    yield opened
    for database in opened.values():
        await database.close()


async def test_whoever_takes_a_message_over_is_told_what_was_decided(databases: Mapping[str, Database]) -> None:
    first = await Store(databases["dying"], "dying", -1).claim(FIRST)
    await Decisions(databases["dying"], "dying").note(FIRST, DECIDED)
    again = await Store(databases["living"], "living", 15).claim(FIRST)
    assert (first.decided, again.progress, again.decided) == (None, Progress.MINE, DECIDED)


async def test_who_was_taken_for_dead_may_do_nothing_any_more(databases: Mapping[str, Database]) -> None:
    await Store(databases["dying"], "dying", -1).claim(FIRST)
    again = await Store(databases["living"], "living", 15).claim(FIRST)
    with pytest.raises(StageError) as refused:
        await Decisions(databases["dying"], "dying").note(FIRST, DECIDED)
    assert (refused.value.reason, refused.value.did_nothing) == ("TAKEN_OVER", True)
    assert again.decided is None
    await Decisions(databases["living"], "living").note(FIRST, DECIDED)


async def test_it_is_erased_with_the_message(databases: Mapping[str, Database]) -> None:
    store = Store(databases["dying"], "dying", -1)
    await store.claim(FIRST)
    await Decisions(databases["dying"], "dying").note(FIRST, DECIDED)
    assert (await store.look("salon", "SM1")).decided == DECIDED
    counts = await Erasure(databases["living"]).old("salon", (NOW + timedelta(days=1)).timestamp())
    assert counts["inbox"] == 1
    assert (await store.look("salon", "SM1")).decided is None
