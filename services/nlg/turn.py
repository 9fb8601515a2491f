"""What a reply may depend on, and the reply itself. Frozen; no transport in here."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any


class Intent(StrEnum):
    """What the customer wanted. Values are the proto's names without their prefix."""

    GREETING = "GREETING"
    INFO_SERVICES = "INFO_SERVICES"
    INFO_PRICES = "INFO_PRICES"
    INFO_HOURS = "INFO_HOURS"
    BOOK = "BOOK"
    CANCEL = "CANCEL"
    RESCHEDULE = "RESCHEDULE"
    CHITCHAT = "CHITCHAT"
    OTHER = "OTHER"


TASKS = (Intent.BOOK, Intent.CANCEL, Intent.RESCHEDULE)
"""Intents that take several turns."""
INFORMATION = (Intent.INFO_SERVICES, Intent.INFO_PRICES, Intent.INFO_HOURS)
"""Intents that ask about the business."""


class Topic(StrEnum):
    """A finer reading of the message."""

    HUMAN = "HUMAN"
    ADDRESS = "ADDRESS"
    PAYMENT = "PAYMENT"
    MY_APPOINTMENT = "MY_APPOINTMENT"
    PROMOTIONS = "PROMOTIONS"
    PACKAGES = "PACKAGES"
    DURATION = "DURATION"
    STAFF = "STAFF"
    THANKS = "THANKS"
    GOODBYE = "GOODBYE"
    COMPLAINT = "COMPLAINT"
    LATE = "LATE"
    MEDIA = "MEDIA"
    NOT_OFFERED = "NOT_OFFERED"
    ABANDON = "ABANDON"


class PartOfDay(StrEnum):
    """A part of the day that the customer prefers."""

    MORNING = "MORNING"
    AFTERNOON = "AFTERNOON"
    EVENING = "EVENING"


class Status(StrEnum):
    """What became of an action."""

    OK = "OK"
    REFUSED = "REFUSED"
    FAILED = "FAILED"
    UNKNOWN = "UNKNOWN"
    SKIPPED = "SKIPPED"


class Stage(StrEnum):
    """Where the conversation stands, as response_v1 names it."""

    INICIO = "INICIO"
    SELECCION_SERVICIO = "SELECCION_SERVICIO"
    DISPONIBILIDAD = "DISPONIBILIDAD"
    CONFIRMACION = "CONFIRMACION"
    RESERVA_HECHA = "RESERVA_HECHA"
    CANCELACION = "CANCELACION"
    ERROR = "ERROR"
    DONE = "DONE"


class Tone(StrEnum):
    """How a message sounds."""

    FRIENDLY = "friendly"
    NEUTRAL = "neutral"
    PROFESSIONAL = "professional"


@dataclass(frozen=True)
class Action:
    """One tool call of the last plan."""

    tool: str
    args: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Observation:
    """What became of a tool call of this turn."""

    tool: str
    status: Status
    output: Mapping[str, Any] = field(default_factory=dict)
    args: Mapping[str, Any] = field(default_factory=dict)
    why: str = ""
    """The policy's reason, UPPER_SNAKE."""
    needs: tuple[str, ...] = ()
    """Slots that the policy wants first; asking for them helps."""

    @property
    def said_yes(self) -> bool:
        """Whether the tool surely did what it was asked."""
        return self.status is Status.OK and self.output.get("ok") is True

    @property
    def no_reason(self) -> str:
        """The reason of a tool's "no"; empty when it said yes or did not answer."""
        if self.status is not Status.OK or self.said_yes:
            return ""
        return str(self.output.get("reason", "")) or "UNSPECIFIED"


@dataclass(frozen=True)
class Offer:
    """A free time."""

    date: str
    time: str


@dataclass(frozen=True)
class State:
    """The conversation after the reducer."""

    active_intent: Intent | None = None
    slots: Mapping[str, str] = field(default_factory=dict)
    pending: tuple[Action, ...] = ()
    part_of_day: PartOfDay | None = None
    misses: int = 0
    stage: Stage | None = None
    """Where the reply before this one left the conversation; DONE after a goodbye or a handover."""
    next_services: tuple[str, ...] = ()
    """Services to book once this one is booked."""


@dataclass(frozen=True)
class Turn:
    """All that a reply may depend on, besides workspace and language."""

    intent: Intent
    now: datetime
    """When the message arrived, aware."""
    topic: Topic | None = None
    actions: tuple[Action, ...] = ()
    needs_confirmation: bool = False
    missing_slots: tuple[str, ...] = ()
    observations: tuple[Observation, ...] = ()
    state: State = State()
    choices: tuple[Intent, ...] = ()
    said: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Reply:
    """One message."""

    message: str
    tone: Tone
    next_state: Stage
    quick_replies: tuple[str, ...] = ()
    requires_human: bool = False
    offers: tuple[Offer, ...] = ()
