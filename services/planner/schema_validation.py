"""Validates every plan against planner_v1.json, or planner_v2.json where it is of the second form, with the workspace's
tool names."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from planner.turn import Plan, PlanningTurn
from runtime.json_schema import Form
from workspace.cache import IdleCache
from workspace.model import Workspace
from workspace.schemas import fill_names

PLAN_VERSION = "v1"
"""Version of the plan's form."""
SECOND_VERSION = "v2"
"""Version of the form of plans for conversations with a dialogue."""
SCHEMA: dict[str, Any] = json.loads(Path(__file__).with_name("planner_v1.json").read_text(encoding="utf-8"))
"""planner_v1 as written, with $tools not yet filled in."""
SECOND_SCHEMA: dict[str, Any] = json.loads(Path(__file__).with_name("planner_v2.json").read_text(encoding="utf-8"))
"""planner_v2 as written, with $tools not yet filled in."""
SCHEMAS: Mapping[str, dict[str, Any]] = {PLAN_VERSION: SCHEMA, SECOND_VERSION: SECOND_SCHEMA}
"""The form of a plan, by its version."""


class InvalidPlanError(Exception):
    """A plan that breaks its form: a fault of ours. Names the place and the rule, no values."""


class PlanContract:
    """Checks plans. Keeps one compiled form per version and names of tools."""

    def __init__(self) -> None:
        self._forms = IdleCache[tuple[str, ...], Form]()

    def check(self, plan: Plan, workspace: Workspace, version: str = PLAN_VERSION) -> None:
        """Raises InvalidPlanError when a plan breaks the schema of its version."""
        error = next(self._form(workspace, version).errors(as_document(plan, version)), None)
        if error is not None:
            raise InvalidPlanError(f"{error.json_path} breaks {error.validator}")

    def _form(self, workspace: Workspace, version: str) -> Form:
        key = (version, *(tool.name for tool in workspace.tools))
        return self._forms.get(key, lambda: Form(fill_names(SCHEMAS[version], workspace)))


def version_of(turn: PlanningTurn) -> str:
    """The version in which the plan of a turn is written: the one that its caller speaks."""
    return PLAN_VERSION if turn.meaning is None else SECOND_VERSION


def as_document(plan: Plan, version: str = PLAN_VERSION) -> dict[str, Any]:
    """A plan as the schema of its version spells it."""
    document = {
        "plan_version": version,
        "actions": [
            {"tool": action.tool, "args": dict(action.args), "reasoning": action.reasoning} for action in plan.actions
        ],
        "needs_confirmation": plan.needs_confirmation,
        "missing_slots": list(plan.missing_slots),
        "confidence": plan.confidence,
    }
    if version == PLAN_VERSION:
        return document
    offers = [
        {
            "items": [
                {
                    "service": each.service,
                    "date": each.day,
                    "time": each.time,
                    "staff": each.staff,
                    "person": each.person,
                }
                for each in offer.items
            ]
        }
        for offer in plan.offers
    ]
    return {**document, "next_step": plan.next_step, "offers": offers}
