"""Where services are done: branches, and rooms, chairs and bays that a service takes."""

from typing import Annotated

from pydantic import Field

from workspace.fields import Frozen, Week

Answer = Annotated[str, Field(min_length=1, max_length=190)]


class Resource(Frozen):
    """Something of which there are only so many."""

    name: str = Field(min_length=1, max_length=40, pattern=r"^[^|]+$")
    """Name, for the owner."""
    count: int = Field(default=1, ge=1, le=100)
    """How many there are."""


class Branch(Frozen):
    """One of several places of a business."""

    name: str = Field(min_length=1, max_length=40)
    """Name as customers see it."""
    address: str = Field(default="", max_length=120)
    """Where it is."""
    aliases: tuple[str, ...] = ()
    """What customers also call it."""
    hours: Week | None = None
    """Its hours; the business's when not set."""
    phone: str = Field(default="", max_length=40)
    """Its phone."""


class Knowledge(Frozen):
    """A question that customers ask, and the answer."""

    questions: tuple[str, ...] = Field(min_length=1, max_length=30)
    """Ways to ask it, in any language they write."""
    answer: Answer
    """What they read."""
    answers: dict[str, Answer] = Field(default_factory=dict)
    """Language (es, pt, en) -> the answer in it, where it is not the one above."""


class Tone(Frozen):
    """How replies sound."""

    emoji: bool = True
    """Whether replies may have any."""
    greeting: str = Field(default="", max_length=150)
    """Own greeting, instead of the usual one."""
