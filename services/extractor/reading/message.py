"""What the extractor reads and what it says about it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from turn import vocabulary
from turn.meaning import NOTHING_KNOWN, Known, Meaning
from turn.vocabulary import PartOfDay, Polarity

INTENTS = tuple(intent.value for intent in vocabulary.INTENTS)
"""Every intent as text, in the contract's order."""

Source = Literal["rules", "cpu", "slm", "unasked"]
"""Who read a message; `unasked` is code where a model would have been asked, and was not on purpose."""
Language = str
"""ISO 639-1 code of a language that there is data of; empty where none is clear."""


@dataclass(frozen=True)
class MessageInContext:
    """One message of a customer and what was known before it."""

    text: str
    """What the customer wrote."""
    reference: datetime
    """When it arrived (aware); relative dates count from here."""
    asked_slot: str | None = None
    """The slot that the assistant has just asked for, or CONFIRM."""
    active_intent: str | None = None
    """The task under way."""
    known_slots: Mapping[str, str] = field(default_factory=dict)
    """What the customer said before for that task."""
    known: Known = NOTHING_KNOWN
    """Offers, appointments and finished writes that the message may be about."""


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
    part_of_day: PartOfDay | None = None
    """Part of the day preferred when no time was said."""
    language: Language = ""
    """Language of the message when it is clear."""
    asked_day: str | None = None
    """The day that a question about opening hours is about, YYYY-MM-DD; no wish, and so no slot."""
    more_services: tuple[str, ...] = ()
    """Services wanted besides that of the slot, in the order said; that one first when it is wanted besides the
    known one."""
    service_candidates: tuple[str, ...] = ()
    """Services of which the message means one, where it does not say which; then there is no such slot."""
    over_budget: bool = False
    """Whether the message is more work than one may be: nothing of it was read."""
    meaning: Meaning | None = None
    """The second form of the reading."""


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
