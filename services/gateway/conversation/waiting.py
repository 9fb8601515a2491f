"""How a message comes to its turn: it waits until all earlier messages of the conversation are done, and a moment for
more when it says too little by itself. It may end up joined to the next message, whose turn is then about both."""

import asyncio
import contextlib
from collections.abc import Callable

from gateway.conversation.scheduling import QueuePlace
from gateway.domain.burst import together, waits
from gateway.domain.message import Budget, Claim, Joined, Lease, Message
from gateway.domain.ports import TurnStorage
from runtime.errors import PulpoError
from turn.model import ConversationState

LOOK_S = 0.2
"""How often a message that waits for more asks whether another replica has it, in seconds."""


class TurnWait:
    """Waits for the right to run a turn. Who waits is a task that sleeps, and holds no place among running turns."""

    def __init__(
        self, storage: TurnStorage, least_s: float, awake: Callable[[Lease, Message], ConversationState]
    ) -> None:
        """A turn is not begun when less than `least_s` is left; `awake` is the state that a turn starts from."""
        self._storage = storage
        self._least_s = least_s
        self._awake = awake

    async def right(self, claim: Claim, place: QueuePlace, waiting: Budget, patience: Budget) -> Lease | Joined | None:
        """The right to run the turn, or what the message joined; None when the time for `waiting` runs out first.
        `patience` is how much longer it waits for more when it says too little."""
        right = claim.lease or await self._in_turn(claim, place, waiting)
        while isinstance(right, Lease) and self._says_too_little(claim.message, right):
            seconds = min(patience.left(), waiting.left() - self._least_s)
            if seconds <= 0:
                break
            await place.followed(min(seconds, LOOK_S))
            if place.is_followed or await self._is_followed(claim):
                more = await self.again(claim, right)
                if isinstance(more, Lease):
                    break  # what follows is answered by itself
                right = more
        return right

    async def again(self, claim: Claim, lease: Lease) -> Lease | Joined:
        """The right asked for again, because a later message waits that this one may join."""
        with contextlib.suppress(PulpoError):
            return await self._storage.acquire(claim) or lease
        return lease

    async def _in_turn(self, claim: Claim, place: QueuePlace, waiting: Budget) -> Lease | Joined | None:
        """The right, once all earlier messages are done; None when time runs out first."""
        try:
            async with asyncio.timeout(max(0.0, waiting.left() - self._least_s)):
                await place.first()
                while (right := await self._storage.acquire(claim)) is None:
                    await place.again()
                return right
        except TimeoutError:
            return None

    def _says_too_little(self, message: Message, lease: Lease) -> bool:
        text = together((*lease.joined, message.text))
        return not message.media and waits(text, self._awake(lease, message))

    async def _is_followed(self, claim: Claim) -> bool:
        with contextlib.suppress(PulpoError):
            return await self._storage.is_followed(claim)
        return False
