"""Compares a model's plan with the rules' and decides whether it may be used. Pure.

The rules are complete, so a model can add a look-up that they would not make, and nothing else: a plan
that writes otherwise, writes without the customer's yes or without the look that must come first, or
leaves out what the reply needs is not used. Which slots are missing, and whether a yes is needed, is
decided by manifest and clock: always by the rules.
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from planner.rules.observed import observation_of
from planner.slm.schema import TRUSTED
from planner.turn import Plan, PlanningTurn
from turn.model import Action
from workspace.model import Workspace

REFUSED = ("write", "unconfirmed", "unchecked", "read_left_out", "repeated", "confirmation")
"""Divergences with which a plan is not used."""
TOLERATED = ("read_added", "missing_slots")
"""Divergences with which it is, the missing slots being the rules'."""
_Call = tuple[str, tuple[tuple[str, str], ...]]


@dataclass(frozen=True)
class Verdict:
    """The judgement of a model's plan."""

    plan: Plan
    """The plan to use: the model's, or the rules'."""
    divergences: tuple[str, ...]
    """The kinds of difference between the two; empty when they are equal."""
    is_used: bool
    """Whether the plan is the model's."""


def judge(proposed: Plan, rules: Plan, turn: PlanningTurn, workspace: Workspace) -> Verdict:
    """Decides between a valid plan of a model and the plan of the rules."""
    kinds = divergences(proposed, rules, turn, workspace)
    if any(kind in REFUSED for kind in kinds):
        return Verdict(rules, kinds, is_used=False)
    by_rules = {_call(action): action for action in rules.actions}
    actions = tuple(by_rules.get(_call(action), action) for action in proposed.actions)
    return Verdict(replace(rules, actions=actions, source=proposed.source), kinds, is_used=True)


def divergences(proposed: Plan, rules: Plan, turn: PlanningTurn, workspace: Workspace) -> tuple[str, ...]:
    """The kinds of difference between a model's plan and the rules', and what of every plan's conditions it breaks."""
    ours, theirs = [_call(action) for action in rules.actions], [_call(action) for action in proposed.actions]
    added = [action for action in proposed.actions if _call(action) not in ours]
    found = {
        "write": Counter(_writes(ours, workspace)) != Counter(_writes(theirs, workspace)),
        "unconfirmed": any(_is_unconfirmed(action, proposed, turn, workspace) for action in proposed.actions),
        "unchecked": any(_is_unchecked(at, proposed, turn, workspace) for at in range(len(proposed.actions))),
        "read_left_out": any(call not in theirs for call in ours if not _writes([call], workspace)),
        "repeated": len(set(theirs)) < len(theirs) or any(observation_of(turn, action) for action in added),
        "confirmation": bool(_writes(theirs, workspace)) and proposed.needs_confirmation != rules.needs_confirmation,
        "read_added": bool([action for action in added if not _writes([_call(action)], workspace)]),
        "missing_slots": proposed.missing_slots != rules.missing_slots,
    }
    return tuple(kind for kind in (*REFUSED, *TOLERATED) if found[kind])


def _writes(calls: list[_Call], workspace: Workspace) -> list[_Call]:
    """Those that change something; a tool that is not in the manifest counts among them."""
    tools = [(call, workspace.tool(call[0])) for call in calls]
    return [call for call, tool in tools if tool is None or tool.effect == "write"]


def _is_unconfirmed(action: Action, plan: Plan, turn: PlanningTurn, workspace: Workspace) -> bool:
    tool = workspace.tool(action.tool)
    if tool is None or not tool.confirm or plan.needs_confirmation:
        return False
    return not (turn.confirmed and _call(action) in [_call(pending) for pending in turn.state.pending])


def _is_unchecked(at: int, plan: Plan, turn: PlanningTurn, workspace: Workspace) -> bool:
    tool = workspace.tool(plan.actions[at].tool)
    if tool is None or not tool.after or tool.effect != "write":
        return False
    planned = any(earlier.tool == tool.after for earlier in plan.actions[:at])
    return not planned and not any(seen.tool == tool.after and seen.said_yes for seen in turn.observations)


def _call(action: Action) -> _Call:
    """The key by which two actions are the same call."""
    return action.tool, tuple(sorted(_comparable(action.args).items()))


def _comparable(args: Mapping[str, Any]) -> dict[str, str]:
    return {
        name: " ".join(str(value).split()).casefold()
        for name, value in args.items()
        if name != TRUSTED and value not in (None, "")
    }
