"""A turn of the second form together with its business and its language: the task in front, what the customer has, and
the values that sentences are filled with."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from nlg.situations.situation import Situation, text_of
from nlg.writing.render import Draft, Say, clean
from nlg.writing.words import join_all, spell_price, spell_time
from turn.meaning import NOTHING, KnownAppointment, Meaning
from turn.model import Observation
from turn.tasks import Dialogue, Placed, Task
from turn.tools import BOOK
from workspace.calendar import parse_date

MAX_SERVICE_CHARS = 40
"""Longest name of a service, in characters, within a sentence about an appointment."""
_PRONOUNS = frozenset(["ella", "él", "ellas", "ellos", "ela", "ele", "elas", "eles", "her", "him", "them"])
"""Words for a person that no "your" goes before."""
BRIEF_CHARS = 26
"""Longest where room is short."""


@dataclass(frozen=True)
class TaskSituation(Situation):
    """All that a reply of the second form is chosen from."""

    @property
    def meaning(self) -> Meaning:
        """What the message means."""
        return self.turn.meaning or NOTHING

    @property
    def dialogue(self) -> Dialogue:
        """The conversation after the turn."""
        return self.turn.state.dialogue

    @property
    def front(self) -> Task | None:
        """The task that the conversation is about."""
        return self.dialogue.front

    @property
    def round(self) -> int:
        """How many times in a row the question of this reply is asked: 1, 2 or 3; from then on 2 and 3 in turns, so
        that no two replies one after the other are the same."""
        times = max(1, self.front.times_asked if self.front else 1)
        return times if times <= 3 else 2 + times % 2

    @property
    def own(self) -> tuple[KnownAppointment, ...]:
        """The customer's appointments to come, earliest first; empty when nobody has looked."""
        return self.dialogue.customer.appointments if self.dialogue.customer else ()

    @property
    def lacking(self) -> tuple[str, ...]:
        """Of "name" and "email" what the booking in front needs and nobody has said."""
        dialogue, front = self.dialogue, self.front
        customer = dialogue.customer
        row = self.workspace.tool(BOOK)
        named = dialogue.name or (customer and customer.name)
        written = dialogue.email or (customer and customer.masked_email) or (front and "client_email" in front.refused)
        needs_email = row is None or "client_email" in row.required_slots
        return (*(() if named else ("name",)), *(() if written or not needs_email else ("email",)))

    def does(self, *kinds: str) -> bool:
        """Whether the message does any of these."""
        return self.meaning.does(*kinds)

    def own_of(self, booking_id: str) -> KnownAppointment | None:
        """An appointment of the customer's, to come, just cancelled or just written."""
        customer = self.dialogue.customer
        known = (*self.own, *(customer.cancelled if customer else ()))
        written = (one for each in reversed(self.dialogue.done) for one in (each.after, each.before) if one)
        return next((one for one in (*known, *written) if one.id == booking_id), None)

    def of_tool(self, tool: str) -> tuple[Observation, ...]:
        """What a tool answered in this turn, in order."""
        return tuple(seen for seen in self.turn.observations if seen.tool == tool)

    def words(self, key: str, **values: str) -> str:
        """A small phrase as part of a sentence."""
        return self.phrases.fixed(key).format_map(values)

    def spell_short(self, day: str) -> str:
        """A day as short as it can be: "Jue 12/03"."""
        found = parse_date(day)
        return (
            f"{self.phrases.words['weekdays_short'][found.weekday()]} {found.day:02}/{found.month:02}" if found else day
        )

    def on_day(self, day: str) -> str:
        """A day within a sentence: "el jueves 12/03"; empty when it is none."""
        spelt = self.spell(day)
        return self.words("on_day", date=spelt) if spelt else ""

    def at_time(self, time: str) -> str:
        """An hour within a sentence: "a las 15:00"; empty when it is none."""
        spelt = spell_time(time)
        return self.words("at_time", time=spelt) if spelt else ""

    def moment(self, day: str, time: str) -> str:
        """Day and hour in a list: "jueves 12/03 15:00"."""
        return " ".join(part for part in (self.spell(day), spell_time(time)) if part)

    def with_staff(self, staff: str) -> str:
        """Who does it, within a sentence."""
        return self.words("with_staff", staff=clean(staff, MAX_SERVICE_CHARS)) if staff else ""

    def for_person(self, person: str) -> str:
        """Whom it is for, within a sentence: a name, or somebody of the customer's ("hija")."""
        key = "for_relative" if person[:1].islower() and person not in _PRONOUNS else "for_person"
        return self.words(key, person=clean(person, MAX_SERVICE_CHARS)) if person else ""

    def all_of(self, texts: Iterable[str], last: str = "and") -> str:
        """Texts joined: "a, b y c"."""
        return join_all([text for text in texts if text], self.phrases.word(last))

    def money(self, low: object, high: object, form: object = "") -> str:
        """A price in its form as the language writes it; empty when unknown."""
        return spell_price(low, high, self.workspace.currency, self.phrases, form)

    def price_of(self, service: str, row: Mapping[str, Any] | None = None) -> str:
        """The price of a service, as a tool told it or else as the manifest has it."""
        if row and (row.get("price_min") is not None or row.get("price_form")):
            return self.price(row)
        known = self.workspace.service(service)
        return self.price(known.told()) if known else ""

    def placed_values(self, one: KnownAppointment | Placed) -> dict[str, str]:
        """The values of a sentence about one appointment: `what` is all of it, `brief` the same without staff."""
        person = one.person if isinstance(one, Placed) else ""
        moment = [self.on_day(one.day), self.at_time(one.time)]
        service = clean(one.service, MAX_SERVICE_CHARS)
        what = [service, self.for_person(person), *moment, self.with_staff(one.staff)]
        return {
            "what": " ".join(part for part in what if part),
            "brief": " ".join(part for part in (clean(one.service, BRIEF_CHARS), *moment) if part),
            "service": one.service,
            "date": self.spell(one.day),
            "time": spell_time(one.time),
            "staff": one.staff,
            "booking_id": one.id if isinstance(one, KnownAppointment) else "",
        }

    def lines(
        self, appointments: Iterable[KnownAppointment | Placed], *, numbers: bool = False, one_day: bool = False
    ) -> tuple[Say, ...]:
        """Appointments, a line each; without the day where all have one that was named before."""
        return tuple(
            self.line(one, number if numbers else 0, one_day) for number, one in enumerate(appointments, start=1)
        )

    def line(self, one: KnownAppointment | Placed, number: int = 0, one_day: bool = False, price: str = "") -> Say:
        """One appointment as a line."""
        person = one.person if isinstance(one, Placed) else self.person_of(one)
        code = one.id if isinstance(one, KnownAppointment) else ""
        details = [self.with_staff(one.staff), self.for_person(person), price, code]
        values = {
            "number": str(number),
            "when": spell_time(one.time) if one_day else self.moment(one.day, one.time) or "—",
            "service": clean(one.service or "—", MAX_SERVICE_CHARS),
            "details": ", ".join(part for part in details if part),
            "code": code,
        }
        return Say("appointment_line_numbered" if number else "appointment_line", values, line=True)

    def person_of(self, one: KnownAppointment) -> str:
        """Whom an appointment is for, when that is not who writes."""
        writer = self.dialogue.name or (self.dialogue.customer.name if self.dialogue.customer else "")
        return one.name if writer and one.name and one.name.casefold() != writer.casefold() else ""


def appointment_of(row: Mapping[str, Any], booking_id: str = "") -> KnownAppointment:
    """An appointment from a tool's answer."""
    return KnownAppointment(
        (text_of(row.get("booking_id")) or booking_id)[:12],
        text_of(row.get("service_type")),
        text_of(row.get("date")),
        text_of(row.get("time")),
        text_of(row.get("staff_name")),
        text_of(row.get("client_name")),
    )


def one_day(appointments: Iterable[KnownAppointment | Placed]) -> str:
    """The day of all of some appointments; empty when they have several."""
    days = {one.day for one in appointments}
    return next(iter(days)) if len(days) == 1 else ""


def just(key: str, values: Mapping[str, str] | None = None, **more: Any) -> Draft:
    """A draft of one phrase."""
    return Draft((Say(key, values or {}),), **more)
