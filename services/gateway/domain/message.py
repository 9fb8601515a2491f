"""A customer's message as every channel hands it in, what the inbox says about it, how long its turn may take, and
what is answered. Pure."""

import hashlib
import re
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from gateway.domain.turn_types import Decided, Reply, TurnRecord
from runtime.errors import Kind, PulpoError
from turn.model import ConversationState

MAX_TEXT_BYTES = 4096
"""Longest text that is read, in bytes of UTF-8."""
MAX_NAME_CHARS = 80
"""Longest profile name that is kept."""
LEAST_S = 0.02
"""A call with less time than this is not made."""
MessageKey = tuple[str, str]
"""Workspace and message id."""
_UNWRITABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")


@dataclass(frozen=True)
class Message:
    """One message."""

    workspace_id: str
    address: str
    """The customer's address on the channel, opaque."""
    message_id: str
    text: str
    received_at: datetime
    """Aware."""
    profile_name: str = ""
    media: bool = False
    """Whether it came with a voice note, picture or file."""
    track: str = ""
    """The track that a trusted caller asked for, or empty."""
    business: str = ""
    """The number written to, E.164, when it came by Twilio; empty on other channels."""

    @property
    def key(self) -> MessageKey:
        """What names the message: workspace and message id."""
        return self.workspace_id, self.message_id

    @property
    def sender(self) -> tuple[str, str]:
        """Whose turn it takes: workspace and address."""
        return self.workspace_id, self.address

    @property
    def turn_id(self) -> str:
        """The id of the turn that it starts."""
        return turn_id(self.workspace_id, self.message_id)


class ClaimStatus(StrEnum):
    """Who runs the turn of a message."""

    MINE = "mine"
    """This process has claimed it and must run its turn."""
    RUNNING = "running"
    """Somebody else is running its turn."""
    DONE = "done"
    """It has a reply."""


@dataclass(frozen=True)
class Lease:
    """The right to run one turn of a conversation, and the state it starts from."""

    version: int
    state: ConversationState
    changed_at: float
    """When the last message before this one arrived, seconds since 1970; 0 in a new conversation."""
    joined: tuple[str, ...] = ()
    """The texts of earlier messages that have joined this one, in their order: its turn is about all of them."""
    held: str = ""
    """The hand-over by which a person has the conversation, or empty: then the bot says nothing."""


@dataclass(frozen=True)
class Joined:
    """What becomes of a message whose turn came while the next one waited: it is answered, with nothing, because the
    turn of the next one is about both."""

    turn_id: str
    """The turn that it joined."""


@dataclass(frozen=True)
class Claim:
    """What the inbox says about a message."""

    status: ClaimStatus
    message: Message
    """The message as first stored; a repeat cannot change it."""
    conversation_id: str
    seq: int
    """Its place in the conversation's order of arrival."""
    reply: Reply | None = None
    lease: Lease | None = None
    """The right to run its turn, when it is its turn already."""
    decided: Decided | None = None
    """What a process that died had decided, and perhaps done; None when it had changed nothing yet."""


@dataclass(frozen=True)
class Finished:
    """What is stored when a turn ends."""

    claim: Claim
    reply: Reply
    record: TurnRecord
    answered: bool
    """False when the customer did not get what they asked for: the turn failed or timed out."""
    lease: Lease | None = None
    """The lease that the turn ran under; None when it never got one."""
    state: ConversationState | None = None
    """The new state; None leaves it as it is."""
    to_staff: bool = False
    """Whether it answers somebody of the business, whatever they are a customer of."""

    reminds: bool = False
    """Whether what its customer has booked may be otherwise now, and they are to be reminded of it."""
    told_people: bool = False
    """Whether people of the business are to be told what was booked, changed or cancelled."""

    def unsaid(self, held: str) -> str:
        """The reply that is not given because a person has the conversation, if there is one."""
        return self.reply.message if held and self.answered else ""


class ReplyPath(StrEnum):
    """How a reply leaves."""

    INLINE = "inline"
    """In the answer to whoever handed the message in."""
    ASYNC = "async"
    """By Twilio's REST API, from the outbox."""
    NONE = "none"
    """Not at all: a person has the conversation."""


