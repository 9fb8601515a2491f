"""What the gateway knows of a conversation and of one turn, as frozen values."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, fields, replace
from enum import StrEnum
from typing import Any


class Intent(StrEnum):
    """What the customer wants with a message; names are those of the contract."""

    UNSPECIFIED = "unspecified"
    GREETING = "greeting"
    INFO_SERVICES = "info_services"
    INFO_PRICES = "info_prices"
    INFO_HOURS = "info_hours"
    BOOK = "book"
    CANCEL = "cancel"
    RESCHEDULE = "reschedule"
    CHITCHAT = "chitchat"
    OTHER = "other"


TASKS = frozenset({Intent.BOOK, Intent.CANCEL, Intent.RESCHEDULE})
"""Intents that take several messages to carry out."""
INFO = frozenset({Intent.INFO_SERVICES, Intent.INFO_PRICES, Intent.INFO_HOURS})
"""Intents that one answer satisfies."""


class Topic(StrEnum):
    """A finer reading of a message."""

    UNSPECIFIED = "unspecified"
    HUMAN = "human"
    ADDRESS = "address"
    PAYMENT = "payment"
    MY_APPOINTMENT = "my_appointment"
    PROMOTIONS = "promotions"
    PACKAGES = "packages"
    DURATION = "duration"
    STAFF = "staff"
    THANKS = "thanks"
    GOODBYE = "goodbye"
    COMPLAINT = "complaint"
    LATE = "late"
    MEDIA = "media"
    NOT_OFFERED = "not_offered"
    ABANDON = "abandon"


class Polarity(StrEnum):
    """Whether a message says yes or no to what was asked."""

    UNSPECIFIED = "unspecified"
    AFFIRM = "affirm"
    DENY = "deny"


class PartOfDay(StrEnum):
    """A part of the day preferred without naming a time."""

    UNSPECIFIED = "unspecified"
    MORNING = "morning"
    AFTERNOON = "afternoon"
    EVENING = "evening"


class Stage(StrEnum):
    """Where a conversation stands, as response_v1 names it."""

    UNSPECIFIED = "unspecified"
    INICIO = "inicio"
    SELECCION_SERVICIO = "seleccion_servicio"
    DISPONIBILIDAD = "disponibilidad"
    CONFIRMACION = "confirmacion"
    RESERVA_HECHA = "reserva_hecha"
    CANCELACION = "cancelacion"
    ERROR = "error"
    DONE = "done"


class Status(StrEnum):
    """What became of an action."""

    UNSPECIFIED = "unspecified"
    OK = "ok"
    REFUSED = "refused"
    FAILED = "failed"
    UNKNOWN = "unknown"
    SKIPPED = "skipped"


@dataclass(frozen=True)
class Slots:
    """The eight things that a message may say; None was not said."""

    service_type: str | None = None
    preferred_date: str | None = None
    preferred_time: str | None = None
    staff_name: str | None = None
    client_name: str | None = None
    client_email: str | None = None
    client_phone: str | None = None
    booking_id: str | None = None

    def present(self) -> dict[str, str]:
        """The slots that have a value, by name."""
        return {name: value for name in SLOT_NAMES if (value := getattr(self, name)) is not None}

    def get(self, name: str) -> str | None:
        """A slot's value; None for a name that is no slot."""
        return getattr(self, name) if name in SLOT_NAMES else None

    def merge(self, other: "Slots") -> "Slots":
        """These slots, with the other's values where it has any."""
        return replace(self, **other.present())

    def without(self, names: Iterable[str]) -> "Slots":
        """These slots without some."""
        return replace(self, **{name: None for name in names if name in SLOT_NAMES})

    def only(self, names: Iterable[str]) -> "Slots":
        """Nothing but some of these slots."""
        return Slots(**{name: self.get(name) for name in names})


SLOT_NAMES = tuple(item.name for item in fields(Slots))
"""Names of the slots, in the contract's order."""


@dataclass(frozen=True)
class Action:
    """One tool call that a plan asks for."""

    tool: str
    args: Mapping[str, Any] = field(default_factory=dict)
    reasoning: str = ""

    def same_as(self, other: "Action") -> bool:
        """Whether both call the same tool with the same arguments."""
        return self.tool == other.tool and dict(self.args) == dict(other.args)


@dataclass(frozen=True)
class Offer:
    """A free time that the last reply offered."""

    date: str
    time: str


@dataclass(frozen=True)
class BookingChoice:
    """One of several appointments between which the last reply asked to choose."""

    booking_id: str
    date: str = ""
    time: str = ""
    service: str = ""


@dataclass(frozen=True)
class Observation:
    """One action's outcome."""

    tool: str
    status: Status
    output: Mapping[str, Any] | None = None
    reason: str = ""
    message: str = ""
    decision: str = "unspecified"
    why: str = ""
    needs: tuple[str, ...] = ()
    attempts: int = 0
    duration_s: float = 0.0
    args: Mapping[str, Any] = field(default_factory=dict)

    @property
    def succeeded(self) -> bool:
        """Whether the tool ran and said yes."""
        return self.status is Status.OK and bool(self.output) and (self.output or {}).get("ok") is True


@dataclass(frozen=True)
class State:
    """What is remembered of a conversation between two turns."""

    active_intent: Intent = Intent.UNSPECIFIED
    slots: Slots = Slots()
    asked_slot: str = ""
    pending: tuple[Action, ...] = ()
    offers: tuple[Offer, ...] = ()
    part_of_day: PartOfDay = PartOfDay.UNSPECIFIED
    choices: tuple[Intent, ...] = ()
    booking_choices: tuple[BookingChoice, ...] = ()
    last_booking_id: str = ""
    stage: Stage = Stage.UNSPECIFIED
    locale: str = ""
    misses: int = 0
    next_services: tuple[str, ...] = ()
    """Services to book once this one is booked."""

    def fresh(self) -> "State":
        """The state once its task has ended: the language and the last booking stay."""
        return State(locale=self.locale, last_booking_id=self.last_booking_id, misses=self.misses)
