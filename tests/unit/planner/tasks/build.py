"""Turns of the second form as the planner meets them."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from planner.tasks.next_step import plan
from planner.turn import Plan, PlanningTurn
from tests.unit.gateway.dialogue.builders import ANA, NOW, meaning
from tests.unit.planner.builders import SALON
from turn.meaning import Meaning
from turn.model import Action, ConversationState, Observation
from turn.tasks import Customer, Dialogue, Placed, Proposal, Task
from turn.tools import FREE_TIMES
from turn.vocabulary import Intent, Status
from workspace.model import Workspace

GIVE = meaning("give")


def planned(
    *seen: Observation,
    front: Task | None = None,
    customer: Customer | None = ANA,
    said: Meaning = GIVE,
    confirmed: bool = False,
    business: Workspace = SALON,
    intent: Intent = Intent.BOOK,
    **more: Any,
) -> Plan:
    """The plan of a turn, with only what matters spelt out."""
    dialogue = Dialogue((front,) if front else (), customer=customer, **more)
    state = ConversationState(dialogue=dialogue)
    turn = PlanningTurn(intent, NOW, state=state, confirmed=confirmed, observations=seen, meaning=said)
    return plan(turn, business)


def free(plan: Plan, *proposals: Proposal, number: int = 0) -> Observation:
    """The agenda's answer to a search of a plan: these fit."""
    return answered(plan.actions[number], {"ok": True, "proposals": list(map(row, proposals))})


def nearest(plan: Plan, *proposals: Proposal, number: int = 0) -> Observation:
    """The agenda's answer to a search of a plan: nothing fits, these are near."""
    near = list(map(row, proposals))
    return answered(plan.actions[number], {"ok": False, "reason": "NO_FREE_TIMES", "because": "TAKEN", "next": near})


def answered(action: Action, output: dict[str, Any]) -> Observation:
    """What a tool answers to an action."""
    return Observation(action.tool, Status.OK, output, action.args)


def row(proposal: Proposal) -> dict[str, Any]:
    """A proposal as the agenda tells it."""
    return {
        "items": [
            {
                "service_type": each.service,
                "date": each.day,
                "time": each.time,
                "staff_name": each.staff,
                "person": each.person,
            }
            for each in proposal.items
        ]
    }


def at(*moments: tuple[str, str], service: str = "Corte de Cabello") -> tuple[Proposal, ...]:
    """A visit of one service for each moment."""
    return tuple(Proposal((Placed(service, day, time, "Sofía"),)) for day, time in moments)


def together(*proposals: Proposal) -> Proposal:
    """One visit of several."""
    return Proposal(tuple(each for one in proposals for each in one.items))


def searches(made: Plan) -> Sequence[dict[str, Any]]:
    """The arguments of a plan's searches."""
    assert all(action.tool == FREE_TIMES for action in made.actions)
    return [dict(action.args) for action in made.actions]


def found(front: Task, *proposals: Proposal, **more: Any) -> Plan:
    """The plan of a task once its only search has found these."""
    looks = planned(front=front, **more)
    return planned(free(looks, *proposals), front=front, **more)


def but(customer: Customer, **changes: Any) -> Customer:
    """A customer of whom something else is known."""
    return replace(customer, **changes)
