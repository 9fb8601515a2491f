"""Which turns run, in which order, and which messages are taken at all.

A conversation's turns run in order (`TurnQueue`). So many run at once in a process, the places shared fairly between
businesses and within one between customers (`FairSemaphore`). A message is only taken while its turn can still begin in
time (`Admission`): a process that takes everything answers nothing, and one that judges all by how many there are in
sum refuses the customers of one business because another has too many.
"""

import asyncio
import time
from collections import Counter, OrderedDict, deque
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import TypeVar

AGAIN_S = 0.05
"""How often the first in the queue asks whether another replica is done, in seconds."""


class TurnQueue:
    """The waiting messages of all conversations."""

    def __init__(self) -> None:
        self._waiting: dict[str, dict[int, asyncio.Event]] = {}

    @contextmanager
    def place(self, conversation_id: str, seq: int) -> Iterator["QueuePlace"]:
        """A place in the queue, kept until the turn is over. Coming wakes the first, and leaving the next."""
        waiting = self._waiting.setdefault(conversation_id, {})
        place = QueuePlace(waiting, seq)
        if (first := min(waiting)) != seq:
            waiting[first].set()
        try:
            yield place
        finally:
            del waiting[seq]
            if waiting:
                waiting[min(waiting)].set()
            else:
                self._waiting.pop(conversation_id, None)


class QueuePlace:
    """One message's place."""

    def __init__(self, waiting: dict[int, asyncio.Event], seq: int) -> None:
        self._waiting = waiting
        self._seq = seq
        waiting[seq] = asyncio.Event()

    async def first(self) -> None:
        """Returns once nobody in this process is before this message."""
        while min(self._waiting) != self._seq:
            await self._sleep(None)

    async def again(self) -> None:
        """Returns when it is worth asking again."""
        await self._sleep(AGAIN_S)

    @property
    def is_followed(self) -> bool:
        """Whether a later message waits in this process."""
        return max(self._waiting) != self._seq

    async def followed(self, seconds: float) -> None:
        """Returns once a later message waits in this process, after so many seconds at the latest."""
        if not self.is_followed:
            await self._sleep(seconds)

    async def _sleep(self, seconds: float | None) -> None:
        event = self._waiting[self._seq]
        try:
            async with asyncio.timeout(seconds):
                await event.wait()
        except TimeoutError:
            if seconds is None:
                raise
        event.clear()


Owner = tuple[str, str]
"""Group and member."""
_Waiter = asyncio.Future[None]


class FairSemaphore:
    """So many places. In one event loop. A step costs at most the square root of the places."""

    def __init__(self, places: int) -> None:
        self._free = places
        self._held: Counter[str] = Counter()
        self._waiting: dict[str, OrderedDict[str, deque[_Waiter]]] = {}
        """By group and member; the member whose turn it is comes first. Ordered dictionaries, because finding the first
        of an ordinary one costs as much as were taken from it before."""
        self._ready: dict[int, OrderedDict[str, None]] = {}
        """The groups in which somebody waits, by how many places each holds; whose turn it is comes first."""

    async def acquire(self, owner: Owner) -> None:
        """Waits for a place."""
        if self._free and not self._waiting:
            self._free -= 1
            self._hold(owner[0], 1)
            return
        waiter = asyncio.get_running_loop().create_future()
        self._enter(owner, waiter)
        try:
            await waiter
        except asyncio.CancelledError:
            if waiter.cancelled():
                self._withdraw(owner, waiter)
            else:  # the place was given at the same moment
                self.release(owner)
            raise

    def release(self, owner: Owner) -> None:
        """Gives a place back, to whoever is next."""
        self._hold(owner[0], -1)
        self._free += 1
        while self._free and self._waiting:
            self._give()

    def _give(self) -> None:
        """Gives a place to whoever is next; who has been cancelled meanwhile only leaves."""
        group = next(iter(self._ready[min(self._ready)]))
        members = self._waiting[group]
        member, waiters = members.popitem(last=False)
        waiter = waiters.popleft()
        if waiters:
            members[member] = waiters
        if not waiter.cancelled():
            self._free -= 1
            self._hold(group, 1)
            waiter.set_result(None)
        if not members:
            self._leave(group)

    def _enter(self, owner: Owner, waiter: _Waiter) -> None:
        group, member = owner
        if group not in self._waiting:
            self._waiting[group] = OrderedDict()
            self._ready.setdefault(self._held[group], OrderedDict())[group] = None
        self._waiting[group].setdefault(member, deque()).append(waiter)

    def _withdraw(self, owner: Owner, waiter: _Waiter) -> None:
        group, member = owner
        members = self._waiting.get(group)
        waiters = members.get(member) if members else None
        if not members or not waiters or waiter not in waiters:
            return
        waiters.remove(waiter)
        if not waiters:
            del members[member]
        if not members:
            self._leave(group)

    def _hold(self, group: str, more: int) -> None:
        """Counts the places that a group holds; it goes to the end of those with as many."""
        waits = group in self._waiting
        if waits:
            self._unready(group)
        self._held[group] += more
        if waits:
            self._ready.setdefault(self._held[group], OrderedDict())[group] = None
        elif not self._held[group]:
            del self._held[group]

    def _leave(self, group: str) -> None:
        """Nobody of a group waits any more."""
        self._unready(group)
        del self._waiting[group]
        if not self._held[group]:
            del self._held[group]

    def _unready(self, group: str) -> None:
        held = self._held[group]
        del self._ready[held][group]
        if not self._ready[held]:
            del self._ready[held]


