"""What a person is told of is stored with the reply that says so, once; or the reply is not given."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select, text, update
from structlog.testing import capture_logs

from gateway.domain.handover import HandoverKind
from gateway.domain.holding import Act, Result
from gateway.domain.message import Claim, Finished, Message
from gateway.domain.turn_types import Reply, TurnRecord
from gateway.storage.erasure import Erasure
from gateway.storage.handovers import Handover, Handovers
from gateway.storage.holding import Holding
from gateway.storage.store import ConversationStore
from gateway.storage.tables import handover_messages, handovers, inbox, outbox
from pulpo.common.v1 import state_pb2
from pulpo.nlg.v1 import nlg_pb2
from runtime.data.database import Database, sqlite_url
from runtime.errors import PulpoError
from tests.contract.gateway.fakes import Mesh, new_sid, running
from tests.contract.gateway.test_outages import away, booking
from tests.contract.gateway.test_turns import rows
from tests.contract.gateway_edge.test_outbox import until
from turn.vocabulary import HandoverReason

ANA = "whatsapp:+5491155551234"
NOW = datetime(2026, 3, 11, 13, 0, tzinfo=UTC)
AT = NOW.timestamp()
FIRST = Message("salon", ANA, "SM1", "quiero hablar con alguien", NOW, "Ana", business="+14155238886")
PROMISE = "Le aviso a una persona."
REQUEST, NOTICE = HandoverKind.REQUEST, HandoverKind.NOTICE


@pytest.fixture
async def databases(database_url: str) -> AsyncIterator[list[Database]]:
    """Two connections to one fresh database."""
    opened = [Database(database_url) for _ in range(2)]
    await ConversationStore(opened[0], "creator", 15).prepare()
    yield opened
    for database in opened:
        await database.close()


@pytest.fixture
def store(databases: list[Database]) -> ConversationStore:
    return ConversationStore(databases[0], "replica", 15)


@pytest.fixture
def kept(databases: list[Database]) -> Handovers:
    return Handovers(databases[1])


def ended(claim: Claim, reason: HandoverReason | None) -> Finished:
    record = TurnRecord(claim.message.turn_id, claim.message.workspace_id, "legacy", "ok", handover=reason)
    return Finished(claim, Reply(PROMISE), record, True, claim.lease)


def later(number: int, words: str, **more: Any) -> Message:
    """Another message of the customer, so many minutes after the first."""
    at = NOW + timedelta(minutes=number)
    return replace(FIRST, message_id=f"SM{number + 1}", text=words, received_at=at, **more)


async def told(store: ConversationStore, message: Message, reason: HandoverReason | None) -> None:
    """A message whose reply says so."""
    assert await store.finish(ended(await store.claim(message), reason))


async def closed_by(kept: Handovers, handover_id: str, by: str, note: str, at: float) -> bool:
    """Whether somebody closes one now."""
    return await Holding(kept.database).close(handover_id, Act(by, at, takes_over=True), note) is Result.DONE


def shown(found: list[Handover]) -> list[tuple[HandoverKind, list[tuple[str, str]]]]:
    return [(each.kind, [(message.reason.value, message.text) for message in each.messages]) for each in found]


async def test_what_is_asked_while_a_request_is_open_is_added_to_it(store: ConversationStore, kept: Handovers) -> None:
    await told(store, FIRST, HandoverReason.ASKED)
    await told(store, later(1, "gracias"), None)
    await told(store, later(2, "esto es una vergüenza"), HandoverReason.COMPLAINT)
    (one,) = await kept.all()
    messages = [("asked", FIRST.text), ("complaint", "esto es una vergüenza")]
    assert shown([one]) == [(REQUEST, messages)]
    assert (one.workspace, one.address, one.opened_at, one.last_at) == ("salon", ANA, AT, AT + 120)
    assert await kept.open_ones(AT + 600) == {REQUEST: (1, 600)}


async def test_other_conversations_and_businesses_have_their_own(store: ConversationStore, kept: Handovers) -> None:
    await told(store, FIRST, HandoverReason.ASKED)
    await told(store, later(1, "yo", address="whatsapp:+5491100000000"), HandoverReason.ASKED)
    await told(store, later(2, "acá", workspace_id="vet"), HandoverReason.UNKNOWN_QUESTION)
    assert [len(each.messages) for each in await kept.all()] == [1, 1, 1]
    assert [each.messages[0].text for each in await kept.all("vet")] == ["acá"]


async def test_a_notice_is_no_request_and_closes_by_age(store: ConversationStore, kept: Handovers) -> None:
    await told(store, FIRST, HandoverReason.LATE)
    await told(store, later(1, "estoy en la puerta"), HandoverReason.ARRIVED)
    await told(store, later(2, "un humano"), HandoverReason.ASKED)
    notice = (NOTICE, [("late", FIRST.text), ("arrived", "estoy en la puerta")])
    assert shown(await kept.all()) == [(REQUEST, [("asked", "un humano")]), notice]
    assert await kept.close_notices(AT + 60, AT + 70) == 0
    assert await kept.close_notices(AT + 61, AT + 70) == 1
    assert shown(await kept.all()) == [(REQUEST, [("asked", "un humano")])]
    assert [each.closed_by for each in await kept.all(closed=True)] == ["", "age"]


async def test_one_that_was_closed_stays_so_and_the_next_message_opens_another(
    store: ConversationStore, kept: Handovers
) -> None:
    await told(store, FIRST, HandoverReason.ASKED)
    (first,) = await kept.all()
    assert await closed_by(kept, first.id, "sofi", "la llamé", AT + 30)
    assert not await closed_by(kept, first.id, "juan", "", AT + 40)
    assert (await kept.all(), await kept.open_ones(AT)) == ([], {})
    await told(store, later(1, "otra vez"), HandoverReason.ASKED)
    assert shown(await kept.all()) == [(REQUEST, [("asked", "otra vez")])]
    closed = await kept.one(first.id)
    assert closed is not None
    assert (closed.closed_at, closed.closed_by, closed.note) == (AT + 30, "sofi", "la llamé")
    assert len(await kept.all(closed=True)) == 2


@pytest.mark.parametrize("is_open", [True, False])
async def test_a_message_that_is_answered_anew_is_told_of_once(
    store: ConversationStore, kept: Handovers, databases: list[Database], is_open: bool
) -> None:
    await told(store, FIRST, HandoverReason.ASKED)
    (first,) = await kept.all()
    if not is_open:
        await closed_by(kept, first.id, "sofi", "", AT)
    async with databases[1].write() as connection:  # as `pulpo outbox replay` does
        await connection.execute(update(inbox).values(status="running", reply=None, lease_until=0.0))
        await connection.execute(outbox.delete())
    await told(store, FIRST, HandoverReason.ASKED)
    (same,) = await kept.all(closed=True)
    assert (same.id, len(same.messages), same.closed_at is None) == (first.id, 1, is_open)


async def test_who_has_lost_the_message_tells_nobody(
    store: ConversationStore, kept: Handovers, databases: list[Database]
) -> None:
    claim = await ConversationStore(databases[1], "dying", -1).claim(FIRST)
    await told(store, FIRST, None)
    assert await ConversationStore(databases[1], "dying", 15).finish(ended(claim, HandoverReason.ASKED)) is None
    assert await kept.all() == []


@pytest.mark.parametrize("broken", [handover_messages, handovers, outbox])
async def test_reply_and_hand_over_are_stored_together_or_not_at_all(
    store: ConversationStore, kept: Handovers, databases: list[Database], broken: Any
) -> None:
    claim = await store.claim(FIRST)
    async with databases[1].write() as connection:
        await connection.execute(text(f"ALTER TABLE {broken.name} RENAME TO gone"))
    with pytest.raises(PulpoError):
        await store.finish(ended(claim, HandoverReason.ASKED))
    async with databases[1].write() as connection:
        await connection.execute(text(f"ALTER TABLE gone RENAME TO {broken.name}"))
    assert await kept.all(closed=True) == []
    assert (await store.look("salon", "SM1")).reply is None
    assert await store.finish(ended(claim, HandoverReason.ASKED))
    assert len(await kept.all()) == 1


async def contents(database: Database) -> str:
    """All that is kept of hand-overs."""
    async with database.read() as connection:
        found = [(await connection.execute(select(table))).all() for table in (handovers, handover_messages)]
    return str(found)


@pytest.mark.parametrize("closed", [True, False])
@pytest.mark.parametrize("how", ["old", "customer"])
async def test_erasing_takes_open_and_closed_ones(
    store: ConversationStore, kept: Handovers, databases: list[Database], how: str, closed: bool
) -> None:
    await told(store, FIRST, HandoverReason.ASKED)
    await told(store, later(1, "llego tarde"), HandoverReason.LATE)
    bob = "whatsapp:+5491100000000"
    await told(store, later(60 * 24 * 9, "soy Bob", address=bob), HandoverReason.COMPLAINT)
    for each in await kept.all():
        if closed and each.address == ANA:
            await closed_by(kept, each.id, "sofi", "Ana la quiere", AT)
    erasure = Erasure(databases[1])
    if how == "old":
        counts = await erasure.old("salon", (NOW + timedelta(days=4)).timestamp())
    else:
        counts = await erasure.customer(["salon"], [ANA])
    assert (counts["handovers"], counts["handover_messages"]) == (2, 2)
    left = await contents(databases[0])
    assert not [trace for trace in ("5491155551234", "alguien", "tarde", "Ana") if trace in left]
    assert "soy Bob" in left


async def test_a_request_that_goes_on_loses_its_old_messages_and_stays(
    store: ConversationStore, kept: Handovers, databases: list[Database]
) -> None:
    await told(store, FIRST, HandoverReason.ASKED)
    await told(store, later(60 * 24 * 9, "¿hola?"), HandoverReason.ASKED)
    counts = await Erasure(databases[1]).old("salon", (NOW + timedelta(days=4)).timestamp())
    assert (counts["handovers"], counts["handover_messages"]) == (0, 1)
    assert shown(await kept.all()) == [(REQUEST, [("asked", "¿hola?")])]


def promising(mesh: Mesh, reason: str = "asked", requires_human: bool = True) -> None:
    """Makes every reply say that a person is told."""

    async def compose(request: nlg_pb2.ComposeRequest) -> nlg_pb2.ComposeResponse:
        return nlg_pb2.ComposeResponse(
            message=PROMISE,
            next_state=state_pb2.STAGE_INICIO,
            requires_human=requires_human,
            handover_reason=reason,
        )

    mesh.fakes.compose = compose  # type: ignore[method-assign]


@pytest.mark.parametrize(
    ("reason", "requires_human", "stored"),
    [
        ("health", True, "health"),
        ("", True, "other"),
        ("of a later release", True, "other"),
        ("arrived", False, "arrived"),
        ("", False, None),
    ],
)
async def test_a_turn_stores_what_its_reply_says(
    database_url: str, tmp_path: Path, reason: str, requires_human: bool, stored: str | None
) -> None:
    async with running(tmp_path, gateway_database_url=database_url) as mesh:
        promising(mesh, reason, requires_human)
        sid = new_sid()
        assert await mesh.say("¿puedo ir embarazada?", sid=sid) == PROMISE
        assert await mesh.say("¿puedo ir embarazada?", sid=sid) == PROMISE
        database = Database(database_url)
        found = await Handovers(database).all()
        await database.close()
    told_of = [(message.reason.value, message.text) for each in found for message in each.messages]
    assert told_of == ([(stored, "¿puedo ir embarazada?")] if stored else [])


@pytest.mark.parametrize(("writes", "said"), [(False, "no pude pasarle tu mensaje"), (True, "no pude confirmar")])
async def test_a_promise_that_could_not_be_stored_is_not_given(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, writes: bool, said: str
) -> None:
    sid = new_sid()
    async with running(tmp_path, turn_s=3, lease_s=60) as mesh:
        promising(mesh)
        if writes:
            booking(mesh)
        with monkeypatch.context() as patch, capture_logs():  # to print a traceback takes longer than there is
            patch.setattr(mesh.gateway.store, "finish", away)
            first = await mesh.say("una persona", sid=sid)
            assert said in first
            assert await mesh.say("una persona", sid=sid) == first
            assert await rows(tmp_path, handovers) == []

        async def is_stored() -> bool:
            return bool(await rows(tmp_path, handover_messages))

        await until(is_stored, "the database is back, and a person is told all the same")
        assert await mesh.say("una persona", sid=sid) == first
        database = Database(sqlite_url(tmp_path, "gateway"))
        assert shown(await Handovers(database).all()) == [(REQUEST, [("asked", "una persona")])]
        await database.close()


async def test_a_notice_that_could_not_be_stored_promised_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with running(tmp_path, turn_s=3, lease_s=60) as mesh:
        promising(mesh, "late", requires_human=False)
        with monkeypatch.context() as patch, capture_logs():
            patch.setattr(mesh.gateway.store, "finish", away)
            assert await mesh.say("llego tarde") == PROMISE

        async def is_stored() -> bool:
            return [row.kind for row in await rows(tmp_path, handovers)] == ["notice"]

        await until(is_stored, "the staff know")
