"""What a plan may depend on, and the plan itself. Frozen; no transport in here."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from turn.meaning import Meaning
from turn.model import NEW_CONVERSATION, NO_SLOTS, Action, ConversationState, Observation
from turn.tasks import Proposal
from turn.vocabulary import Intent, Topic

MAX_ACTIONS = 3
"""Most actions of one plan."""

SLOT_ORDER = (
    "booking_id",
    "service_type",
    "staff_name",
    "preferred_date",
    "preferred_time",
    "client_name",
    "client_email",
    "client_phone",
)
"""The eight slots in the order in which they are asked for."""


@dataclass(frozen=True)
class PlanningTurn:
    """All that a plan may depend on, besides the workspace."""

    intent: Intent
    now: datetime
    """When the message arrived, aware."""
    slots: Mapping[str, str] = NO_SLOTS
    """All slots known by now, this message's included."""
    state: ConversationState = NEW_CONVERSATION
    """The conversation before this message."""
    topic: Topic = Topic.UNSPECIFIED
    confirmed: bool = False
    """Whether the customer has just said yes to the pending writes."""
    observations: tuple[Observation, ...] = ()
    """What the tools of this turn have answered so far, in order."""
    meaning: Meaning | None = None
    """What the message means, in full; None from callers of the first form. With it, the state's dialogue is the
    conversation after the message."""


@dataclass(frozen=True)
class Plan:
    """The next step."""

    actions: tuple[Action, ...] = ()
    missing_slots: tuple[str, ...] = ()
    needs_confirmation: bool = False
    confidence: float = 1.0
    """Always 1: rules plan."""
    next_step: str = ""
    """What the reply asks or says next, of `turn.steps`; empty in plans of the first form."""
    offers: tuple[Proposal, ...] = ()
    """What the reply offers, in its order."""
    ends: bool = False
    """Whether the next plan is empty when every action answers yes."""
