"""Rules of booking: of a whole business, and of single services. Names are those of Google's booking feeds where it has
them."""

from dataclasses import dataclass
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, model_validator

from workspace.fields import Frozen, Minutes
from workspace.limits import BookingLimits

NAME, EMAIL = "name", "email"
"""What may be asked of everybody besides own questions."""
MOST_QUESTIONS = 8
"""Own questions of a business."""
LONGEST_ANSWER = 200
"""Characters that an answer to an own question may have."""


class Question(Frozen):
    """Something that the business asks before it books: a car's model, an insurer."""

    key: str = Field(pattern=r"^[a-z][a-z0-9_]{0,39}$")
    """Under which the answer is kept with the appointment."""
    ask: str = Field(min_length=3, max_length=120)
    """The sentence that asks for it, as the customer reads it."""
    type: Literal["text", "number", "yes_no", "choice"] = "text"
    """What counts as an answer."""
    choices: tuple[str, ...] = Field(default=(), max_length=12)
    """The answers to choose from, of type `choice`."""

    @model_validator(mode="after")
    def _choices_fit(self) -> "Question":
        if (self.type == "choice") != bool(self.choices):
            raise ValueError(f"question {self.key}: expected choices where its type is choice, and only there")
        if self.key in (NAME, EMAIL):
            raise ValueError(f"question {self.key}: expected another key; {self.key} alone asks for it")
        return self


def _as_question(value: Any) -> Any:
    """A bare word stands for what everybody may be asked."""
    if isinstance(value, str) and value not in (NAME, EMAIL):
        raise ValueError(f"expected {NAME}, {EMAIL}, or a question with key and ask")
    return value


Asked = Annotated[Literal["name", "email"] | Question, BeforeValidator(_as_question)]


class BookingRules(Frozen):
    """Rules of booking. What a service does not set is the business's; of two, the stricter holds."""

    start_every: Minutes | None = Field(default=None, ge=5, le=240, multiple_of=5)
    """Appointments begin at multiples of this from each opening; at the quarter hours when not set. A service's own
    counts."""
    buffer_before: Minutes | None = Field(default=None, le=240)
    """Time kept free before each appointment."""
    buffer_after: Minutes | None = Field(default=None, le=240)
    """Time kept free after each appointment."""
    min_advance_booking: Minutes | None = None
    """Shortest time between booking and appointment."""
    max_advance_booking: Minutes | None = Field(default=None, ge=24 * 60)
    """How far ahead appointments are given, e.g. `60 d`; default and most a year."""
    min_advance_online_canceling: Minutes | None = None
    """Shortest time before an appointment in which a customer may still cancel it here."""
    min_advance_online_moving: Minutes | None = None
    """The same for moving it; default what holds for cancelling."""
    required: tuple[Asked, ...] | None = Field(default=None, max_length=MOST_QUESTIONS + 2)
    """What is asked before booking: `name`, `email`, own questions, in that order. Without this key name and e-mail
    are. A service's own questions come on top."""
    deposit: str | None = Field(default=None, max_length=120)
    """A sentence about a deposit, told with the booking."""

    @model_validator(mode="after")
    def _questions_differ(self) -> "BookingRules":
        keys = [asked if isinstance(asked, str) else asked.key for asked in self.required or ()]
        if len(set(keys)) < len(keys):
            raise ValueError("required: expected each key once")
        return self

    @property
    def questions(self) -> tuple[Question, ...]:
        """Its own questions."""
        return tuple(asked for asked in self.required or () if isinstance(asked, Question))


class Booking(BookingLimits, BookingRules):
    """Rules of a whole business, and how many appointments one customer may have."""

    @model_validator(mode="after")
    def _somebody_is_named(self) -> "Booking":
        if self.required is not None and NAME not in self.required:
            raise ValueError("required: expected name among them: an appointment is always somebody's")
        return self


@dataclass(frozen=True, slots=True)
class Rules:
    """The rules that hold for a service. Minutes."""

    start_every: int | None = None
    """None for every quarter hour."""
    before: int = 0
    after: int = 0
    notice: int = 0
    """Shortest time between booking and appointment."""
    horizon: int | None = None
    """Longest; None for the year that is the most anyhow."""
    cancel_until: int = 0
    """How long before an appointment it may still be cancelled."""
    move_until: int = 0
    """How long before an appointment it may still be moved."""
    deposit: str = ""
    questions: tuple[Question, ...] = ()


def rules_for(business: BookingRules, service: BookingRules | None = None) -> Rules:
    """The rules of a service of a business: the stricter of both."""
    both = (business, service) if service else (business,)

    def most(name: str) -> int:
        return max((getattr(one, name) or 0 for one in both), default=0)

    horizons = [one.max_advance_booking for one in both if one.max_advance_booking is not None]
    cancel = most("min_advance_online_canceling")
    moves = [one.min_advance_online_moving for one in both if one.min_advance_online_moving is not None]
    asked = {question.key: question for one in both for question in one.questions}
    grid = next((one.start_every for one in reversed(both) if one.start_every is not None), None)
    return Rules(
        start_every=grid,
        before=most("buffer_before"),
        after=most("buffer_after"),
        notice=most("min_advance_booking"),
        horizon=min(horizons, default=None),
        cancel_until=cancel,
        move_until=max(moves, default=cancel),
        deposit=next((one.deposit for one in reversed(both) if one.deposit), ""),
        questions=tuple(asked.values()),
    )