FIRST_GUESS_S = 0.5
"""How long a turn takes, in seconds, before one has been seen."""
WEIGHT = 0.05
"""How much the last turn says about the next."""
ALWAYS = 3
"""Messages that one sender may have under way however long turns take: people write in pieces."""
MOST = 3
"""How many times as many senders as one business alone may have are taken of all together; more businesses than ten
must then be flooded at once."""
Key = TypeVar("Key")
Sender = Owner
"""Workspace and address: messages of the same run one after another."""


class Admission:
    """The messages that one process has taken."""

    def __init__(
        self,
        at_once: int,
        wait_s: float,
        clock: Callable[[], float] = time.monotonic,
        workspaces: Callable[[], int] = lambda: 1,
    ) -> None:
        """`at_once` turns run, the others wait; nobody is taken who would wait for longer than `wait_s` seconds.
        `workspaces` says how many there are that messages may be for."""
        self._at_once = at_once
        self._wait_s = wait_s
        self._clock = clock
        self._workspaces = workspaces
        self._places = FairSemaphore(at_once)
        self._under_way: Counter[Sender] = Counter()
        self._senders: Counter[str] = Counter()
        """How many senders of each workspace have messages under way."""
        self._sizes: Counter[int] = Counter()
        """How many workspaces have so many."""
        self._turn_s: dict[str, float] = {}
        self._any_turn_s = FIRST_GUESS_S

    def is_full(self) -> bool:
        """Whether anybody new would be refused, whoever it is: no message need then be read."""
        count = len(self._under_way)
        if count < self._at_once:
            return False
        if count >= MOST * (self._at_once + self._at_once * self._wait_s / self._any_turn_s):
            return True
        return len(self._senders) >= self._workspaces() and all(map(self._is_long, self._senders))

    def refuses(self, sender: Sender) -> bool:
        """Whether this sender would have to wait for too long, for others of the same workspace or for their own
        messages, as long as turns take what they took of late: others can take neither's room."""
        workspace = sender[0]
        own = self._under_way[sender]
        return self._is_long(workspace) or (own >= ALWAYS and own * self._turn_of(workspace) > self._wait_s)

    def enter(self, sender: Sender) -> None:
        """Counts a message as under way."""
        if sender not in self._under_way:
            self._resize(sender[0], 1)
        _add(self._under_way, sender, 1)

    def leave(self, sender: Sender) -> None:
        """A message of theirs is done."""
        _add(self._under_way, sender, -1)
        if sender not in self._under_way:
            self._resize(sender[0], -1)

    @asynccontextmanager
    async def running(self, sender: Sender, seconds: float) -> AsyncIterator[bool]:
        """Waits for a place, at most so long, and keeps it. Yields whether it came."""
        try:
            async with asyncio.timeout(max(0.0, seconds)):
                await self._places.acquire(sender)
        except TimeoutError:
            yield False
            return
        began = self._clock()
        try:
            yield True
        finally:
            self._places.release(sender)
            self._learn(sender[0], self._clock() - began)

    def _is_long(self, workspace: str) -> bool:
        """Whether a new sender of a workspace would have to wait for too long: for any turn to end when all places are
        taken, and for as many of the workspace's own turns as there are before theirs."""
        if len(self._under_way) < self._at_once:
            return False
        share = self._share(workspace)
        before = self._senders[workspace] + 1 - share
        first = self._any_turn_s / self._at_once
        return max(first, before * self._turn_of(workspace) / share) > self._wait_s

    def _share(self, workspace: str) -> float:
        """How many places a workspace has with one more sender: what nobody else asks for, and never less than an
        equal share. The max-min fair division, found from the smallest demand upwards."""
        demand = self._senders[workspace] + 1
        sizes = self._sizes.copy()
        sizes[demand - 1] -= demand > 1
        sizes[demand] += 1
        free, asking = float(self._at_once), sizes.total()
        for size in sorted(sizes):
            if size * asking >= free:
                return min(demand, free / asking)
            free -= size * sizes[size]
            asking -= sizes[size]
        return float(demand)

    def _turn_of(self, workspace: str) -> float:
        """How long a workspace's turns take, in seconds."""
        return self._turn_s.get(workspace, self._any_turn_s)

    def _learn(self, workspace: str, seconds: float) -> None:
        self._turn_s[workspace] = self._turn_of(workspace) + WEIGHT * (seconds - self._turn_of(workspace))
        self._any_turn_s += WEIGHT * (seconds - self._any_turn_s)

    def _resize(self, workspace: str, more: int) -> None:
        """Counts the senders of a workspace."""
        before = self._senders[workspace]
        _add(self._sizes, before, -1 if before else 0)
        _add(self._senders, workspace, more)
        after = self._senders[workspace]
        _add(self._sizes, after, 1 if after else 0)


def _add(counts: Counter[Key], key: Key, more: int) -> None:
    """Counts; what is none is not kept."""
    counts[key] += more
    if not counts[key]:
        del counts[key]
