"""Changing, cancelling and restoring the customer's own appointments. Pure."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from planner.rules.observed import latest
from planner.tasks.search import ELSEWHEN, Part, search
from planner.turn import MAX_ACTIONS, Plan, PlanningTurn
from turn import steps
from turn.constraints import OPEN, exact_day, exact_time
from turn.meaning import ANY, Item, KnownAppointment
from turn.model import Action, Observation
from turn.tasks import Proposal, Task
from turn.tools import CANCEL_ALL, CHANGE, CHANGE_ALL, RESTORE
from workspace.model import Workspace

_ANOTHER = "1"
"""Somebody whom the customer's own appointments do not keep from coming."""


def plan_change(task: Task, turn: PlanningTurn, workspace: Workspace) -> Plan:
    """The next step of a change."""
    if workspace.tool(CHANGE) is None:
        return Plan(next_step=steps.CANNOT)
    if len(task.targets) > 1 and (task.days or task.times or task.chosen) and not task.doubts:
        return _shift(task, turn, workspace)
    own = _target(task, turn)
    if own is None:
        return Plan(next_step=steps.WHICH)
    if task.doubts and not (task.doubts[0].part == "refers_to" and len(task.targets) == 1):
        return Plan(next_step=steps.DOUBT)
    seen = latest(turn, CHANGE)
    if seen is None and _moves(task) and _is_past(own.move_until, turn):
        return Plan(next_step=steps.LATE_TO_MOVE)
    return _changed(task, own, turn, workspace) if seen is None else _after_no(task, own, seen, turn, workspace)


def _changed(task: Task, own: KnownAppointment, turn: PlanningTurn, workspace: Workspace) -> Plan:
    """The write, or what it still needs."""
    change = _change(task, own)
    if task.chosen:
        change |= {"preferred_date": task.chosen.day, "preferred_time": task.chosen.time}
    elif _is_open(task):
        return _others(task, own, turn, workspace)
    if not change and task.items and own.staff in task.items[0].not_staff:
        return _with_others(task, own, turn, workspace)
    if not change:  # "es para mi hija" is in her name
        return Plan(next_step=steps.NAME if task.people == 1 and not task.writer else steps.CHANGE_WHAT)
    stays = change.get("preferred_date", own.day) == own.day and change.get("preferred_time", own.time) == own.time
    if task.inquires and not stays:
        return _asks_first(task, own, turn, workspace)
    if stays and {*change} - {"preferred_date", "preferred_time"}:
        change = {name: value for name, value in change.items() if name not in ("preferred_date", "preferred_time")}
    return Plan((Action(CHANGE, {"booking_id": own.id, **change}, "changes an appointment"),))


def _after_no(task: Task, own: KnownAppointment, seen: Observation, turn: PlanningTurn, workspace: Workspace) -> Plan:
    """What the answer to the write leaves open."""
    if seen.no_reason == "STAFF_DOES_NOT_DO":
        return Plan(next_step=steps.STAFF)
    return _others(task, own, turn, workspace) if seen.no_reason in ELSEWHEN else Plan()


def _shift(task: Task, turn: PlanningTurn, workspace: Workspace) -> Plan:
    """Several appointments of one visit go to another day or hour together: the first to the hour that is wanted, the
    others as long after it as they were; all or none, where the business has a tool for that."""
    known = {one.id: one for one in _owned(turn)}
    own = sorted((known[id_] for id_ in task.targets if id_ in known), key=lambda one: (one.day, one.time))
    seen = latest(turn, CHANGE_ALL)
    if seen is not None:
        return _together_elsewhen(task, own, turn, workspace) if seen.no_reason in ELSEWHEN else Plan()
    if latest(turn, CHANGE) is not None or not own:
        return Plan()
    if len(own) != len(task.targets) or task.inquires or (_is_open(task) and not task.chosen):
        return Plan(next_step=steps.WHICH)
    moved = _as_offered(own, task.chosen) if task.chosen else _moved(task, own)
    if not moved:
        return Plan(next_step=steps.WHICH)
    changes = [{"booking_id": one.id, "preferred_date": day, "preferred_time": at} for one, day, at in moved]
    if workspace.tool(CHANGE_ALL):
        return Plan((Action(CHANGE_ALL, {"changes": changes}, "moves a visit"),))
    if len(own) > MAX_ACTIONS:
        return Plan(next_step=steps.WHICH)
    later = (moved[0][1], moved[0][2]) > (own[0].day, own[0].time)  # none is moved to where the next one still is
    return Plan(tuple(Action(CHANGE, each, "moves a visit") for each in (reversed(changes) if later else changes)))


