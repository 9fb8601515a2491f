"""What the extractor reads and what it says about it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

INTENTS = (
    "greeting",
    "info_services",
    "info_prices",
    "info_hours",
    "book",
    "cancel",
    "reschedule",
    "chitchat",
    "other",
)
"""Every intent, in the contract's order."""
SLOTS = (
    "service_type",
    "preferred_date",
    "preferred_time",
    "staff_name",
    "client_name",
    "client_email",
    "client_phone",
    "booking_id",
)
"""Every slot, in the contract's order."""
TASKS = frozenset({"book", "cancel", "reschedule"})
"""Intents that are conversations of several turns."""

Polarity = Literal["affirm", "deny"]
Part = Literal["morning", "afternoon", "evening"]
Source = Literal["rules", "cpu", "slm"]
Language = Literal["es", "pt", "en", ""]


@dataclass(frozen=True)
class Message:
    """One message of a customer and what was known before it."""

    text: str
    """What the customer wrote."""
    reference: datetime
    """When it arrived (aware); relative dates count from here."""
    asked_slot: str | None = None
    """The slot that the assistant has just asked for."""
    active_intent: str | None = None
    """The task under way."""
    known_slots: Mapping[str, str] = field(default_factory=dict)
    """What the customer said before for that task."""


@dataclass(frozen=True)
class Reading:
    """What a message says."""

    intent: str
    """The most likely intent, one of INTENTS."""
    slots: dict[str, str]
    """Slots that this message states, normalised."""
    removed_slots: tuple[str, ...] = ()
    """Slots that this message takes back without giving another value."""
    polarity: Polarity | None = None
    """Yes, no or neither."""
    confidence: float = 0.0
    """Probability that the intent is right, 0 to 1."""
    alternatives: tuple[tuple[str, float], ...] = ()
    """Other plausible intents with their probabilities, best first."""
    source: Source = "rules"
    """Who read it."""
    model: str = ""
    """Name and version of the reader."""
    reasoning: str = ""
    """Names of the cues that decided; never words of the customer."""
    topic: str | None = None
    """A finer reading, lower-case name of the contract's topic."""
    part_of_day: Part | None = None
    """Part of the day preferred when no time was said."""
    language: Language = ""
    """Language of the message when it is clear."""
    asked_day: str | None = None
    """The day that a question about opening hours is about, YYYY-MM-DD; no wish, and so no slot."""
    more_services: tuple[str, ...] = ()
    """Services wanted besides that of the slot, in the order said; that one first when it is wanted besides the
    known one."""


@dataclass(frozen=True)
class Mention:
    """A value of a slot at a place in the normalised line of a message."""

    slot: str
    """Which slot it would fill."""
    value: str
    """Its normalised value; empty for something that names no value of ours (a service not offered)."""
    start: int
    """Where it begins in the line."""
    end: int
    """Where it ends in the line."""
    weight: int = 0
    """How much it looks like the wanted value; the highest wins, then the first."""
