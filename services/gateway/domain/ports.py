"""What a message's turn needs from outside: the other services, the storage and somebody who watches."""

from collections.abc import Collection, Sequence
from typing import Protocol

from gateway.domain.handover import HandoverState
from gateway.domain.message import Claim, Finished, Joined, Lease, Message, MessageKey, ReplyPath, StageError
from gateway.domain.turn_types import (
    Composed,
    CustomerProfile,
    Decided,
    Executed,
    Extraction,
    Heard,
    PlanResult,
    ReplyFacts,
    TurnRecord,
)
from turn.model import Action, ConversationState, Observation, Slots, TurnContext, WriteOutcome
from turn.vocabulary import HandoverReason

__all__ = ["Readers", "StageError", "Stages", "TurnReporter", "TurnStages", "TurnStorage", "Waiting", "WaitingMessage"]


class WaitingMessage(Protocol):
    """A message of a hand-over."""

    @property
    def reason(self) -> HandoverReason:
        """Why a person is told of it."""

    @property
    def text(self) -> str:
        """What it says."""

    @property
    def author(self) -> str:
        """Who of the business wrote it; empty for the customer."""


class Waiting(Protocol):
    """A hand-over, as people of the business see it. Times are seconds since 1970."""

    @property
    def id(self) -> str:
        """What names it."""

    @property
    def number(self) -> int:
        """What people call it."""

    @property
    def address(self) -> str:
        """The customer's, on the channel."""

    @property
    def opened_at(self) -> float:
        """When its first message arrived."""

    @property
    def taken_by(self) -> str:
        """Who has it; empty for nobody."""

    @property
    def state(self) -> HandoverState:
        """How far it has come."""

    @property
    def messages(self) -> Sequence[WaitingMessage]:
        """In order of arrival."""


class Readers(Protocol):
    """The stages of one turn that change nothing. Every call raises StageError, and nothing else, when it has no
    answer; `timeout_s` are the seconds that it may take, less when the turn's deadline comes first."""

    async def extract(self, context: TurnContext, text: str, state: ConversationState, timeout_s: float) -> Extraction:
        """Reads a message."""

    async def plan(
        self, context: TurnContext, interpretation: Heard, observations: Sequence[Observation], timeout_s: float
    ) -> PlanResult:
        """Decides the next step."""


class TurnStages(Readers, Protocol):
    """All stages of one turn, on its track and under its deadline."""

    async def execute(
        self,
        context: TurnContext,
        customer: CustomerProfile,
        actions: Sequence[Action],
        slots: Slots,
        confirmed: bool,
        group_id: str,
        timeout_s: float,
    ) -> Executed:
        """Runs actions under policy. `group_id` is the state's. A call that fails may have written: see `look_up`."""

    async def look_up(
        self, context: TurnContext, customer: CustomerProfile, actions: Sequence[Action], slots: Slots, timeout_s: float
    ) -> tuple[WriteOutcome, ...]:
        """What became of the actions' writes, one each. The arguments are those of `execute`. Changes nothing but that
        a write which was not begun never will be."""

    async def compose(self, context: TurnContext, facts: ReplyFacts, timeout_s: float) -> Composed:
        """Writes the reply."""


class Stages(Protocol):
    """The other services."""

    def for_turn(self, track: str, deadline: float, shadow: bool = False) -> TurnStages:
        """The stages as one turn calls them. `deadline` is in seconds of time.monotonic(); `shadow` says that nobody
        gets the answers."""


class TurnStorage(Protocol):
    """Keeps messages, conversations and turns. Each method is one transaction, and raises PulpoError
    DATABASE_UNAVAILABLE. A turn that has not to wait takes two: `claim` and `finish`, and a `note` in between when it
    changes anything."""

    lease_s: float
    """Seconds after which a message whose process says nothing may be taken over."""

    async def claim(self, message: Message) -> Claim:
        """Stores a new message as this process's, and takes the right to run its turn with the state, when it is its
        turn. A known message stays as it was stored."""

    async def look(self, workspace_id: str, message_id: str) -> Claim:
        """How far a stored message has come. One whose process has died becomes this one's."""

    async def acquire(self, claim: Claim) -> Lease | Joined | None:
        """The right to run the turn of a claimed message; None while an earlier one is not done. When the next message
        waits already and the two can be answered together (`burst.joins`), this one joins it instead, and is answered
        with nothing. Whoever has the right may ask again before the turn begins."""

    async def is_followed(self, claim: Claim) -> bool:
        """Whether a later message of the conversation waits, in whichever process."""

    async def renew(self, running: Collection[MessageKey]) -> None:
        """Begins anew the leases of the messages that this process is `running`."""

    async def note(self, message: Message, decided: Decided) -> None:
        """Keeps what a turn has decided, before it changes anything. Raises StageError when that cannot be kept."""

    async def finish(self, finished: Finished) -> ReplyPath | None:
        """Stores state, record and reply, and ends the lease. Says how the reply leaves; None, and stores nothing,
        when another process has taken the message over."""

    async def acknowledge(self, workspace_id: str, message_id: str) -> bool:
        """Decides that a message's reply goes by REST; False when it has a reply already, or is not stored."""

    async def may_answer(self, outbox_id: str) -> bool:
        """Whether a repeated webhook is to be answered with the stored reply: not when that goes by REST."""

    async def unanswer(self, workspace_id: str, message_id: str) -> None:
        """Lists a message whose customer got an apology when its reply was just being stored."""

    async def orphans(self) -> list[Claim]:
        """Messages whose process died, those of a conversation in order."""

    async def adopt(self, orphan: Claim) -> Claim:
        """Makes an abandoned message this process's, unless another was faster. Its reply goes by REST."""


class TurnReporter(Protocol):
    """Tells operators what happened."""

    def turn(self, record: TurnRecord) -> None:
        """A turn has ended."""

    def replayed(self) -> None:
        """A message came again and got its stored reply."""

    def acknowledged(self) -> None:
        """A webhook was acknowledged without its reply, which goes by REST."""

    def rescued(self) -> None:
        """A message whose process died is being answered by this one."""

    def joined(self) -> None:
        """A message is answered together with the next one."""

    def silent(self) -> None:
        """A message that needs no answer got none."""

    def late(self) -> None:
        """A customer got an apology because the deadline came first."""

    def unforeseen(self, error: Exception) -> None:
        """A turn failed in a way that nobody foresaw."""

    def not_renewed(self, error: Exception) -> None:
        """The leases of the running turns could not be renewed this time."""
