"""Which of the customer's appointments a task is about."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from planner.rules.observed import observation_of
from planner.turn import PlanningTurn
from turn.model import Action, Observation
from turn.tools import FIND
from turn.vocabulary import Intent
from workspace.model import Workspace


@dataclass(frozen=True)
class Appointment:
    """An appointment as `find` tells it; texts are empty when it was not told."""

    booking_id: str
    service_type: str = ""
    date: str = ""
    time: str = ""
    staff_name: str = ""
    staff_requested: bool = False


@dataclass(frozen=True)
class Search:
    """Where the search for the appointment stands."""

    action: Action | None = None
    """The look-up to run first."""
    any: bool = False
    """Whether the customer has appointments at all."""
    matching: tuple[Appointment, ...] = ()
    """Those that fit what was said."""


def find_action(turn: PlanningTurn) -> Action:
    """The look-up of the customer's appointments; whose, the broker decides."""
    phone = turn.slots.get("client_phone", "")
    return Action(FIND, {"client_phone": phone} if phone else {}, "the customer's appointments")


def search(turn: PlanningTurn, workspace: Workspace) -> Search:
    """Looks for the appointment that a cancel or reschedule is about."""
    wanted = turn.slots.get("booking_id", "").strip().upper()
    if workspace.tool(FIND) is None:
        return Search(any=True, matching=(Appointment(wanted),) if wanted else ())
    action = find_action(turn)
    observation = observation_of(turn, action)
    if observation is None:
        return Search(action=action)
    found = _appointments(observation)
    if wanted:
        matching = tuple(appointment for appointment in found if appointment.booking_id == wanted)
    else:
        matching = _among_choices(_narrowed(found, turn), turn)
    return Search(any=bool(found), matching=matching)


def _appointments(observation: Observation) -> tuple[Appointment, ...]:
    rows = observation.output.get("appointments") if observation.said_yes else None
    if not isinstance(rows, list | tuple):
        return ()
    return tuple(_appointment(row) for row in rows if isinstance(row, Mapping) and row.get("booking_id"))


def _appointment(row: Mapping[str, Any]) -> Appointment:
    texts = {name: str(row.get(name) or "") for name in ("service_type", "date", "time", "staff_name")}
    return Appointment(
        booking_id=str(row["booking_id"]).upper(), staff_requested=bool(row.get("staff_requested")), **texts
    )


def _narrowed(found: tuple[Appointment, ...], turn: PlanningTurn) -> tuple[Appointment, ...]:
    """Those of the wanted service and member of staff.

    A value that was known before this message may have been about something else, or has been
    answered with what there is: it narrows only when something is left.
    """
    for name in ("service_type", "staff_name"):
        value = turn.slots.get(name, "")
        if not value:
            continue
        fitting = tuple(appointment for appointment in found if getattr(appointment, name) == value)
        if fitting or turn.state.slots.get(name) != value:
            found = fitting
    return _of_that_moment(found, turn) if turn.intent is Intent.CANCEL else found


def _of_that_moment(found: tuple[Appointment, ...], turn: PlanningTurn) -> tuple[Appointment, ...]:
    """Those on the day and at the time named with a cancellation, when any are."""
    for slot, name in (("preferred_date", "date"), ("preferred_time", "time")):
        found = tuple(one for one in found if getattr(one, name) == turn.slots.get(slot, "")) or found
    return found


def _among_choices(found: tuple[Appointment, ...], turn: PlanningTurn) -> tuple[Appointment, ...]:
    """Those between which the customer was asked to choose, narrowed by a day named in the answer."""
    if turn.state.active_intent is not turn.intent or not turn.state.booking_choices:
        return found
    listed = {choice.booking_id for choice in turn.state.booking_choices}
    return tuple(one for one in found if one.booking_id in listed) or found
