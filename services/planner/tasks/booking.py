"""Booking, whole: service, a time for everything that is wanted, then data, then the write. Pure."""

from dataclasses import replace
from typing import Any

from planner.rules.observed import latest
from planner.tasks.questions import answers_of, questions_for
from planner.tasks.search import ELSEWHEN, Found, Part, is_part_of, parts_of, places_of, search, several, somebody_else
from planner.turn import Plan, PlanningTurn
from turn import steps
from turn.constraints import OPEN, days_hold, exact_day, exact_time, is_date, times_hold
from turn.meaning import ANY, NOTHING, WRITER, Item, Meaning
from turn.model import Action
from turn.tasks import Dialogue, Placed, Proposal, Task
from turn.tools import BOOK_ALL
from workspace.calendar import parse_date
from workspace.model import Workspace

EARLIEST = "earliest"
"""The constraint by which the first time is wanted."""
MOST_REJECTED = 6
"""Refused moments that a search leaves out: more are no help."""
ENOUGH_REJECTED = 8
"""Refused moments after which no others are offered: the customer is asked for a day and an hour."""


def plan_booking(task: Task, turn: PlanningTurn, workspace: Workspace) -> Plan:
    """The next step of a booking."""
    task = several(task, workspace)
    if not any(item.service for item in task.items):
        return _doubt(task) or Plan(next_step=steps.SERVICE)
    task = replace(task, items=tuple(item for item in task.items if item.service))
    if not _somebody_does(task, workspace):
        return _doubt(task) or Plan(next_step=steps.STAFF)
    if not task.chosen and _asks_branch(task, workspace):
        return _doubt(task) or Plan(next_step=steps.BRANCH)
    refused = latest(turn, BOOK_ALL)
    if refused is not None:
        return _after_refusal(task, turn, workspace, refused.no_reason)
    return _doubt(task) or _at_a_time(task, turn, workspace)


def _at_a_time(task: Task, turn: PlanningTurn, workspace: Workspace) -> Plan:
    """The time: the one that was taken or named, where it is free; otherwise those that are offered."""
    if task.chosen:
        return _write(task, task.chosen, turn, workspace)
    if _stands(task) and not _says_more(turn.meaning or NOTHING):
        return Plan(next_step=task.asked, offers=task.offers)
    if len(task.rejected) >= ENOUGH_REJECTED and not _narrows(turn.meaning or NOTHING):
        return Plan(next_step=steps.WHEN)
    same = _already_booked(task, turn.state.dialogue)
    if same:
        return _write(task, same, turn, workspace)
    found = search(parts_of(task), turn, workspace, task.rejected[-MOST_REJECTED:])
    if found.pending:
        return Plan(found.pending)
    if not found.proposals:
        return Plan(next_step=steps.WHEN)
    exact = all(part.is_exact and part.moment not in task.rejected for part in parts_of(task))
    if found.fits and (exact or _is_named(task, found)):
        return _write(task, found.proposals[0], turn, workspace)
    if task.asked == steps.TAKE and len(task.offers) == 1 and not task.rejected and _still_fits(task):
        return Plan(next_step=steps.TAKE, offers=task.offers)
    if found.fits and _first_will_do(task):
        return _write(replace(task, inquires=True), found.proposals[0], turn, workspace)
    is_open = not task.days and not any(item.days for item in task.items) and task.asked != steps.OFFER
    offers = found.proposals[:1] if any(map(_is_series, task.days)) else found.proposals
    return Plan(next_step=steps.WHEN if is_open else steps.OFFER, offers=offers)


def _stands(task: Task) -> bool:
    """Whether what the last reply offered is still to be answered."""
    if task.asked == steps.TAKE:
        return len(task.offers) == 1 and not task.rejected
    return task.asked in (steps.OFFER, steps.WHEN) and bool(task.offers)


def _first_will_do(task: Task) -> bool:
    """Whether the first that fits is offered alone: an hour on any of some days, or a day's earliest."""
    earliest = set(task.times) == {EARLIEST} and bool(exact_day(task.days)) and not task.rejected
    answers = task.asked in (steps.OFFER, steps.WHEN)
    return earliest or bool(answers and exact_time(task.times) and _is_choice(task.days))


