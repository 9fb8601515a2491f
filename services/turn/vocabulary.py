"""The words of a turn. Values are the contract's names in lower case, without their prefix. A number of the contract
that this version does not know reads as UNSPECIFIED."""

from collections.abc import Mapping
from enum import StrEnum


class Intent(StrEnum):
    """What the customer wants with a message."""

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


INTENTS = tuple(intent for intent in Intent if intent is not Intent.UNSPECIFIED)
"""Every intent that a message can have, in the contract's order."""
TASKS = frozenset({Intent.BOOK, Intent.CANCEL, Intent.RESCHEDULE})
"""Intents that take several messages to carry out."""
INFORMATION = frozenset({Intent.INFO_SERVICES, Intent.INFO_PRICES, Intent.INFO_HOURS})
"""Intents that ask about the business; one answer satisfies them."""
SMALL_TALK = frozenset({Intent.GREETING, Intent.CHITCHAT, Intent.OTHER})
"""Intents that ask for nothing that the assistant does."""


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


HOURS_OF_PART: Mapping[PartOfDay, tuple[str, str]] = {
    PartOfDay.MORNING: ("00:00", "13:00"),
    PartOfDay.AFTERNOON: ("13:00", "20:00"),
    PartOfDay.EVENING: ("18:00", "24:00"),
}
"""The local times of each part of the day, HH:MM: the first, and the first after the last."""


class ActKind(StrEnum):
    """One thing that a message does. The contract says of each what it is."""

    UNSPECIFIED = "unspecified"
    BOOK = "book"
    AVAILABILITY = "availability"
    CHANGE = "change"
    CANCEL = "cancel"
    UNDO = "undo"
    CONFIRM = "confirm"
    DENY = "deny"
    CHOOSE = "choose"
    GIVE = "give"
    REFUSE = "refuse"
    DEFER = "defer"
    ASK = "ask"
    COMPLAIN = "complain"
    PERSON = "person"
    LATE = "late"
    ARRIVED = "arrived"
    THANK = "thank"
    GREET = "greet"
    BYE = "bye"
    SMALLTALK = "smalltalk"
    STOP = "stop"
    OFFTOPIC = "offtopic"


class Subject(StrEnum):
    """What a question is about."""

    UNSPECIFIED = "unspecified"
    PRICE = "price"
    DURATION = "duration"
    HOURS = "hours"
    ADDRESS = "address"
    PARKING = "parking"
    PAYMENT = "payment"
    POLICY = "policy"
    PREPARATION = "preparation"
    HEALTH = "health"
    WHO = "who"
    PRODUCTS = "products"
    PROMOTIONS = "promotions"
    BOT = "bot"
    OWN_APPOINTMENTS = "own_appointments"
    PROOF = "proof"
    OTHER = "other"


class HowGiven(StrEnum):
    """How a datum was given."""

    UNSPECIFIED = "unspecified"
    TYPED = "typed"
    SPELT = "spelt"
    DICTATED = "dictated"


class HandoverReason(StrEnum):
    """Why a person is told of a message. The contract of NLG has the same texts."""

    ASKED = "asked"
    COMPLAINT = "complaint"
    HEALTH = "health"
    UNKNOWN_QUESTION = "unknown_question"
    NOT_UNDERSTOOD = "not_understood"
    FAILED = "failed"
    LATE = "late"
    ARRIVED = "arrived"
    SAID = "said"
    """The customer wrote while a person had the conversation; the gateway's own, NLG never says it."""
    OTHER = "other"


class Stage(StrEnum):
    """Where a conversation stands. response_v1 has the same names in upper case."""

    UNSPECIFIED = "unspecified"
    INICIO = "inicio"
    SELECCION_SERVICIO = "seleccion_servicio"
    DISPONIBILIDAD = "disponibilidad"
    CONFIRMACION = "confirmacion"
    RESERVA_HECHA = "reserva_hecha"
    CANCELACION = "cancelacion"
    ERROR = "error"
    DONE = "done"


class Outcome(StrEnum):
    """Whether the policy lets an action run."""

    UNSPECIFIED = "unspecified"
    ALLOW = "allow"
    DENY = "deny"
    ASK_CLARIFICATION = "ask_clarification"


class WriteState(StrEnum):
    """What the broker can tell of a write whose call got no answer."""

    UNSPECIFIED = "unspecified"
    """It cannot tell."""
    NOT_BEGUN = "not_begun"
    """It was not begun, and never will be by a call that is still on its way. Also of what only reads."""
    UNKNOWN = "unknown"
    """It was begun, and may have been done."""
    DONE = "done"
    NOT_DONE = "not_done"
    """It was refused, or ended in a certain no."""


class Status(StrEnum):
    """What became of an action."""

    UNSPECIFIED = "unspecified"
    OK = "ok"
    REFUSED = "refused"
    FAILED = "failed"
    UNKNOWN = "unknown"
    SKIPPED = "skipped"
