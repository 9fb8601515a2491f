"""What a customer tells of themselves in a message, and how it was given."""

from dataclasses import dataclass
from typing import Literal

How = Literal["typed", "spelt", "dictated"]
"""Typed as it is; spelt by letters or number words; dictated with words for signs ("arroba", "punto")."""


@dataclass(frozen=True, slots=True)
class Datum:
    """One datum of the customer at a place in the cleaned text of a message (`View.raw`)."""

    slot: str
    """client_name, client_email, client_phone or booking_id."""
    value: str
    """Normalised; empty for something given that cannot be used, such as a phone with too few digits."""
    start: int
    """Where it begins in the cleaned text, instructions and corrections that belong to it included."""
    end: int
    """Where it ends there."""
    how: How
    """Spelt where any part of it was; otherwise dictated where any sign was said."""
    sure: bool
    """Whether it may be used without reading it back."""
    reason: str = ""
    """Why it is not sure: doubted, instructions, completed, two ways, too short or too long; empty when it is."""
