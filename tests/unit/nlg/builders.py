"""Turns, tool answers and replies as NLG meets them."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from nlg.compose import compose
from nlg.schema_validation import check
from nlg.turn import ComposedReply, ReplyTurn
from nlg.writing.phrases import load_phrases
from turn.model import Action, ConversationState, Observation, Slots
from turn.tools import CHECK, FIND, HOURS, SERVICES
from turn.vocabulary import Intent, PartOfDay, Status, Topic
from workspace.loader import load_registry
from workspace.model import WEEKDAYS, Workspace

_REGISTRY = load_registry(Path(__file__).resolve().parents[3] / "k8s" / "base" / "workspaces")
PHRASES = load_phrases()
NOW = datetime.fromisoformat("2026-03-11T10:00:00-03:00")
"""A Wednesday."""
WANTED = {"service_type": "Corte de Cabello", "preferred_date": "2026-03-12", "preferred_time": "15:00"}
TIMES = ("09:00", "09:15", "10:00", "11:30", "12:00", "14:00", "14:30", "15:30", "16:00", "17:00", "18:00")
HAIRCUT: dict[str, Any] = {
    "booking_id": "PB-AAAAAA",
    "service_type": "Corte de Cabello",
    "date": "2026-03-12",
    "time": "15:00",
    "staff_name": "Sofía",
}
SHAVE: dict[str, Any] = {
    "booking_id": "PB-BBBBBB",
    "service_type": "Barba",
    "date": "2026-03-13",
    "time": "16:00",
    "staff_name": "Carlos",
}


def workspace(name: str) -> Workspace:
    """One of the two businesses in the repository."""
    found = _REGISTRY.get(name)
    assert found is not None
    return found


SALON, VET = workspace("estudio-pulpo"), workspace("veterinaria-cordillera")


def turn(
    intent: Intent,
    *seen: Observation,
    slots: Mapping[str, str] | None = None,
    missing: Sequence[str] = (),
    topic: Topic = Topic.UNSPECIFIED,
    active: Intent = Intent.UNSPECIFIED,
    part: PartOfDay = PartOfDay.UNSPECIFIED,
    misses: int = 0,
    waiting: Action | None = None,
    said: Mapping[str, str] | None = None,
    pending: tuple[Action, ...] = (),
    choices: tuple[Intent, ...] = (),
    later: tuple[str, ...] = (),
) -> ReplyTurn:
    """A turn, with only what matters spelt out."""
    return ReplyTurn(
        intent=intent,
        now=NOW,
        topic=topic,
        actions=(waiting,) if waiting else (),
        needs_confirmation=waiting is not None,
        missing_slots=tuple(missing),
        observations=seen,
        state=ConversationState(
            active, Slots(**slots or {}), pending=pending, part_of_day=part, misses=misses, next_services=later
        ),
        choices=choices,
        said=said or {},
    )


def reply_to(what: ReplyTurn, business: Workspace = SALON, locale: str = "es-AR") -> ComposedReply:
    """The reply, which always keeps its contract."""
    reply = compose(what, business, PHRASES[locale])
    check(reply)
    return reply


def yes(tool: str, args: Mapping[str, Any] | None = None, **output: Any) -> Observation:
    """A tool that did what it was asked."""
    return Observation(tool, Status.OK, {"ok": True, **output}, args or {})


def no(tool: str, reason: str, args: Mapping[str, Any] | None = None, **output: Any) -> Observation:
    """A tool that said no."""
    return Observation(tool, Status.OK, {"ok": False, "reason": reason, **output}, args or {})


def checked(times: Sequence[str] = TIMES, date: str = "2026-03-12", **more: Any) -> Observation:
    """The agenda's free times."""
    return yes(CHECK, service_type="Corte de Cabello", date=date, times=list(times), **more)


def found(*rows: Mapping[str, Any]) -> Observation:
    """What the look-up of the customer's appointments tells."""
    return yes(FIND, appointments=[dict(row) for row in rows])


def services(business: Workspace, *names: str) -> Observation:
    """What the tool tells of services: numbers are floats, as they come over the wire."""
    rows = [
        {
            "name": one.name,
            "minutes": float(one.minutes),
            "price_min": float(one.lowest or 0),
            "price_max": None if one.price_max is None else float(one.price_max),
            "staff": list(business.staff_for(one.name)),
        }
        for one in business.services
        if not names or one.name in names
    ]
    return yes(SERVICES, services=rows)


def hours(week: Mapping[str, Sequence[str]], special: Sequence[Mapping[str, Any]] = ()) -> Observation:
    """What the tool tells of opening hours."""
    days = [{"day": day, "hours": list(week.get(day, ()))} for day in WEEKDAYS]
    return yes(HOURS, days=days, special=list(special))


SALON_WEEK = {**dict.fromkeys(WEEKDAYS[:5], ("09:00-13:00", "14:00-19:00")), "sat": ("10:00-16:00",)}
