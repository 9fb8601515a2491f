"""Looking for free times for what a task wants: the calls, and proposals from their answers. Pure.

Items with days and hours of their own are looked for apart; a proposal is one of each part together.
"""

import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from planner.rules.observed import observation_of
from planner.turn import MAX_ACTIONS, PlanningTurn
from turn.constraints import exact_day, exact_time, is_date, is_hour
from turn.meaning import ANY, WRITER, Item
from turn.model import Action, Observation
from turn.tasks import Dialogue, Placed, Proposal, Task
from turn.tools import FREE_TIMES
from workspace.model import Workspace

LATEST = "latest"
"""The constraint by which the last times of a day are wanted."""
LIMIT = 4
"""Most proposals of a search."""
SPREAD = 3
"""How many of a day's many proposals are offered."""
OF_A_DAY = 10
"""Proposals that are looked at where one day is wanted at any hour, or some were refused: the offers are spread over
it, away from those."""
ELSEWHEN = frozenset(
    ("TAKEN", "OWN_APPOINTMENT", "PAST", "OUTSIDE_HOURS", "CLOSED", "TOO_FAR", "TOO_SOON", "STAFF_AWAY", "NOT_A_START")
)
"""Reasons of a no after which other times are offered."""
APART = timedelta(minutes=45)
"""How far from a refused time others are offered, where there are such."""


@dataclass(frozen=True)
class Part:
    """Items that are wanted at the same days and hours."""

    items: tuple[Item, ...]
    days: tuple[str, ...]
    times: tuple[str, ...]

    @property
    def is_exact(self) -> bool:
        """Whether the customer named its day and hour."""
        return exact_day(self.days) != "" and exact_time(self.times, self.days) != ""

    @property
    def moment(self) -> str:
        """The day and hour that the customer named: "2026-03-13T10:00"."""
        return f"{exact_day(self.days)}T{exact_time(self.times, self.days)}"


@dataclass(frozen=True)
class Found:
    """What a search came to."""

    proposals: tuple[Proposal, ...] = ()
    """Complete visits, best first."""
    fits: bool = False
    """Whether they are what was wanted; otherwise what is nearest to it."""
    pending: tuple[Action, ...] = ()
    """Calls that must be made first."""


def parts_of(task: Task) -> tuple[Part, ...]:
    """The task's items by the days and hours at which they are wanted, in order."""
    parts: dict[tuple[tuple[str, ...], tuple[str, ...]], list[Item]] = {}
    for item in task.items:
        parts.setdefault((item.days or task.days, item.times or task.times), []).append(item)
    return tuple(Part(tuple(items), *when) for when, items in parts.items())


def search(parts: Sequence[Part], turn: PlanningTurn, workspace: Workspace, avoid: Sequence[str] = ()) -> Found:
    """The visits that fit, or those nearest to it. `avoid` are moments that the customer did not want."""
    name = _other_person(turn.state.dialogue)
    front = turn.state.dialogue.front
    people = front.people if front else 0
    calls = [_call(part, workspace, avoid, name, people) for part in parts[:MAX_ACTIONS]]
    seen = [observation_of(turn, call) for call in calls]
    pending = tuple(call for call, answer in zip(calls, seen, strict=True) if answer is None)
    if pending:
        return Found(pending=pending)
    answers = [answer for answer in seen if answer is not None]
    found = [
        _in_order(_spread(_apart(_without(_proposals(answer), name), part, avoid if answer.said_yes else ())), part)
        for answer, part in zip(answers, parts, strict=False)
    ]
    fits = all(answer.said_yes for answer in answers) and len(parts) <= MAX_ACTIONS
    return Found(_together(found, answers), fits)


def somebody_else(dialogue: Dialogue, name: str) -> bool:
    """Whether the name given in this conversation is another one."""
    return bool(name and dialogue.name) and _plain(name) != _plain(dialogue.name)


def is_part_of(who: str, name: str) -> bool:
    """Whether somebody is told by the beginning of a name: "Nicolás" of "Nicolás Herrera"."""
    return f"{_plain(name)} ".startswith(f"{_plain(who)} ")


def _other_person(dialogue: Dialogue) -> str:
    """The name given in this conversation, where the customer's own appointments have others: at their hours whoever
    bears it is free."""
    owned = dialogue.customer.appointments if dialogue.customer else ()
    return dialogue.name if any(somebody_else(dialogue, one.name) for one in owned) else ""


def _plain(name: str) -> str:
    letters = unicodedata.normalize("NFD", name.casefold())
    return " ".join("".join(char for char in letters if not unicodedata.combining(char)).split())


def _without(proposals: tuple[Proposal, ...], person: str) -> tuple[Proposal, ...]:
    """Proposals in which a person is the writer."""
    return tuple(
        Proposal(tuple(replace(each, person="") if person and each.person == person else each for each in one.items))
        for one in proposals
    )


def _call(part: Part, workspace: Workspace, avoid: Sequence[str], name: str, people: int) -> Action:
    day, at = exact_day(part.days), exact_time(part.times, part.days)
    limit = OF_A_DAY if (day or avoid) and not at and LATEST not in part.times else LIMIT
    args: dict[str, Any] = {"items": [_wanted(item, workspace, name, people) for item in part.items], "limit": limit}
    days = [*part.days, *(f"!{moment}" for moment in avoid)]
    times = list(part.times)
    if part.is_exact and part.moment in avoid:
        times = []
    if days:
        args["days"] = days[:8] if len(days) > 8 else days
    if times:
        args["times"] = times[:8]
    return Action(FREE_TIMES, args, "looks for free times")


