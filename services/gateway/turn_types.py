"""What the stages of a turn hand to one another."""

from dataclasses import dataclass
from datetime import datetime

from gateway.state import Action, Intent, Observation, Offer, PartOfDay, Polarity, Slots, Stage, State, Topic

NO_SLOTS = Slots()
"""Slots when nothing was said."""


@dataclass(frozen=True)
class Context:
    """What every call of one turn carries about the turn itself."""

    workspace_id: str
    conversation_id: str
    turn_id: str
    received_at: datetime
    locale: str


@dataclass(frozen=True)
class Customer:
    """Who writes, from the channel."""

    address: str
    phone: str = ""
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
    instead: str = ""
    """Why it is not the answer of the turn's own track; empty when it is."""


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
    before: State
    """The state that the plan is made from."""
    state: State
    """The state with what the message said, before anything was done about it."""
    choices: tuple[Intent, ...] = ()
    """Two intents to ask the customer to choose between, instead of planning."""


@dataclass(frozen=True)
class Plan:
    """The next step of a turn."""

    actions: tuple[Action, ...] = ()
    needs_confirmation: bool = False
    missing: tuple[str, ...] = ()
    confidence: float = 1.0
    source: str = ""
    instead: str = ""
    """Why it is not the answer of the turn's own track; empty when it is."""


@dataclass(frozen=True)
class Decided:
    """What a turn had decided by the time it first changed anything. One that runs again decides the same."""

    extraction: Extraction
    plans: tuple[Plan, ...]
    """The plans of its rounds so far, as the planner gave them."""


@dataclass(frozen=True)
class Executed:
    """What came of some actions."""

    observations: tuple[Observation, ...]
    policy_ms: float = 0.0
    tools_ms: float = 0.0
    again: bool = False
    """Whether an earlier try of the same call may have been heard."""


@dataclass(frozen=True)
class Draft:
    """All that a reply depends on."""

    intent: Intent
    topic: Topic
    plan: Plan
    observations: tuple[Observation, ...]
    state: State
    choices: tuple[Intent, ...] = ()
    said: Slots = NO_SLOTS


@dataclass(frozen=True)
class Composed:
    """A reply."""

    message: str
    stage: Stage = Stage.UNSPECIFIED
    quick_replies: tuple[str, ...] = ()
    requires_human: bool = False
    offers: tuple[Offer, ...] = ()


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
