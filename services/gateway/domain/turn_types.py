"""What the stages of a turn hand to one another."""

from dataclasses import dataclass, field
from datetime import datetime

from turn.meaning import Meaning
from turn.model import NO_SLOTS, Action, ConversationState, Observation, Offer, Slots
from turn.tasks import Customer, Proposal
from turn.vocabulary import HandoverReason, Intent, PartOfDay, Polarity, Stage, Topic
from workspace.model import Workspace


@dataclass(frozen=True)
class CustomerProfile:
    """Who writes, from the channel."""

    address: str
    profile_name: str = ""


@dataclass(frozen=True)
class Extraction:
    """What a message says."""

    intent: Intent
    slots: Slots = NO_SLOTS
    removed: tuple[str, ...] = ()
    polarity: Polarity = Polarity.UNSPECIFIED
    confidence: float = 1.0
    alternatives: tuple[tuple[Intent, float], ...] = ()
    topic: Topic = Topic.UNSPECIFIED
    part_of_day: PartOfDay = PartOfDay.UNSPECIFIED
    language: str = ""
    source: str = ""
    model: str = ""
    asked_day: str | None = None
    """The day that a question about opening hours is about, YYYY-MM-DD."""
    more_services: tuple[str, ...] = ()
    """Services wanted besides that of the slot."""
    over_budget: bool = False
    """Whether the message was too much work to read: it says nothing, and a shorter one is asked for."""
    instead: str = ""
    """Why it is not the answer of the turn's own track; empty when it is."""
    meaning: Meaning | None = None
    """What the message means, in full; None from an extractor of the first form."""
    customer: Customer | None = None
    """The customer's own things as they were looked up for this message; None when nobody looked."""


@dataclass(frozen=True)
class Heard:
    """What a message means in its conversation."""

    intent: Intent
    topic: Topic
    slots: Slots
    """All slots known by now, for the plan."""
    said: Slots
    """The slots that this message states, choices among offers included."""
    confirmed: bool
    """Whether the customer has just said yes to the pending writes."""
    before: ConversationState
    """The state that the plan is made from."""
    state: ConversationState
    """The state with what the message said, before anything was done about it."""
    choices: tuple[Intent, ...] = ()
    """Two intents to ask the customer to choose between, instead of planning."""
    meaning: Meaning | None = None
    """What the message means, in full, in a conversation of the second form; None in one of the first."""
    notes: tuple[str, ...] = ()
    """What the message did besides, of `turn.steps`."""


@dataclass(frozen=True)
class PlanResult:
    """The next step of a turn."""

    actions: tuple[Action, ...] = ()
    needs_confirmation: bool = False
    missing: tuple[str, ...] = ()
    confidence: float = 1.0
    source: str = ""
    instead: str = ""
    """Why it is not the answer of the turn's own track; empty when it is."""
    next_step: str = ""
    """What the reply asks or says next, of `turn.steps`; empty in plans of the first form."""
    offers: tuple[Proposal, ...] = ()
    """What the reply offers, in its order."""
    ends: bool = False
    """Whether the next plan is empty when every action answers yes."""


@dataclass(frozen=True)
class Decided:
    """What a turn had decided by the time it first changed anything. One that runs again decides the same."""

    extraction: Extraction
    plans: tuple[PlanResult, ...]
    """The plans of its rounds so far, as the planner gave them."""


@dataclass(frozen=True)
class Executed:
    """What the broker says of some actions."""

    observations: tuple[Observation, ...]
    policy_ms: float = 0.0
    tools_ms: float = 0.0
    again: bool = False
    """Whether an earlier try of the same call may have reached the broker."""


@dataclass(frozen=True)
class ReplyFacts:
    """All that a reply depends on."""

    intent: Intent
    topic: Topic
    plan: PlanResult
    observations: tuple[Observation, ...]
    state: ConversationState
    choices: tuple[Intent, ...] = ()
    said: Slots = NO_SLOTS
    meaning: Meaning | None = None
    """What the message means, in full, in a conversation of the second form."""
    notes: tuple[str, ...] = ()
    """What the message did besides, of `turn.steps`."""


@dataclass(frozen=True)
class Composed:
    """A reply."""

    message: str
    stage: Stage = Stage.UNSPECIFIED
    quick_replies: tuple[str, ...] = ()
    requires_human: bool = False
    offers: tuple[Offer, ...] = ()
    handover: HandoverReason | None = None
    """Why a person is told of the message; None when nobody is."""


@dataclass(frozen=True)
class Timings:
    """Milliseconds per stage of a turn."""

    extract: float = 0.0
    plan: float = 0.0
    policy: float = 0.0
    broker: float = 0.0
    reduce: float = 0.0
    nlg: float = 0.0
    total: float = 0.0


@dataclass(frozen=True)
class Reply:
    """What a caller gets for a message."""

    message: str
    quick_replies: tuple[str, ...] = ()
    requires_human: bool = False
    intent: Intent = Intent.UNSPECIFIED
    slots: Slots = NO_SLOTS
    track: str = ""
    timings: Timings = Timings()
    replayed: bool = False


@dataclass(frozen=True)
class Fallback:
    """A rung of the ladder that a turn had to take."""

    stage: str
    reason: str


@dataclass(frozen=True)
class TurnRecord:
    """What is written down about a turn; nothing in it is personal."""

    turn_id: str
    workspace: str
    track: str
    outcome: str
    """ok, degraded, failed or timeout."""
    intent: Intent = Intent.UNSPECIFIED
    topic: Topic = Topic.UNSPECIFIED
    confidence: float = 0.0
    source: str = ""
    actions: tuple[str, ...] = ()
    rounds: int = 0
    fallbacks: tuple[Fallback, ...] = ()
    timings: Timings = Timings()
    plan_source: str = ""
    """Who made the first plan: slm or rules; settled when there was nothing to decide; empty without a plan."""
    instead: tuple[Fallback, ...] = ()
    """Stages that the other track answered in place of the turn's own."""
    handover: HandoverReason | None = None
    """Why a person is told of the message; None when nobody is."""


@dataclass(frozen=True)
class TurnInput:
    """What a turn starts from."""

    workspace: Workspace
    conversation_id: str
    turn_id: str
    received_at: datetime
    customer: CustomerProfile
    text: str
    media: bool
    track: str
    state: ConversationState
    decided: Decided | None = None
    """What the turn had decided in a process that died, and may have done."""


@dataclass(frozen=True)
class TurnResult:
    """What a turn ends with."""

    reply: Reply
    state: ConversationState
    record: TurnRecord
    extraction: Extraction | None = None
    """What the message was read as; None when nobody could read it."""
    plan: PlanResult | None = None
    """The first plan, as the planner gave it."""
    plan_ms: float = 0.0
    """How long the first plan took."""


@dataclass
class Rounds:
    """What the rounds of a turn gave."""

    plan: PlanResult | None = None
    """The last plan; None when the planner gave none."""
    first: PlanResult | None = None
    """The first plan, as the planner gave it."""
    first_ms: float = 0.0
    """How long the first plan took."""
    observations: list[Observation] = field(default_factory=list)
    count: int = 0
    fallbacks: list[Fallback] = field(default_factory=list)
    plan_ms: float = 0.0
    policy_ms: float = 0.0
    tools_ms: float = 0.0
