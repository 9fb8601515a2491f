"""A turn seen together with its business and its language: what is known and what was observed."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from nlg.turn import ReplyTurn
from nlg.writing.phrases import Phrases
from nlg.writing.words import PRICE_WORDS, spell_date, spell_day, spell_price
from turn.model import Action, Observation
from turn.tools import CHECK, FIND
from turn.vocabulary import TASKS, Intent, Status
from workspace.model import Workspace


@dataclass(frozen=True)
class Appointment:
    """An appointment as a tool tells it; texts are empty when it was not told."""

    booking_id: str = ""
    service_type: str = ""
    date: str = ""
    time: str = ""
    staff_name: str = ""


@dataclass(frozen=True)
class Situation:
    """All that a reply is chosen from."""

    turn: ReplyTurn
    workspace: Workspace
    phrases: Phrases

    @property
    def task(self) -> Intent:
        """The task that the turn belongs to, or that it interrupts; unspecified when there is none."""
        return self.turn.intent if self.turn.intent in TASKS else self.turn.state.active_intent

    def slot(self, name: str) -> str:
        """A known slot, usable or not; empty when absent."""
        return self.turn.state.slots.get(name, "")

    @property
    def year(self) -> int:
        """The current year where the business is; dates of another one are told with theirs."""
        return self.turn.now.astimezone(self.workspace.zone).year

    def spell(self, text: str) -> str:
        """A date in words; empty when it is none."""
        return spell_date(text, self.phrases, self.year)

    def spell_day(self, day: date) -> str:
        """A day in words."""
        return spell_day(day, self.phrases, self.year)

    def money(self, low: object, high: object, form: object = "") -> str:
        """A price in its form; empty when unknown."""
        said = form in PRICE_WORDS
        return spell_price(low, high, self.workspace.currency, self.phrases if said else None, form)

    def price(self, row: Mapping[str, Any]) -> str:
        """The price in a tool's answer; empty when unknown."""
        return self.money(row.get("price_min"), row.get("price_max"), row.get("price_form") or "")

    def has_tool(self, *names: str) -> bool:
        """Whether the workspace has one of these tools."""
        return any(self.workspace.tool(name) for name in names)

    def is_write(self, name: str) -> bool:
        """Whether a tool changes anything. One that the manifest does not know is taken to."""
        tool = self.workspace.tool(name)
        return tool is None or tool.effect == "write"

    def latest(self, tool: str) -> Observation | None:
        """The latest observation of a tool."""
        return next((seen for seen in reversed(self.turn.observations) if seen.tool == tool), None)

    def answer(self, tool: str) -> Mapping[str, Any] | None:
        """What a tool answered when it said yes."""
        seen = self.latest(tool)
        return seen.output if seen is not None and seen.said_yes else None

    def writes(self, *statuses: Status) -> tuple[Observation, ...]:
        """Observations of writing tools with one of these statuses."""
        return tuple(seen for seen in self.turn.observations if seen.status in statuses and self.is_write(seen.tool))

    def writes_waiting(self) -> tuple[Action, ...]:
        """Planned writes that wait for the customer's yes."""
        return tuple(action for action in self.turn.actions if self.is_write(action.tool))

    def appointments(self) -> tuple[Appointment, ...]:
        """The customer's appointments, when they were looked up in this turn."""
        return tuple(appointment_from(row) for row in rows_of((self.answer(FIND) or {}).get("appointments")))

    def checked(self) -> Mapping[str, Any] | None:
        """The agenda's positive answer about a day."""
        return self.answer(CHECK)


def appointment_from(*rows: Mapping[str, Any]) -> Appointment:
    """An appointment from a tool's answer, what it leaves open filled from the rows after it."""

    def first(*names: str) -> str:
        return next((text for row in rows for name in names if (text := text_of(row.get(name)))), "")

    return Appointment(
        booking_id=first("booking_id")[:12],
        service_type=first("service_type"),
        date=first("date", "preferred_date"),
        time=first("time", "preferred_time"),
        staff_name=first("staff_name"),
    )


def text_of(value: object) -> str:
    """A text from a tool's answer; empty when it is none."""
    return value if isinstance(value, str) else ""


def texts_of(value: object) -> tuple[str, ...]:
    """The texts of a list in a tool's answer."""
    return tuple(item for item in value if isinstance(item, str) and item) if isinstance(value, list | tuple) else ()


def rows_of(value: object) -> tuple[Mapping[str, Any], ...]:
    """The objects of a list in a tool's answer."""
    return tuple(item for item in value if isinstance(item, Mapping)) if isinstance(value, list | tuple) else ()
