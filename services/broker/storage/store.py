"""What the broker remembers: counts for the limits, and how far each write came; and the time by which it counts.

Conversations and customers are hashes. Of tools' answers only those to writes that were not done are kept, for a week.
Counts and the beginning of a write are one transaction, so they hold across replicas. Statements: `statements`.
"""

import asyncio
import time
from collections.abc import Callable, Coroutine
from functools import partial
from typing import Any, TypeVar

from sqlalchemy import func, select

from broker.domain.writes import StoredState, StoredWrite, Write
from broker.execution.ports import LimitedError
from broker.policy.limits import HOUR_S, Counted, Window
from broker.storage import statements as sql
from broker.storage.tables import SCHEMA
from runtime.data.database import Database, translated
from runtime.data.migrations import prepare
from runtime.data.units import Unit, Work

T = TypeVar("T")
unavailable = partial(translated, "STORE_UNAVAILABLE", "The broker's database does not answer.")
"""Raises PulpoError STORE_UNAVAILABLE in place of the database's errors in a block."""
KEEP_WRITES_S = 7 * 24 * HOUR_S
"""How long a write is remembered: longer than any message is redelivered, and than any call is under way."""
SET_EVERY_S = 60.0
"""Seconds after which the clock is to be set anew."""


class BrokerStore:
    """The Records of a running broker, in its database. Each method is one unit of work."""

    def __init__(self, database: Database, now: Callable[[], float]) -> None:
        """`now` gives seconds since the epoch."""
        self._database = database
        self._now = now
        self._swept = 0
        self._under_way: set[asyncio.Task[Any]] = set()

    async def prepare(self, *, migrates: bool = True) -> None:
        """Makes or updates the tables, or only checks them. Raises PulpoError SCHEMA_BEHIND as well."""
        async with unavailable():
            await prepare(self._database, SCHEMA, migrates=migrates)

    async def is_up(self) -> bool:
        """Whether the database can write."""
        return await self._whole(self._database.is_up())

    async def close(self) -> None:
        """Closes the database when what is under way has ended."""
        while self._under_way:
            await asyncio.wait(set(self._under_way))
        await self._database.close()

    async def look(self, counted: Counted, key: str = "") -> tuple[bool, StoredWrite | None]:
        """See Records."""

        def unit(now: float) -> Work[tuple[bool, StoredWrite | None]]:
            held = yield from _held(now, *counted.windows, counted.turn, counted.conversation)
            stored = (yield from _stored(key)) if key else None
            watched = [*counted.windows, *([] if held[counted.turn] else [counted.conversation])]
            return any(held[window] + 1 > window.most for window in watched), stored

        return await self._look(unit)

    async def admit(self, counted: Counted, write: Write | None = None) -> StoredWrite | None:
        """See Records."""

        def unit(now: float) -> Work[StoredWrite | None]:
            if write and not (yield from _put(write, StoredState.BEGUN, now)):
                return (yield from _join(write))
            yield from self._sweep(now)
            held = yield from _count(now, *counted.windows, counted.turn)
            if held.pop(counted.turn) == 1:
                held |= yield from _count(now, counted.conversation)
            if any(count > window.most for window, count in held.items()):
                raise LimitedError
            return None

        return await self._run(unit)

    async def finish(self, key: str, state: StoredState, answer: str = "") -> bool:
        """See Records."""

        def unit(_now: float) -> Work[bool]:
            return bool((yield sql.END[state](key=key, answer=answer)))

        return await self._run(unit)

    async def close_write(self, write: Write, answer: str = "") -> StoredWrite:
        """See Records."""

        def unit(now: float) -> Work[StoredWrite]:
            yield from _put(write, StoredState.NOT_DONE, now, answer)
            yield from self._sweep(now)
            stored = yield from _stored(write.key)
            assert stored is not None
            return stored

        return await self._run(unit)

    async def is_full(self, window: Window) -> bool:
        """Whether a window holds all that it may."""

        def unit(now: float) -> Work[bool]:
            held = yield from _held(now, window)
            return held[window] + 1 > window.most

        return await self._look(unit)

    async def add(self, window: Window) -> None:
        """Counts one in a window."""
        await self._run(lambda now: _count(now, window))

    async def _run(self, unit: Unit[T]) -> T:
        return await self._whole(self._translated(self._database.run(unit, self._now)))

    async def _look(self, unit: Unit[T]) -> T:
        return await self._whole(self._translated(self._database.look(unit, self._now)))

    async def _translated(self, work: Coroutine[Any, Any, T]) -> T:
        async with unavailable():
            return await work

    async def _whole(self, work: Coroutine[Any, Any, T]) -> T:
        """Waits for a transaction without cutting it off when the wait is cancelled: a connection that
        is cut off in the middle is lost, and takes the lock on the database along."""
        task = asyncio.create_task(work)
        self._under_way.add(task)
        task.add_done_callback(self._ended)
        return await asyncio.shield(task)

    def _ended(self, task: asyncio.Task[Any]) -> None:
        self._under_way.discard(task)
        if not task.cancelled():
            task.exception()  # whoever still waits sees it; nobody has to

    def _sweep(self, now: float) -> Work[None]:
        """Forgets windows that ended and writes that are old, once a minute."""
        if now - self._swept < 60:
            return
        yield sql.FORGET_COUNTS(before=int(now) - 60)
        yield sql.FORGET_WRITES(before=int(now) - KEEP_WRITES_S)
        self._swept = int(now)


