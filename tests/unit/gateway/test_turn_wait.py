"""How a message comes to its turn: what it waits for, by a clock that the test moves."""

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, cast

import pytest

from gateway.conversation import waiting
from gateway.conversation.scheduling import TurnQueue
from gateway.conversation.waiting import TurnWait
from gateway.domain.message import Budget, Claim, ClaimStatus, Joined, Lease, Message
from gateway.domain.ports import TurnStorage
from runtime.errors import Kind, PulpoError
from turn.model import NEW_CONVERSATION

LEASE = Lease(1, NEW_CONVERSATION, 0.0)
JOINED = Joined("turn of the next")


class Storage:
    """Gives the right to run, and tells what the test lets it tell of later messages."""

    def __init__(self, *rights: Lease | Joined | PulpoError | None) -> None:
        self.rights = list(rights)
        self.followed: Callable[[], bool] = lambda: False
        self.looks = 0

    async def acquire(self, _claim: Claim) -> Lease | Joined | None:
        """The next answer."""
        right = self.rights.pop(0)
        if isinstance(right, PulpoError):
            raise right
        return right

    async def is_followed(self, _claim: Claim) -> bool:
        """What the test says."""
        self.looks += 1
        return self.followed()


class Clock:
    """A clock that a test moves."""

    now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture(autouse=True)
def hasty(monkeypatch: pytest.MonkeyPatch) -> None:
    """The database is asked again at once."""
    monkeypatch.setattr(waiting, "LOOK_S", 0.0)


def claimed(text: str, seq: int = 1, **more: Any) -> Claim:
    message = Message("salon", "whatsapp:+5491155551234", f"SM{seq}", text, datetime(2026, 3, 11, tzinfo=UTC), **more)
    return Claim(ClaimStatus.MINE, message, "c", seq, lease=LEASE)


def turn_wait(storage: Storage) -> TurnWait:
    return TurnWait(cast(TurnStorage, storage), 1.5, lambda lease, _message: lease.state)


async def right(storage: Storage, claim: Claim, clock: Clock, patience_s: float = 1.2) -> Lease | Joined | None:
    with TurnQueue().place("c", claim.seq) as place:
        return await turn_wait(storage).right(claim, place, Budget(60, clock), Budget(patience_s, clock))


@pytest.mark.parametrize("text", ["quiero un turno para mañana", "precios", "sí"])
async def test_a_complete_message_does_not_even_look(text: str) -> None:
    assert await right(storage := Storage(), claimed(text), Clock()) is LEASE
    assert storage.looks == 0


async def test_a_picture_does_not_wait() -> None:
    assert await right(storage := Storage(), claimed("hola", media=True), Clock()) is LEASE
    assert storage.looks == 0


async def test_nobody_waits_when_that_is_turned_off() -> None:
    assert await right(storage := Storage(), claimed("hola"), Clock(), patience_s=0.0) is LEASE
    assert storage.looks == 0


async def test_a_greeting_waits_until_its_time_is_over_and_runs_alone() -> None:
    storage, clock = Storage(), Clock()

    def passes() -> bool:
        clock.now += 0.5
        return False

    storage.followed = passes
    assert await right(storage, claimed("hola"), clock) is LEASE
    assert (clock.now, storage.looks) == (1.5, 3)


async def test_a_greeting_joins_what_comes_to_another_replica() -> None:
    storage = Storage(JOINED)
    storage.followed = lambda: storage.looks == 2
    assert await right(storage, claimed("hola"), Clock()) is JOINED


async def test_a_greeting_joins_at_once_what_comes_here(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(waiting, "LOOK_S", 60.0)
    storage, queue, clock = Storage(JOINED), TurnQueue(), Clock()
    with queue.place("c", 1) as place:
        greeting = asyncio.create_task(
            turn_wait(storage).right(claimed("hola"), place, Budget(60, clock), Budget(60, clock))
        )
        await asyncio.sleep(0)
        assert not greeting.done()
        with queue.place("c", 2):
            async with asyncio.timeout(5):
                assert await greeting is JOINED
    assert storage.looks == 0


async def test_a_greeting_before_a_picture_runs_alone_and_at_once() -> None:
    storage = Storage(LEASE)
    storage.followed = lambda: True
    assert await right(storage, claimed("hola"), Clock()) is LEASE
    assert storage.looks == 1


async def test_a_database_that_is_away_meanwhile_only_costs_the_joining() -> None:
    storage = Storage(PulpoError(Kind.UNAVAILABLE, "DATABASE_UNAVAILABLE", "It is away."))
    storage.followed = lambda: True
    assert await right(storage, claimed("hola"), Clock()) is LEASE


async def test_no_message_waits_so_long_that_its_turn_could_not_begin() -> None:
    storage, clock = Storage(), Clock()
    with TurnQueue().place("c", 1) as place:
        scarce = Budget(1.5, clock)
        assert await turn_wait(storage).right(claimed("hola"), place, scarce, Budget(1.2, clock)) is LEASE
    assert storage.looks == 0
