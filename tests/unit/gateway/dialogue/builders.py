"""Dialogues and messages as the engine meets them, with only what matters spelt out."""

from datetime import datetime
from typing import Any

from gateway.domain.dialogue.said import Said
from turn.meaning import Act, GivenDatum, Item, KnownAppointment, Meaning
from turn.tasks import BOOK, CANCEL, CHANGE, RESTORE, Customer, Dialogue, Placed, Proposal, Task, Written

NOW = datetime.fromisoformat("2026-03-11T10:00:00-03:00")
"""A Wednesday."""
AT = "2026-03-11T12:50:00+00:00"
"""Ten minutes before."""
THURSDAY, FRIDAY = "2026-03-12", "2026-03-13"
CUT, BEARD, NAILS = Item("Corte de Cabello"), Item("Barba"), Item("Manicura")
OWN = KnownAppointment("PB-AAAAAA", "Corte de Cabello", THURSDAY, "15:00", "Sofía", "Ana Ruiz")
OTHER = KnownAppointment("PB-BBBBBB", "Barba", FRIDAY, "11:00", "Carlos", "Ana Ruiz")
NOBODY = Customer(looked_at=AT)
ANA = Customer("Ana Ruiz", "a***z@test.com", appointments=(OWN,), looked_at=AT)
ANA_OF_TWO = Customer("Ana Ruiz", "a***z@test.com", appointments=(OWN, OTHER), looked_at=AT)


def meaning(*acts: str, **more: Any) -> Meaning:
    """What a message does, in order, and the rest of its meaning."""
    return Meaning(acts=tuple(Act(kind, number, number + 1) for number, kind in enumerate(acts)), **more)


def said(*acts: str, added: tuple[str, ...] = (), **more: Any) -> Said:
    """A message, as the transitions see it."""
    return Said(meaning(*acts, **more), added, NOW.isoformat())


def name(value: str) -> tuple[GivenDatum, ...]:
    """A name that a message gives."""
    return (GivenDatum("client_name", value),)


def email(value: str) -> tuple[GivenDatum, ...]:
    """An e-mail address that a message gives."""
    return (GivenDatum("client_email", value),)


def visit(day: str = FRIDAY, time: str = "10:00", service: str = "Corte de Cabello") -> Proposal:
    """A visit of one service."""
    return Proposal((Placed(service, day, time, "Sofía"),))


TEN, ELEVEN = visit(), visit(time="11:00")


def booking(**more: Any) -> Task:
    """A haircut to be booked."""
    return Task(BOOK, **{"items": (CUT,), **more})


def changing(**more: Any) -> Task:
    """The haircut of Thursday to be changed."""
    return Task(CHANGE, **{"targets": (OWN.id,), **more})


def cancelling(**more: Any) -> Task:
    """The haircut of Thursday to be cancelled."""
    return Task(CANCEL, **{"targets": (OWN.id,), **more})


def restoring(**more: Any) -> Task:
    """The haircut of Thursday to be booked again."""
    return Task(RESTORE, **{"targets": (OWN.id,), **more})


def dialogue(*tasks: Task, **more: Any) -> Dialogue:
    """A dialogue of a customer of whom nothing is known."""
    return Dialogue(tasks, **{"customer": NOBODY, **more})


def booked(one: KnownAppointment = OWN, at: str = AT) -> Written:
    """A fresh booking."""
    return Written(BOOK, at, None, one)


def moved(before: KnownAppointment, after: KnownAppointment, at: str = AT) -> Written:
    """A fresh change."""
    return Written(CHANGE, at, before, after)


def cancelled(one: KnownAppointment = OWN, at: str = AT) -> Written:
    """A fresh cancellation."""
    return Written(CANCEL, at, one, None)
