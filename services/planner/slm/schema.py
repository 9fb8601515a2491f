"""The JSON Schema of a model's plan: planner_v1 narrowed to one workspace's tools and their arguments.

What code knows is left out: version, confidence, reasoning, and the customer's phone,
which the broker puts in. A name and an e-mail are written as placeholders, so that no model sees or
invents them. Every string is an enum or has a pattern, and an array has an end.
"""

from collections.abc import Mapping
from typing import Any

from planner.turn import SLOT_ORDER
from runtime.models.strict import free_text
from turn.tools import SECOND_FORM
from workspace.model import Tool, Workspace
from workspace.schemas import fill_names

NAME = "planner_v1"
PLACEHOLDERS: Mapping[str, str] = {"client_name": "$client_name", "client_email": "$client_email"}
"""What stands for a customer's data in prompts and plans."""
TRUSTED = "client_phone"
"""Argument that is never a model's to write."""
_LONGEST = 120


def narrowed(workspace: Workspace) -> dict[str, Any]:
    """The schema that a model's plan for one workspace must keep to."""
    return {
        "type": "object",
        "additionalProperties": False,
        "required": ["actions", "missing_slots", "needs_confirmation"],
        "properties": {
            "actions": {
                "type": "array",
                "maxItems": 3,
                "items": {"anyOf": [_action(tool, workspace) for tool in tools_of(workspace)]},
            },
            "missing_slots": {
                "type": "array",
                "maxItems": len(SLOT_ORDER),
                "items": {"type": "string", "enum": list(SLOT_ORDER)},
            },
            "needs_confirmation": {"type": "boolean"},
        },
    }


def tools_of(workspace: Workspace) -> tuple[Tool, ...]:
    """The tools that a model plans with: those of the first form, as it is asked for no other turns."""
    return tuple(tool for tool in workspace.tools if tool.name not in SECOND_FORM)


def real_args(tool: Tool, workspace: Workspace) -> dict[str, Any]:
    """The schema of a tool's arguments, but for what the broker puts in."""
    filled = fill_names(tool.args, workspace)
    required = [name for name in filled.get("required", ()) if name != TRUSTED]
    return {**filled, "required": required}


def _action(tool: Tool, workspace: Workspace) -> dict[str, Any]:
    args = real_args(tool, workspace)
    properties = {name: rule for name, rule in args.get("properties", {}).items() if name != TRUSTED}
    return {
        "type": "object",
        "additionalProperties": False,
        "required": ["tool", "args"],
        "properties": {
            "tool": {"type": "string", "enum": [tool.name]},
            "args": {
                "type": "object",
                "additionalProperties": False,
                "required": args["required"],
                "properties": {name: _value(name, rule) for name, rule in properties.items()},
            },
        },
    }


def _value(name: str, rule: Mapping[str, Any]) -> dict[str, Any]:
    """What a model may write as an argument."""
    if name in PLACEHOLDERS:
        return {"type": "string", "enum": [PLACEHOLDERS[name]]}
    if "enum" in rule:
        return {"enum": list(rule["enum"])}
    if rule.get("type") == "string":
        least, most = int(rule.get("minLength", 0)), min(int(rule.get("maxLength", _LONGEST)), _LONGEST)
        return {"type": "string", "pattern": rule.get("pattern", free_text(min(least, most), most))}
    if rule.get("type") == "array":
        ends = {key: rule[key] for key in ("minItems", "maxItems") if key in rule}
        return {"type": "array", **ends, "items": _value("", rule.get("items", {"type": "string"}))}
    if rule.get("type") == "object":
        parts = {key: _value(key, value) for key, value in rule.get("properties", {}).items() if key != TRUSTED}
        return {
            "type": "object",
            "additionalProperties": False,
            "required": [key for key in rule.get("required", ()) if key in parts],
            "properties": parts,
        }
    return {key: value for key, value in rule.items() if key in ("type", "minimum", "maximum")}
