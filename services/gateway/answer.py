"""What a conversation tells whoever handed a message in, and whoever watches."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from gateway.outgoing import Leaves
from gateway.turn_types import Reply, TurnRecord


class Reporter(Protocol):
    """Tells operators what happened."""

    def turn(self, record: TurnRecord) -> None:
        """A turn has ended."""

    def replayed(self) -> None:
        """A message came again and got its stored reply."""

    def acknowledged(self) -> None:
        """A webhook was acknowledged without its reply, which goes by REST."""

    def rescued(self) -> None:
        """A message whose process died is being answered by this one."""

    def late(self) -> None:
        """A customer got an apology because the deadline came first."""

    def unforeseen(self, error: Exception) -> None:
        """A turn failed in a way that nobody foresaw."""


@dataclass(frozen=True)
class Answer:
    """What whoever handed a message in is to answer."""

    reply: Reply
    leaves: Leaves = Leaves.INLINE
    """BY_REST: the reply is not theirs to give, it goes or has gone by REST."""
    outbox_id: str = ""
    """The reply's id in the outbox, for whoever gives it to say so; empty when it has none."""


@dataclass(frozen=True)
class ByRest:
    """What it takes to answer later than in the webhook."""

    ack_after_s: float
    """Seconds after which a webhook is acknowledged without its reply."""
    wake: Callable[[], None]
    """Says that there is something to send."""