Moved = list[tuple[KnownAppointment, str, str]]
"""Appointments, each with the day and the hour it goes to."""


def _moved(task: Task, own: Sequence[KnownAppointment]) -> Moved:
    """Where each goes when the first goes where it is wanted; nothing where one would leave its day."""
    day, at = exact_day(task.days), exact_time(task.times, task.days)
    later = _minutes(at) - _minutes(own[0].time) if at else 0
    moved = [(one, day or one.day, _minutes(one.time) + later) for one in own]
    if any(not 0 <= minute < 24 * 60 for _, _, minute in moved):
        return []
    return [(one, to, f"{minute // 60:02}:{minute % 60:02}") for one, to, minute in moved]


def _as_offered(own: Sequence[KnownAppointment], offer: Proposal) -> Moved:
    """Where each goes by an offer that was taken; nothing where it is of something else."""
    left, moved = list(offer.items), list[tuple[KnownAppointment, str, str]]()
    for one in own:
        place = next((each for each in left if each.service == one.service), None)
        if place is None:
            return []
        left.remove(place)
        moved.append((one, place.day, place.time))
    return moved


def _together_elsewhen(task: Task, own: Sequence[KnownAppointment], turn: PlanningTurn, workspace: Workspace) -> Plan:
    """Other times for all of a visit, where it cannot go where it was wanted."""
    at_once = len({(one.day, one.time) for one in own}) < len(own)
    items = tuple(
        Item(
            one.service, (one.staff,) if one.staff in workspace.staff_names else (), who=str(number) if at_once else ""
        )
        for number, one in enumerate(own, start=1)
    )
    found = search((Part(items, task.days or _said(own[0].day), ()),), turn, workspace, task.rejected[-6:])
    if found.pending:
        return Plan(found.pending, next_step=steps.OFFER)
    return Plan(next_step=steps.OFFER if found.proposals else steps.CHANGE_WHAT, offers=found.proposals)


def _minutes(at: str) -> int:
    return int(at[:2]) * 60 + int(at[3:5])


def plan_cancel(task: Task, turn: PlanningTurn, workspace: Workspace) -> Plan:
    """The next step of a cancellation: it always asks."""
    targets = task.targets
    owned = _owned(turn)
    if not targets:
        if len(owned) != 1:
            return Plan(next_step=steps.WHICH)
        targets = (owned[0].id,)
    if latest(turn, CANCEL_ALL) is not None:
        return Plan()
    if any(_is_past(one.cancel_until, turn) for one in owned if one.id in targets):
        return Plan(next_step=steps.LATE_TO_CANCEL)
    action = Action(CANCEL_ALL, {"booking_ids": list(targets)}, "cancels")
    if turn.confirmed:
        return Plan((action,))
    return Plan((action,), needs_confirmation=True, next_step=steps.CONFIRM)


def plan_restore(task: Task, turn: PlanningTurn, workspace: Workspace) -> Plan:
    """Takes a cancellation back; where its time is gone, another is offered."""
    if workspace.tool(RESTORE) is None:
        return Plan(next_step=steps.CANNOT)
    seen = latest(turn, RESTORE)
    if seen is not None or not task.targets:
        return Plan()
    return Plan((Action(RESTORE, {"booking_id": task.targets[0]}, "takes a cancellation back"),))


def _moves(task: Task) -> bool:
    """Whether a change concerns more than name and e-mail address."""
    return bool(task.days or task.times or task.items or task.chosen) or not (task.name or task.email)


def _is_past(until: str, turn: PlanningTurn) -> bool:
    """Whether the last moment for something is over; there is none where none was told."""
    return bool(until) and turn.now > datetime.fromisoformat(until)


def _owned(turn: PlanningTurn) -> tuple[KnownAppointment, ...]:
    customer = turn.state.dialogue.customer
    return customer.appointments if customer else ()


