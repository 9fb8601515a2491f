"""Tasks, rows and turns to test a live evaluation with."""

from typing import Any

from cli.evaluation.live.customer import State, View, begin, react
from cli.evaluation.live.replies import heard
from cli.evaluation.live.score import Run, Turn
from cli.evaluation.live.tasks import Task
from cli.evaluation.live.wants import Row, Want

WANTED = {"service": "Corte de Cabello", "day": "2026-03-12", "not_before": "15:00", "not_after": "17:00"}
KNOWS = {"service": "un corte", "day": "mañana", "time": "tipo 3", "name": "Ana Ruiz", "email": "ana@ruiz.com"}


def raw(**changes: Any) -> dict[str, Any]:
    """A task of a file that is well formed, with changes."""
    return {
        "id": "one",
        "workspace": "estudio-pulpo",
        "variety": "es-AR",
        "reference_time": "2026-03-11T10:00:00-03:00",
        "from": "+5491150000001",
        "persona": {"patience": 8},
        "goal": {"kind": "book", "rows": [WANTED]},
        "knows": KNOWS,
        "script": {"opening": ["hola, quiero {service}"]},
        **changes,
    }


def task(**changes: Any) -> Task:
    """That task."""
    return Task.model_validate(raw(**changes))


def row(**changes: Any) -> Row:
    """A booked row that is as wanted, with changes."""
    return {
        "booking_id": "PB-AAAAAA",
        "service_type": "Corte de Cabello",
        "date": "2026-03-12",
        "time": "15:00",
        "end_time": "15:45",
        "staff_name": "Sofía",
        "client_name": "Ana Ruiz",
        "client_email": "ana@ruiz.com",
        "client_phone": "",
        "status": "booked",
        **changes,
    }


def view(*missing: dict[str, Any], misfits: tuple[Row, ...] = (), satisfied: bool = False) -> View:
    """What a customer knows about their agenda."""
    wants = tuple(Want.model_validate(each) for each in missing)
    return View(satisfied, wants, misfits, ("Carlos", "María", "Sofía"))


def after(played: Task, reply: str, seen: View, state: State | None = None) -> State:
    """The customer after a reply to their first message, or to that of a state."""
    before = state or begin(played, 0)
    return react(played, 0, before, heard(reply, Run(played, 0).today), seen)


def turn(said: str, reply: str, rows: tuple[Row, ...] = (), before: tuple[Row, ...] = (), **more: Any) -> Turn:
    """A message, its reply, and the rows after and before it."""
    return Turn(part=more.pop("part", 0), said=said, reply=reply, before=before, after=rows, **more)
