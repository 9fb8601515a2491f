"""What a reply may depend on, and the reply itself. Frozen; no transport in here."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from turn.model import NEW_CONVERSATION, NO_SLOTS, Action, ConversationState, Observation, Offer
from turn.vocabulary import HandoverReason, Intent, Stage, Topic


class Tone(StrEnum):
    """How a message sounds."""

    FRIENDLY = "friendly"
    NEUTRAL = "neutral"
    PROFESSIONAL = "professional"


@dataclass(frozen=True)
class ReplyTurn:
    """All that a reply may depend on, besides workspace and language."""

    intent: Intent
    now: datetime
    """When the message arrived, aware."""
    topic: Topic = Topic.UNSPECIFIED
    actions: tuple[Action, ...] = ()
    """Those of the last plan."""
    needs_confirmation: bool = False
    """Whether the writes among them wait for a yes."""
    missing_slots: tuple[str, ...] = ()
    """Slots to ask for; only the first is asked."""
    observations: tuple[Observation, ...] = ()
    """What the tools of this turn answered, in order."""
    state: ConversationState = NEW_CONVERSATION
    """The conversation after the reducer; its stage is that of the reply before this one."""
    choices: tuple[Intent, ...] = ()
    """Two intents to let the customer choose between; empty for none."""
    said: Mapping[str, str] = NO_SLOTS
    """The slots that this message alone stated."""


@dataclass(frozen=True)
class ComposedReply:
    """One message."""

    message: str
    tone: Tone
    next_state: Stage
    quick_replies: tuple[str, ...] = ()
    requires_human: bool = False
    handover_reason: HandoverReason | None = None
    """Why a person is told of the message."""
    offers: tuple[Offer, ...] = ()