def _target(task: Task, turn: PlanningTurn) -> KnownAppointment | None:
    owned = _owned(turn)
    if not task.targets:
        return owned[0] if len(owned) == 1 else None
    known = {one.id: one for one in owned}
    return known.get(task.targets[0], KnownAppointment(task.targets[0])) if len(task.targets) == 1 else None


def _change(task: Task, own: KnownAppointment) -> dict[str, Any]:
    """The arguments of a change, as far as they are one day, hour, service, person or datum."""
    item = task.items[0] if task.items else Item()
    staff = [name for name in item.staff if name not in (ANY, own.staff)]
    day, at = exact_day(task.days), exact_time(task.times, task.days)
    change = {
        "preferred_date": day,
        "preferred_time": at,
        "service_type": item.service if item.service != own.service else "",
        "staff_name": staff[0] if len(staff) == 1 else "",
        "client_name": task.name,
        "client_email": task.email,
    }
    return {name: value for name, value in change.items() if value}


def _is_open(task: Task) -> bool:
    """Whether days or hours are wanted that are not one day and hour."""
    days = [text for text in task.days if not text.startswith("!")]
    vague_days = bool(task.days) and not exact_day(task.days) and bool(days or task.days)
    vague_times = bool(task.times) and not exact_time(task.times, task.days) and not set(task.times) <= OPEN
    return vague_days or vague_times or bool(set(task.times) & {"latest"})


def _said(value: str) -> tuple[str, ...]:
    """A constraint, where the value is known: of an appointment that nobody knows neither day nor hour is."""
    return (value,) if value else ()


def _others(task: Task, own: KnownAppointment, turn: PlanningTurn, workspace: Workspace) -> Plan:
    """Free times for the appointment, where it is to go or around it."""
    item = task.items[0] if task.items else Item()
    staff = item.staff or ((own.staff,) if own.staff in workspace.staff_names and not item.not_staff else ())
    wanted = Item(item.service or own.service, staff, item.not_staff)
    seen = latest(turn, CHANGE)
    days = task.days or _said(own.day)
    if not workspace.service(wanted.service):
        return Plan(next_step=steps.CHANGE_WHAT)
    found = search((Part((wanted,), days, task.times),), turn, workspace, task.rejected[-6:])
    if found.pending:
        return Plan(found.pending, next_step=steps.OFFER if seen is not None else "")
    step = steps.OFFER if found.proposals else steps.CHANGE_WHAT
    return Plan(next_step=step, offers=found.proposals)


def _with_others(task: Task, own: KnownAppointment, turn: PlanningTurn, workspace: Workspace) -> Plan:
    """The same service at the same time with somebody else than who was excluded; where nobody is free, other times."""
    item = task.items[0]
    wanted = Item(item.service or own.service, not_staff=item.not_staff, who=_ANOTHER)  # the own one is not in the way
    found = search((Part((wanted,), _said(own.day), _said(own.time)),), turn, workspace)
    if found.pending:
        return Plan(found.pending)
    if not found.fits:
        return Plan(next_step=steps.OFFER if found.proposals else steps.CHANGE_WHAT, offers=found.proposals)
    staff = found.proposals[0].items[0].staff
    return Plan((Action(CHANGE, {"booking_id": own.id, "staff_name": staff}, "with somebody else"),))


def _asks_first(task: Task, own: KnownAppointment, turn: PlanningTurn, workspace: Workspace) -> Plan:
    """The look at a time that was only asked about, then the question whether to move there."""
    day, at = exact_day(task.days) or own.day, exact_time(task.times, task.days) or own.time
    service = (task.items[0].service if task.items else "") or own.service
    if not workspace.service(service):
        return Plan(next_step=steps.CHANGE_WHAT)
    if f"{day}T{at}" in task.rejected:
        return _others(task, own, turn, workspace)
    item = task.items[0] if task.items else Item()
    found = search((Part((Item(service, item.staff, item.not_staff),), _said(day), _said(at)),), turn, workspace)
    if found.pending:
        return Plan(found.pending)
    if found.fits:
        return Plan(next_step=steps.TAKE, offers=found.proposals[:1])
    return Plan(next_step=steps.OFFER if found.proposals else steps.CHANGE_WHAT, offers=found.proposals)