def _still_fits(task: Task) -> bool:
    """Whether the only offer is what the task wants by now: its services, day, hour and persons who serve."""
    offer = task.offers[0]
    day = parse_date(offer.day)
    holds = day is not None and days_hold(task.days, day) and times_hold(task.times, offer.time)
    items = _placed_as(task, offer)
    served = sorted(one.service for one in offer.items) == sorted(one.service for one in task.items)
    return holds and served and all(_serves(placed, item) for placed, item in zip(offer.items, items, strict=True))


def _serves(placed: Placed, item: Item) -> bool:
    """Whether an item is with somebody whom it wants."""
    wanted = {name for name in item.staff if name != ANY}
    return placed.staff not in item.not_staff and (not wanted or placed.staff in wanted)


def _says_more(meaning: Meaning) -> bool:
    """Whether a message says anything of what is wanted, and not only data or a question."""
    return _narrows(meaning) or bool(meaning.people or meaning.refers_to or meaning.doubts)


def _narrows(meaning: Meaning) -> bool:
    """Whether a message names a day, an hour, a service or a person who serves."""
    return bool(meaning.days or meaning.times or meaning.items or meaning.not_services)


def _already_booked(task: Task, dialogue: Dialogue) -> Proposal | None:
    """What is wanted, where the customer has just that already: the agenda then says so and books nothing."""
    customer = dialogue.customer
    own = {
        (one.service, one.day, one.time)
        for one in (customer.appointments if customer else ())
        if not somebody_else(dialogue, one.name) and _with_wanted(task, one.staff)
    }
    placed = [
        Placed(item.service, exact_day(part.days), exact_time(part.times, part.days))
        for part in parts_of(task)
        for item in part.items
    ]
    has_all = len(task.items) == 1 and all((each.service, each.day, each.time) in own for each in placed)
    return Proposal(tuple(placed)) if has_all and task.people < 2 else None


def _is_named(task: Task, found: Found) -> bool:
    """Whether, of a few days and an hour that the customer named, one is free."""
    days = task.days[0].split("|") if len(task.days) == 1 else []
    return len(found.proposals) == 1 and bool(exact_time(task.times)) and len(days) > 1 and all(map(is_date, days))


def _with_wanted(task: Task, staff: str) -> bool:
    """Whether a member of staff is one whom the customer takes."""
    wanted = {name for item in task.items for name in item.staff if name != ANY}
    return not wanted or not staff or staff in wanted


def _is_series(days: str) -> bool:
    """Whether a constraint on days wants one appointment after another: the first alone is offered."""
    return days.startswith(("weekly:", "every", "daily"))


def _is_choice(days: tuple[str, ...]) -> bool:
    """Whether any of the days that were named, or were left open, will do."""
    return set(days) <= OPEN or (len(days) == 1 and ("|" in days[0] or ".." in days[0]))


def _write(task: Task, proposal: Proposal, turn: PlanningTurn, workspace: Workspace) -> Plan:
    """The yes that is missing, the data that are, and then the write itself."""
    dialogue = turn.state.dialogue
    missing = missing_datum(task, dialogue, workspace, proposal)
    if task.inquires and (task.chosen or not missing):  # the reply asks for what is missing besides the yes
        return Plan(next_step=steps.TAKE, offers=(proposal,))
    if missing:  # the question names the time: whoever answers it has said yes
        return Plan(next_step=missing, offers=(proposal,))
    if task.doubts:
        return Plan(next_step=steps.DOUBT, offers=(proposal,))
    return Plan((_booking(task, proposal, dialogue, workspace),))


def _booking(task: Task, proposal: Proposal, dialogue: Dialogue, workspace: Workspace) -> Action:
    customer, items = dialogue.customer, _placed_as(task, proposal)
    name = dialogue.name or (customer.name if customer else "")
    rows = [_row(placed, item, name) for placed, item in zip(proposal.items, items, strict=True)]
    for row in rows:
        places = places_of(task.people, row["service_type"], workspace)
        if places > 1:
            row["places"] = places
    args: dict[str, Any] = {"items": rows, "client_name": name}
    answers = answers_of(dialogue, questions_for([row["service_type"] for row in rows], workspace))
    if answers:
        args["answers"] = answers
    if dialogue.email:
        args["client_email"] = dialogue.email
    if dialogue.phone:
        args["client_phone"] = dialogue.phone
    return Action(BOOK_ALL, args, "books what was wanted")