# Parts of units.


def _put(write: Write, state: StoredState, now: float, answer: str = "") -> Work[bool]:
    """Stores a state of a write that is new, or that no attempt but earlier ones was closed for. False when it
    stays as it is. The row stays locked until the end: of a call that begins a write and one that closes it, the
    second sees what the first has stored."""
    row = {"key": write.key, "conversation": write.conversation, "workspace": write.workspace, "tool": write.tool}
    news = {"state": state.value, "at": int(now), "attempt": write.attempt, "answer": answer}
    return bool((yield sql.PUT(**row, **news)))


def _join(write: Write) -> Work[StoredWrite]:
    """What is stored of a write that this call does not begin. When it is begun, no call of it can say by itself
    from now on that nothing was done."""
    yield sql.JOIN(key=write.key)
    stored = yield from _stored(write.key)
    assert stored is not None
    return stored


def _stored(key: str) -> Work[StoredWrite | None]:
    for state, attempt, answer in (yield sql.STORED(key=key)):
        return StoredWrite(StoredState(state), attempt, answer)
    return None


def _count(now: float, *windows: Window) -> Work[dict[Window, float]]:
    """Adds one to each window, and returns what they hold then. The rows stay locked until the end."""
    values: dict[str, Any] = {}
    for number, window in enumerate(windows):
        start = window.start(now)
        ends = start + 2 * window.seconds
        values |= {f"name{number}": window.name, f"start{number}": start, f"ends{number}": ends}
    rows = yield sql.count(len(windows))(**values)
    found = {name: (before or 0, present) for name, present, before in rows}
    return {window: window.held(now, *found[window.name]) for window in windows}


def _held(now: float, *windows: Window) -> Work[dict[Window, float]]:
    """What windows hold."""
    values: dict[str, Any] = {}
    for number, window in enumerate(windows):
        start = window.start(now)
        values |= {f"name{number}": window.name, f"start{number}": start, f"before{number}": start - window.seconds}
    rows = yield sql.held(len(windows))(**values)
    found: dict[tuple[str, int], int] = {(name, start): count for name, start, count in rows}
    held = {}
    for window in windows:
        start = window.start(now)
        before, present = (found.get((window.name, of), 0) for of in (start - window.seconds, start))
        held[window] = window.held(now, before, present)
    return held


class DatabaseClock:
    """Gives seconds since 1970, from when it is first set.

    On PostgreSQL they are the database's, so that brokers on machines whose clocks differ count in the same windows; on
    SQLite, which one broker has alone, this machine's at the start. From then on the monotonic clock counts, so that a
    machine's clock that is set moves no window.
    """

    def __init__(self, database: Database, clock: Callable[[], float] = time.time) -> None:
        """`clock` is this machine's."""
        self._database = database
        self._clock = clock
        self._zero = clock() - time.monotonic()

    def __call__(self) -> float:
        """The time now."""
        return self._zero + time.monotonic()

    async def set(self) -> None:
        """Sets it by the database. Raises PulpoError STORE_UNAVAILABLE, and leaves it as it is."""
        if self._database.is_sqlite:
            return
        async with unavailable(), self._database.read() as connection:
            now = await connection.scalar(select(func.extract("epoch", func.clock_timestamp())))
        self._zero = float(now or self._clock()) - time.monotonic()
