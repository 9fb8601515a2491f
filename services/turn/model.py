"""What the services of the mesh tell one another about a turn, as frozen values without a transport."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, fields, replace
from datetime import datetime
from typing import Any

from turn.tasks import NO_DIALOGUE, Dialogue
from turn.vocabulary import Intent, Outcome, PartOfDay, Stage, Status, WriteState


@dataclass(frozen=True)
class TurnContext:
    """What every call of one turn carries about the turn itself. Every field comes from the channel."""

    workspace_id: str
    conversation_id: str
    turn_id: str
    received_at: datetime
    """When the message arrived, aware: what "now" and "tomorrow" refer to."""
    locale: str = ""
    """BCP 47 language of the reply; empty for the workspace's own."""


@dataclass(frozen=True)
class Slots(Mapping[str, str]):
    """The eight things that a message may say; None was not said. As a mapping it has those that were."""

    service_type: str | None = None
    preferred_date: str | None = None
    preferred_time: str | None = None
    staff_name: str | None = None
    client_name: str | None = None
    client_email: str | None = None
    client_phone: str | None = None
    booking_id: str | None = None

    def __getitem__(self, name: str) -> str:
        value: str | None = getattr(self, name) if name in SLOT_NAMES else None
        if value is None:
            raise KeyError(name)
        return value

    def __iter__(self) -> Iterator[str]:
        return (name for name in SLOT_NAMES if getattr(self, name) is not None)

    def __len__(self) -> int:
        return sum(1 for _ in self)

    def merge(self, other: "Slots") -> "Slots":
        """These slots, with the other's values where it has any."""
        return replace(self, **other)

    def without(self, names: Iterable[str]) -> "Slots":
        """These slots without some."""
        return replace(self, **{name: None for name in names if name in SLOT_NAMES})

    def only(self, names: Iterable[str]) -> "Slots":
        """Nothing but some of these slots."""
        return Slots(**{name: self[name] for name in names if name in self})


SLOT_NAMES = tuple(item.name for item in fields(Slots))
"""Names of the slots, in the contract's order."""
NO_SLOTS = Slots()
"""Slots when nothing was said."""


@dataclass(frozen=True)
class Action:
    """One tool call that a plan asks for."""

    tool: str
    args: Mapping[str, Any] = field(default_factory=dict)
    reasoning: str = ""
    """Why, in a few words for operators; may be empty."""

    def same_as(self, other: "Action") -> bool:
        """Whether both call the same tool with the same arguments."""
        return self.tool == other.tool and dict(self.args) == dict(other.args)


@dataclass(frozen=True)
class Decision:
    """The policy's answer for one action."""

    outcome: Outcome = Outcome.UNSPECIFIED
    why: str = ""
    """UPPER_SNAKE reason; empty when allowed."""
    needs: tuple[str, ...] = ()
    """Slots that the customer must still give, in the order to ask for them."""


@dataclass(frozen=True)
class ToolError:
    """Why a tool did not answer."""

    reason: str
    """UPPER_SNAKE."""
    message: str
    """One fixed sentence for operators; never what a tool or a customer wrote."""


@dataclass(frozen=True)
class Observation:
    """What became of one action."""

    tool: str
    status: Status
    output: Mapping[str, Any] = field(default_factory=dict)
    """The tool's answer, which may be a "no" (`ok` false); empty unless the status is OK."""
    args: Mapping[str, Any] = field(default_factory=dict)
    """As they were run, after normalisation."""
    decision: Decision = Decision()
    error: ToolError | None = None
    """Why the tool did not answer; None when it did, or the policy refused."""
    attempts: int = 0
    """How many times the tool was called."""
    duration_s: float = 0.0
    """Seconds spent on the tool, retries and waiting included."""

    @property
    def said_yes(self) -> bool:
        """Whether the tool ran and did what it was asked."""
        return self.status is Status.OK and self.output.get("ok") is True

    @property
    def no_reason(self) -> str:
        """The reason of a tool's "no"; empty when it said yes or did not answer."""
        if self.status is not Status.OK or self.said_yes:
            return ""
        return str(self.output.get("reason", "")) or "UNSPECIFIED"

    @property
    def needs(self) -> tuple[str, ...]:
        """Slots that the policy wants first, where asking the customer for them helps."""
        return self.decision.needs if self.decision.outcome is Outcome.ASK_CLARIFICATION else ()


@dataclass(frozen=True)
class WriteOutcome:
    """What became of one action's write."""

    tool: str
    state: WriteState
    observation: Observation | None = None
    """The broker's first answer, where the state is NOT_DONE and it is kept."""

    @property
    def surely_not_done(self) -> bool:
        """Whether it may be said that nothing was done."""
        return self.state in (WriteState.NOT_BEGUN, WriteState.NOT_DONE)


@dataclass(frozen=True)
class Offer:
    """A free time that a reply offers."""

    date: str
    """Local, YYYY-MM-DD."""
    time: str
    """Local, HH:MM; empty when the day is offered."""


@dataclass(frozen=True)
class BookingChoice:
    """One of several appointments between which the last reply asked to choose. Only its id is in the contract."""

    booking_id: str
    date: str = ""
    time: str = ""
    service: str = ""


@dataclass(frozen=True)
class ConversationState:
    """What is remembered of a conversation between two turns."""

    active_intent: Intent = Intent.UNSPECIFIED
    """The task under way."""
    slots: Slots = NO_SLOTS
    """What the customer has said so far for that task."""
    asked_slot: str = ""
    """The slot that the last reply asked for; empty when none."""
    pending: tuple[Action, ...] = ()
    """Writes that wait for the customer's yes."""
    offers: tuple[Offer, ...] = ()
    """Free times that the last reply offered, in its order."""
    part_of_day: PartOfDay = PartOfDay.UNSPECIFIED
    choices: tuple[Intent, ...] = ()
    """Two intents between which the last reply asked to choose; empty when it did not."""
    booking_choices: tuple[BookingChoice, ...] = ()
    last_booking_id: str = ""
    """The last appointment id told to the customer."""
    stage: Stage = Stage.UNSPECIFIED
    """Where the last reply left the conversation."""
    locale: str = ""
    """BCP 47 language that the customer writes in; empty for the workspace's own."""
    misses: int = 0
    """How many turns in a row were not understood."""
    next_services: tuple[str, ...] = ()
    """Services to book once this one is booked, in order."""
    group_id: str = ""
    """Booking id of the first appointment of the request for several services that goes on; empty for none. Not in
    the contract."""
    dialogue: Dialogue = NO_DIALOGUE
    """The second form of the state: where it has tasks, they win over the fields before."""

    def fresh(self) -> "ConversationState":
        """The state once its task has ended: the language and the last booking stay."""
        return ConversationState(
            locale=self.locale, last_booking_id=self.last_booking_id, misses=self.misses, dialogue=self.dialogue
        )


NEW_CONVERSATION = ConversationState()
"""The state of a conversation in which nothing was said yet."""