def _row(placed: Placed, item: Item, name: str) -> dict[str, Any]:
    row: dict[str, Any] = {"service_type": placed.service, "date": placed.day, "time": placed.time}
    asked = [name for name in item.staff if name != ANY]
    if (asked or item.not_staff) and placed.staff:
        row["staff_name"] = placed.staff
    if not _person(item):
        return row
    if item.who[:1].isupper():
        return row if is_part_of(item.who, name) else {**row, "client_name": item.who}
    row["person"] = item.who[:80]
    return row


def _placed_as(task: Task, proposal: Proposal) -> tuple[Item, ...]:
    """For each service of a proposal the item that it is for."""
    left = list(task.items)
    items = []
    for placed in proposal.items:
        meant = next(
            (item for item in left if item.service == placed.service and _person(item) == placed.person),
            next((item for item in left if item.service == placed.service), None),
        )
        if meant is not None:
            left.remove(meant)
        items.append(meant or Item(placed.service, who=placed.person))
    return tuple(items)


def _person(item: Item) -> str:
    return "" if item.who == WRITER else item.who


def missing_datum(task: Task, dialogue: Dialogue, workspace: Workspace, proposal: Proposal) -> str:
    """The step that asks for a datum that the booking lacks; empty when it lacks none."""
    customer = dialogue.customer
    if not (dialogue.name or (customer and customer.name)):
        return steps.NAME
    if workspace.needs_email and not (dialogue.email or (customer and customer.masked_email)):
        return steps.EMAIL_NEEDED if "client_email" in task.refused else steps.EMAIL
    asked = questions_for([placed.service for placed in proposal.items], workspace)
    return next((steps.QUESTION + one.key for one in asked if one.key not in answers_of(dialogue, asked)), "")


def _doubt(task: Task) -> Plan | None:
    """What must be read back at once: a choice between two readings, or a day that there is not."""
    first = task.doubts[0] if task.doubts else None
    if first is None or not (len(first.candidates) > 1 or first.reason == "no_such_day" or first.part == "data"):
        return None
    return Plan(next_step=steps.DOUBT)


def _asks_branch(task: Task, workspace: Workspace) -> bool:
    """Whether what is wanted is done at several branches, and the customer has neither said at which nor that any
    will do."""
    if len(workspace.branches) < 2 or steps.BRANCH in task.refused:
        return False
    for item in task.items:
        wanted = [name for name in item.staff if name != ANY] or workspace.staff_for(item.service)
        members = [workspace.member(name) for name in wanted if name not in item.not_staff]
        if ANY not in item.staff and len({member.branch for member in members if member}) > 1:
            return True
    return False


def _somebody_does(task: Task, workspace: Workspace) -> bool:
    """Whether, of who was wanted for a service, somebody does it."""
    for item in task.items:
        wanted = {name for name in item.staff if name != ANY}
        if wanted and not wanted & set(workspace.staff_for(item.service)):
            return False
    return True


def _after_refusal(task: Task, turn: PlanningTurn, workspace: Workspace, reason: str) -> Plan:
    """The write met a no: what it leaves open."""
    if not reason:
        return Plan()
    if reason == "EMAIL_REQUIRED":
        return Plan(next_step=steps.EMAIL_NEEDED if "client_email" in task.refused else steps.EMAIL)
    if reason not in ELSEWHEN:
        return Plan()
    found = _around(task, turn, workspace)
    if found.pending:
        return Plan(found.pending, next_step=steps.OFFER)
    return Plan(next_step=steps.OFFER if found.proposals else steps.WHEN, offers=found.proposals)


def _around(task: Task, turn: PlanningTurn, workspace: Workspace) -> Found:
    """Other times of the days that were wanted."""
    days = tuple(dict.fromkeys(day for part in parts_of(task) if (day := exact_day(part.days)))) or task.days
    if task.chosen:
        days = (task.chosen.day,)
    return search((Part(task.items, days, ()),), turn, workspace)
