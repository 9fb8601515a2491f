"""The six smoke cases: what is written to a business, and what the reply must look like. Pure."""

import random
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from workspace.calendar import next_open_days, time_problem
from workspace.model import Service, Workspace

CUSTOMER_NAME, CUSTOMER_EMAIL = "Prueba Pulpo", "prueba@pulpo.example"
"""Whom the appointment is for."""
MOST_CHARS = 200
"""A reply is shorter than this."""
_AHEAD = 20
"""Among how many open days an appointment is looked for; the first few are left to customers."""
_SPENT = "Por hoy no puedo darte más turnos"
"""What a customer is told who has had the bookings of a day."""
_CODE = re.compile(r"\bPB-[A-Z0-9]{6}\b")
_SPAN = re.compile(r"\d{1,2}:\d\d\s*[–-]\s*\d{1,2}:\d\d")
_QUARTERS = [time(hour, minute) for hour in range(24) for minute in (0, 15, 30, 45)]


@dataclass(frozen=True)
class SmokeCase:
    """One message and what its reply must look like."""

    name: str
    text: str
    problem: Callable[[str], str]
    """What is wrong with a reply of the right length; nothing when it is well."""


def code_in(reply: str) -> str:
    """The booking's code in a reply; nothing when there is none."""
    found = _CODE.search(reply)
    return found[0] if found else ""


def is_spent(reply: str) -> bool:
    """Whether a reply says that the test number has had its bookings of the day: as it should be."""
    return _SPENT in reply


def form_problem(reply: str) -> str:
    """What is wrong with any reply's form; nothing when it is well."""
    if not reply.strip():
        return "there is no reply in the webhook's response"
    return "" if len(reply) < MOST_CHARS else f"the reply has {len(reply)} characters"


def questions(workspace: Workspace, now: datetime) -> list[SmokeCase]:
    """The first five: a greeting, hours, two prices, and a request that lacks something."""
    first, second = workspace.services[0], workspace.services[min(1, len(workspace.services) - 1)]
    day = next_open_days(workspace, now.astimezone(workspace.zone).date(), 3)[-1]
    return [
        SmokeCase("greets by name", "¿Hola?", _includes(workspace.name)),
        SmokeCase("opening hours", "¿En qué horario atienden?", _matches(_SPAN, "opening hours")),
        SmokeCase("price", f"¿Cuánto sale {first.name.lower()}?", _tells_price(first)),
        SmokeCase("another price", f"precio de {second.name.lower()}", _tells_price(second)),
        SmokeCase("asks what is missing", f"Quiero un turno para el {day.day}/{day.month}", _asks),
    ]


def booking(workspace: Workspace, now: datetime, dice: random.Random) -> SmokeCase:
    """The sixth: everything at once, for a random time that the opening hours allow."""
    service = workspace.services[0]
    days = next_open_days(workspace, now.astimezone(workspace.zone).date() + timedelta(days=2), _AHEAD)
    day = dice.choice(days)
    at = dice.choice([at for at in _QUARTERS if _is_open(workspace, day, at, now, service.minutes)])
    text = (
        f"Reservar {service.name.lower()} el {day.day}/{day.month} a las {at:%H:%M}, "
        f"soy {CUSTOMER_NAME}, {CUSTOMER_EMAIL}"
    )
    booked = _matches(_CODE, "booking code")
    return SmokeCase("books at once", text, lambda reply: "" if is_spent(reply) else booked(reply))


def _is_open(workspace: Workspace, day: date, at: time, now: datetime, minutes: int) -> bool:
    return time_problem(workspace, day.isoformat(), at.isoformat("minutes"), now, minutes) is None


def cancelling(code: str) -> list[SmokeCase]:
    """Takes the booking back: the question first, then the yes."""
    return [
        SmokeCase("asks before it cancels", f"Quiero cancelar el turno {code}", _asks),
        SmokeCase("cancels", "Sí", _includes("cancelad")),
    ]


def _includes(part: str) -> Callable[[str], str]:
    return lambda reply: "" if part.lower() in reply.lower() else f"the reply does not say {part!r}"


def _matches(pattern: re.Pattern[str], what: str) -> Callable[[str], str]:
    return lambda reply: "" if pattern.search(reply) else f"the reply has no {what}"


def _asks(reply: str) -> str:
    if code_in(reply):
        return "it booked without being told everything"
    return "" if "?" in reply else "the reply asks nothing"


def _tells_price(service: Service) -> Callable[[str], str]:
    """Prices are compared by their digits, however a locale separates thousands."""
    wanted = str(service.lowest)

    def problem(reply: str) -> str:
        return "" if wanted in re.sub(r"(?<=\d)[.,](?=\d{3})", "", reply) else f"the reply does not tell {wanted}"

    return problem
