"""The tasks of a live evaluation. The format is described in docs/live-evaluation.md. Pure."""

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, BeforeValidator, Field, StringConstraints, model_validator

from cli.evaluation.live.wants import Day, OneOrMore, Strict, Time, Want

ASKED = ("service", "day", "time", "staff", "name", "email", "phone", "people", "code")
"""What a reply may ask for, and a customer may know."""
UNASKED = ("staff", "people")
"""Of these, what nobody asks for as a rule: said with the second message at the latest."""
REACTIONS = ("which", "offer", "other", "confirm", "refuse", "correct", "unclear")
"""What else a customer has an answer for."""
SLACK = 2
"""Messages over what a part needs that are still clean."""
Kind = Literal["book", "change", "cancel", "undo", "ask", "several", "correct", "none"]
Variety = Literal["es-AR", "es-MX", "es-ES", "es-CL", "es-CO", "es-UY", "pt-BR", "en"]
Text = Annotated[str, StringConstraints(min_length=1)]
Wording = OneOrMore[Text]
"""Texts that say the same thing."""
Messages = Annotated[tuple[Wording, ...], BeforeValidator(lambda value: [value] if isinstance(value, str) else value)]
"""Wordings, one for each message."""


def _is_aware(value: str) -> str:
    try:
        aware = datetime.fromisoformat(value).tzinfo is not None
    except ValueError:
        aware = False
    if not aware:
        raise ValueError("expected a time with its offset such as 2026-03-11T10:00:00-03:00")
    return value


class Persona(Strict):
    """What a customer is like."""

    patience: int = Field(default=10, ge=1, le=40)
    """The most messages that they send."""
    style: Literal["plain", "terse", "chatty", "typos", "polite"] = "plain"
    """How they write."""
    reveals: Literal["first", "one_by_one", "when_asked"] = "when_asked"
    """When they say what they know."""


class Existing(Strict):
    """An appointment of the customer that is made before the conversation."""

    ref: str | None = None
    """What wanted rows call it."""
    service: Text
    """The service's canonical name."""
    day: Day
    """Its day."""
    time: Time
    """Its start."""
    staff: str | None = None
    """Who does it; anybody when left out."""
    name: Text
    """The name that it is booked for."""
    email: str | None = None
    """The e-mail address."""


class Busy(Strict):
    """Appointments of other customers that are made before the conversation."""

    service: Text
    """The service's canonical name."""
    staff: Text
    """Who is busy."""
    day: Day
    """The day."""
    time: OneOrMore[Time] | None = None
    """The starts."""
    start: Time | None = Field(default=None, alias="from")
    """Instead of starts: appointments one after the other from here ..."""
    end: Time | None = Field(default=None, alias="to")
    """... to here."""

    @model_validator(mode="after")
    def _when(self) -> Self:
        if (self.time is None) == (self.start is None or self.end is None):
            raise ValueError("expected time, or from and to")
        return self


class Part(Strict):
    """What is wanted at the end of a part of a conversation."""

    rows: Annotated[tuple[Want, ...] | None, BeforeValidator(lambda value: None if value == "unchanged" else value)]
    """The customer's whole agenda; None is the agenda as it was."""
    meanwhile: tuple[Want, ...] = ()
    """Rows that may be written on the way."""
    must_say: tuple[OneOrMore[Text], ...] = ()
    """What replies must have said."""
    must_not_say: tuple[Text, ...] = ()
    """What no reply may say."""
    needs: int | None = Field(default=None, ge=1, le=30)
    """Messages that a good receptionist needs."""


class Goal(Part):
    """What a customer wants."""

    kind: Kind
    """The kind of wish."""
    existing: tuple[Existing, ...] = ()
    """Appointments made before."""


class After(Part):
    """What a customer wants when the goal was reached."""

    say: Messages = Field(min_length=1)
    """How it begins."""
    kind: Kind = "correct"
    """The kind of wish."""
    answers: Mapping[str, Wording] = {}
    """Answers that add to those of the script."""
    knows: Mapping[str, Wording] = {}
    """Words that add to those known before."""
    says: tuple[str, ...] = ()
    """Fields that `say` says in other words than those known."""


class Script(Strict):
    """What a customer says."""

    opening: Messages = Field(min_length=1)
    """The first messages."""
    before: Messages = ()
    """Messages that do not count."""
    says: tuple[str, ...] = ()
    """Fields that the opening says in other words than those known."""
    answers: Mapping[str, Wording] = {}
    """What is said when asked."""
    after: tuple[After, ...] = ()
    """What happens when the goal was reached."""
    closing: Wording | None = None
    """A last message."""


class Task(Strict):
    """One customer."""

    id: Text
    """Its name, unique in the file."""
    group: str = ""
    """The kind of task, for figures; the goal's kind when empty."""
    workspace: Text
    """The business: an id, or a path of its manifest."""
    variety: Variety
    """The customer's language."""
    reference_time: Annotated[str, AfterValidator(_is_aware)]
    """When the conversation begins."""
    customer: Annotated[str, StringConstraints(pattern=r"^\+[1-9]\d{6,14}$")] = Field(alias="from")
    """The customer's phone, E.164."""
    seed: int = Field(default=0, ge=0)
    """Chooses wordings."""
    persona: Persona = Persona()
    """What the customer is like."""
    goal: Goal
    """What they want."""
    knows: Mapping[str, Wording] = {}
    """The words they use for what they know."""
    script: Script
    """What they say."""
    busy: tuple[Busy, ...] = ()
    """Appointments of others."""
    note: str = ""
    """For readers of the file."""

    @property
    def kind_of_task(self) -> str:
        """The group, for figures."""
        return self.group or self.goal.kind
