"""Validates every plan against planner_v1.json with the workspace's tool names."""

import json
from pathlib import Path
from typing import Any

from jsonschema import Draft202012Validator

from planner.turn import Plan
from workspace.model import Workspace
from workspace.schemas import fill_names

PLAN_VERSION = "v1"
"""Version of the plan's form."""
SCHEMA: dict[str, Any] = json.loads(Path(__file__).with_name("planner_v1.json").read_text(encoding="utf-8"))
"""planner_v1 as written, with $tools not yet filled in."""


class InvalidPlanError(Exception):
    """A plan that breaks planner_v1: a fault of ours. Names the place and the rule, no values."""


class PlanContract:
    """Checks plans. Keeps one compiled validator per workspace."""

    def __init__(self) -> None:
        self._validators: dict[str, Draft202012Validator] = {}

    def check(self, plan: Plan, workspace: Workspace) -> None:
        """Raises InvalidPlanError when a plan breaks the schema."""
        error = next(self._validator(workspace).iter_errors(as_document(plan)), None)
        if error is not None:
            raise InvalidPlanError(f"{error.json_path} breaks {error.validator}")

    def _validator(self, workspace: Workspace) -> Draft202012Validator:
        if workspace.id not in self._validators:
            self._validators[workspace.id] = Draft202012Validator(fill_names(SCHEMA, workspace))
        return self._validators[workspace.id]


def as_document(plan: Plan) -> dict[str, Any]:
    """A plan as planner_v1 spells it."""
    return {
        "plan_version": PLAN_VERSION,
        "actions": [
            {"tool": action.tool, "args": dict(action.args), "reasoning": action.reasoning} for action in plan.actions
        ],
        "needs_confirmation": plan.needs_confirmation,
        "missing_slots": list(plan.missing_slots),
        "confidence": plan.confidence,
    }