def _wanted(item: Item, workspace: Workspace, name: str, people: int) -> dict[str, Any]:
    wanted: dict[str, Any] = {"service_type": item.service}
    places = places_of(people, item.service, workspace)
    if places > 1:
        wanted["places"] = places
    staff = [name for name in item.staff if name != ANY and name in workspace.staff_names]
    if staff:
        wanted["staff_name"] = staff
    not_staff = [name for name in item.not_staff if name in workspace.staff_names]
    if not_staff:
        wanted["not_staff"] = not_staff
    who = item.who if item.who and item.who != WRITER else name
    if who:
        wanted["person"] = who[:80]
    return wanted


def _proposals(seen: Observation) -> tuple[Proposal, ...]:
    """The proposals of an answer: those that fit, otherwise the nearest. What cannot be booked as it is, is none."""
    rows = seen.output.get("proposals") if seen.said_yes else seen.output.get("next")
    found = (_proposal(row) for row in rows or () if isinstance(row, Mapping))
    return tuple(each for each in found if each.items and all(map(_is_whole, each.items)))


def _is_whole(placed: Placed) -> bool:
    return bool(placed.service) and is_date(placed.day) and is_hour(placed.time)


def _proposal(row: Mapping[str, Any]) -> Proposal:
    return Proposal(
        tuple(
            Placed(
                str(each.get("service_type") or ""),
                str(each.get("date") or ""),
                str(each.get("time") or ""),
                str(each.get("staff_name") or ""),
                str(each.get("person") or ""),
            )
            for each in row.get("items") or ()
            if isinstance(each, Mapping)
        )
    )


def _in_order(proposals: tuple[Proposal, ...], part: Part) -> tuple[Proposal, ...]:
    """Proposals as they are told: by day and hour, or the last first where the last are wanted."""
    return proposals if LATEST in part.times else tuple(sorted(proposals, key=lambda each: (each.day, each.time)))


def _apart(proposals: tuple[Proposal, ...], part: Part, avoid: Sequence[str]) -> tuple[Proposal, ...]:
    """Proposals that are not next to what the customer did not want, where there are others and no hours were named:
    who cannot come at 9:30 cannot come at 9:45."""
    if not avoid or any(not text.startswith("!") for text in part.times):
        return proposals[:LIMIT] if len({each.day for each in proposals}) > 1 else proposals
    moments = [datetime.fromisoformat(moment) for moment in avoid]
    far = tuple(each for each in proposals if all(abs(_start(each) - moment) >= APART for moment in moments))
    kept = far or proposals
    return kept if len({each.day for each in kept}) == 1 else kept[:LIMIT]


def _start(proposal: Proposal) -> datetime:
    return datetime.fromisoformat(f"{proposal.day}T{proposal.time}")


def _spread(proposals: tuple[Proposal, ...]) -> tuple[Proposal, ...]:
    """A few of many proposals: the first, and others over the day."""
    if len(proposals) <= LIMIT:
        return proposals
    return tuple(proposals[step * len(proposals) // SPREAD] for step in range(SPREAD))


def _together(found: Sequence[tuple[Proposal, ...]], answers: Sequence[Observation]) -> tuple[Proposal, ...]:
    """Proposals of everything: the parts' first ones, and of the first part that is open or not free its others."""
    if not found or not all(found):
        return ()
    varied = next((index for index, seen in enumerate(answers) if not seen.said_yes), None)
    if varied is None:
        varied = max(range(len(found)), key=lambda index: len(found[index]))
    return tuple(
        _combined(one if index == varied else part[0] for index, part in enumerate(found)) for one in found[varied]
    )


def _combined(proposals: Iterable[Proposal]) -> Proposal:
    return Proposal(tuple(each for one in proposals for each in one.items))


def places_of(people: int, service: str, workspace: Workspace) -> int:
    """How many places of a class so many persons take; 1 of a service that everybody has alone."""
    known = workspace.service(service)
    return max(people, 1) if known is not None and known.capacity > 1 else 1


def several(task: Task, workspace: Workspace) -> Task:
    """A task in which every person has an item of their own: "somos tres, uñas" is three of them; of a class it is
    three places. Two items of one service are of two persons."""
    items = [item for item in task.items if item.service]
    if len(items) == 1 and places_of(task.people, items[0].service, workspace) > 1:
        return task
    persons = {item.who for item in items}
    if len(items) == 1 and task.people > 1 and len(persons) == 1:
        items = [replace(items[0], who="") for _ in range(task.people)]
    if len(items) == len({(item.service, item.who) for item in items}):
        return replace(task, items=tuple(items) or task.items)
    taken = {item.who for item in items if item.who}
    free = [WRITER] if task.writer and WRITER not in taken else []
    names = iter([*free, *(str(number) for number in range(len(taken) + len(free) + 1, len(items) + 2))])
    return replace(task, items=tuple(item if item.who else replace(item, who=next(names)) for item in items))