@dataclass(frozen=True)
class Answer:
    """What whoever handed a message in is to answer."""

    reply: Reply
    path: ReplyPath = ReplyPath.INLINE
    """ASYNC: the reply is not theirs to give, it goes or has gone by REST."""
    outbox_id: str = ""
    """The reply's id in the outbox, for whoever gives it to say so; empty when it has none."""


@dataclass(frozen=True)
class AsyncDelivery:
    """What it takes to answer later than in the webhook."""

    ack_after_s: float
    """Seconds after which a webhook is acknowledged without its reply."""
    wake: Callable[[], None]
    """Says that there is something to send."""


class StageError(PulpoError):
    """A stage that gave no usable answer."""

    def __init__(self, reason: str, did_nothing: bool = False) -> None:
        """`did_nothing` says that the call surely had no effect: it was not made, or the other side refused it."""
        super().__init__(Kind.UNAVAILABLE, reason, "A stage of the turn gave no usable answer.")
        self.did_nothing = did_nothing


@dataclass(frozen=True)
class Limits:
    """Seconds that a turn and its stages may take."""

    turn_s: float = 10.0
    """The whole turn, waiting in the queue included; the customer has an answer by then."""
    extract_s: float = 2.5
    """One Extract call."""
    plan_s: float = 2.0
    """One Plan call."""
    execute_s: float = 5.0
    """One Execute call."""
    look_up_s: float = 1.0
    """One LookUpWrites call, after an Execute that gave no answer or was repeated."""
    compose_s: float = 2.0
    """The Compose call."""
    least_s: float = 1.5
    """A turn is not begun when less than this is left."""
    store_s: float = 0.5
    """Kept back at the end, to store the turn."""
    queue_s: float = 60.0
    """How long a message may wait in the queue when its reply can go by REST."""
    reply_s: float = 1.0
    """Kept back by the stages before Compose, so that there is time to say what happened."""
    at_once: int = 32
    """How many turns of a process run at the same time; more wait."""

    def wait_s(self) -> float:
        """How long a message may have to wait for its turn to be taken at all: half of the time there is, because
        how long turns take is known from those before."""
        return (self.turn_s - self.store_s - self.least_s) / 2


class Budget:
    """What is left of a turn's time."""

    def __init__(self, seconds: float, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self.deadline = clock() + seconds
        """When the time is over, in seconds of the clock."""

    def left(self) -> float:
        """Seconds left, never below 0."""
        return max(0.0, self.deadline - self._clock())

    def slice(self, most_s: float, keep_s: float = 0.0) -> float:
        """Seconds that a call may take so that `keep_s` remain. Raises StageError when there is no time."""
        seconds = min(most_s, self.left() - keep_s)
        if seconds < LEAST_S:
            raise StageError("OUT_OF_TIME", did_nothing=True)
        return seconds


def conversation_id(workspace_id: str, address: str) -> str:
    """The id of a customer's conversation with a business: the same whenever they write."""
    return _hash(workspace_id, address)


def turn_id(workspace_id: str, message_id: str) -> str:
    """The id of the turn that a message starts: the same when the message repeats."""
    return _hash(workspace_id, message_id)


def clean(text: str) -> str:
    """A text that databases, protobuf and XML take: without control characters and half characters."""
    return _UNWRITABLE.sub("", text)


def cut_to_bytes(text: str, most: int = MAX_TEXT_BYTES) -> str:
    """The longest beginning of a text that fits, never ending within a character."""
    return text.encode("utf-8")[:most].decode("utf-8", errors="ignore")


def phone_of(address: str) -> str:
    """The E.164 phone in a channel address, or nothing when it has none."""
    match = re.fullmatch(r"(?:[a-z]{1,20}:)?(\+[1-9]\d{6,14})", address)
    return match[1] if match else ""


def same_sender(address: str, message: Message) -> None:
    """Refuses a message under an id of somebody else's: the reply to that is not theirs to read."""
    if address != message.address:
        raise PulpoError(Kind.INVALID_ARGUMENT, "MESSAGE_ID_REUSED", "The message id belongs to another sender.")


def _hash(*parts: str) -> str:
    return hashlib.sha256("\x1f".join(parts).encode()).hexdigest()[:32]
