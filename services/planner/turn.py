"""What a plan may depend on, and the plan itself. Frozen; no transport in here."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any, Literal

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


class Intent(StrEnum):
    """What the customer wants. Values are the proto's names without their prefix."""

    GREETING = "GREETING"
    INFO_SERVICES = "INFO_SERVICES"
    INFO_PRICES = "INFO_PRICES"
    INFO_HOURS = "INFO_HOURS"
    BOOK = "BOOK"
    CANCEL = "CANCEL"
    RESCHEDULE = "RESCHEDULE"
    CHITCHAT = "CHITCHAT"
    OTHER = "OTHER"


class Topic(StrEnum):
    """The finer readings that change a plan."""

    HUMAN = "HUMAN"
    MY_APPOINTMENT = "MY_APPOINTMENT"
    PROMOTIONS = "PROMOTIONS"
    PACKAGES = "PACKAGES"
    DURATION = "DURATION"
    STAFF = "STAFF"
    GOODBYE = "GOODBYE"
    COMPLAINT = "COMPLAINT"
    NOT_OFFERED = "NOT_OFFERED"
    ABANDON = "ABANDON"


class Status(StrEnum):
    """What became of an action."""

    OK = "OK"
    REFUSED = "REFUSED"
    FAILED = "FAILED"
    UNKNOWN = "UNKNOWN"
    SKIPPED = "SKIPPED"


@dataclass(frozen=True)
class Action:
    """One tool call."""

    tool: str
    args: Mapping[str, Any] = field(default_factory=dict)
    reasoning: str = ""


@dataclass(frozen=True)
class Observation:
    """What became of a tool call of this turn."""

    tool: str
    status: Status
    output: Mapping[str, Any] = field(default_factory=dict)
    args: Mapping[str, Any] = field(default_factory=dict)
    needs: tuple[str, ...] = ()
    """Slots that the policy wants first."""

    @property
    def said_yes(self) -> bool:
        """Whether the tool did what it was asked."""
        return self.status is Status.OK and self.output.get("ok") is True

    @property
    def no_reason(self) -> str:
        """The reason of a tool's "no"; empty when it said yes or did not answer."""
        if self.status is not Status.OK or self.said_yes:
            return ""
        return str(self.output.get("reason", "")) or "UNSPECIFIED"


@dataclass(frozen=True)
class State:
    """The conversation before this message."""

    active_intent: Intent | None = None
    slots: Mapping[str, str] = field(default_factory=dict)
    asked_slot: str = ""
    pending: tuple[Action, ...] = ()
    booking_choices: tuple[str, ...] = ()


@dataclass(frozen=True)
class Turn:
    """All that a plan may depend on, besides the workspace."""

    intent: Intent
    now: datetime
    """When the message arrived, aware."""
    slots: Mapping[str, str] = field(default_factory=dict)
    state: State = State()
    topic: Topic | None = None
    confirmed: bool = False
    observations: tuple[Observation, ...] = ()


@dataclass(frozen=True)
class Plan:
    """The next step."""

    actions: tuple[Action, ...] = ()
    missing_slots: tuple[str, ...] = ()
    needs_confirmation: bool = False
    confidence: float = 1.0
    source: Literal["rules", "slm"] = "rules"
    """Who planned."""
