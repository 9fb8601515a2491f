"""The prompt: instructions and examples, the same for every business; then the business's tools; then the turn. The
fixed part comes first so that an engine's prefix cache holds it.

A customer's name, e-mail and phone are not told: placeholders stand for them. What tools have answered
is cut short.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from planner.slm.schema import PLACEHOLDERS, TRUSTED, tools_of
from planner.turn import SLOT_ORDER, PlanningTurn
from turn.model import Observation
from turn.vocabulary import Intent, Topic
from workspace.model import Tool, Workspace

_FILE = Path(__file__).with_name("prompt.yaml")
_MAX_TEXT, _MAX_ITEMS, _MAX_DEPTH, _MAX_OUTPUT = 80, 64, 4, 3000
_TOLD_TOPICS = frozenset(
    {
        *(Topic.HUMAN, Topic.MY_APPOINTMENT, Topic.PROMOTIONS, Topic.PACKAGES, Topic.DURATION),
        *(Topic.STAFF, Topic.GOODBYE, Topic.COMPLAINT, Topic.NOT_OFFERED, Topic.ABANDON),
    }
)
"""Topics that can change a plan; a model is told no other."""
_DAYS = ("lunes", "martes", "miércoles", "jueves", "viernes", "sábado", "domingo")


@dataclass(frozen=True)
class Prompt:
    """The part of the prompt that is the same for every business."""

    version: str
    system: str


@cache
def fixed_prompt() -> Prompt:
    """The version, instructions and examples of prompt.yaml."""
    data = read_file()
    examples = [f"{compact(example['turn'])}\n{compact(example['answer'])}" for example in data["examples"]]
    return Prompt(str(data["version"]), "\n\n".join([data["instructions"].strip(), *examples]))


def read_file() -> Mapping[str, Any]:
    """The contents of prompt.yaml."""
    data: Mapping[str, Any] = yaml.load(_FILE.read_text(encoding="utf-8"), yaml.CSafeLoader)
    return data


def business_part(workspace: Workspace) -> str:
    """The tools of a business; the same for all its turns."""
    return "Herramientas:\n" + "\n".join(_tool(tool) for tool in tools_of(workspace))


def turn_part(turn: PlanningTurn, workspace: Workspace) -> str:
    """A turn as one line of JSON."""
    now, state = turn.now.astimezone(workspace.zone), turn.state
    told: dict[str, Any] = {
        "now": f"{_DAYS[now.weekday()]} {now:%Y-%m-%d %H:%M}",
        "intent": turn.intent.name,
        "topic": turn.topic.name if turn.topic in _TOLD_TOPICS else None,
        "slots": _slots(_in_order(turn.slots)),
        "task": state.active_intent.name if state.active_intent is not Intent.UNSPECIFIED else None,
        "asked": state.asked_slot,
        "known_before": _slots(_in_order(state.slots)),
        "choices": [choice.booking_id for choice in state.booking_choices],
        "pending": [{"tool": action.tool, "args": _slots(action.args)} for action in state.pending],
        "confirmed": turn.confirmed,
        "observations": [_observation(seen) for seen in turn.observations],
    }
    return compact({key: value for key, value in told.items() if value})


def compact(document: object) -> str:
    """JSON without blanks."""
    return json.dumps(document, ensure_ascii=False, separators=(",", ":"))


def _in_order(slots: Mapping[str, str]) -> dict[str, str]:
    return {name: slots[name] for name in SLOT_ORDER if name in slots}


def _slots(values: Mapping[str, Any]) -> dict[str, Any]:
    shown = {name: value for name, value in values.items() if value and name != TRUSTED}
    return {name: PLACEHOLDERS.get(name, _cut(value)) for name, value in shown.items()}


def _tool(tool: Tool) -> str:
    needs = f", necesita {', '.join(tool.required_slots)}" if tool.required_slots else ""
    after = f", después de {tool.after}" if tool.after else ""
    return f"{tool.name}: {tool.effect}{needs}{after}{', se confirma' if tool.confirm else ''}"


def _observation(seen: Observation) -> dict[str, Any]:
    output = _cut(seen.output)
    if len(compact(output)) > _MAX_OUTPUT:
        output = {name: _cut(seen.output[name]) for name in ("ok", "reason") if name in seen.output}
    told = {
        "tool": seen.tool,
        "status": seen.status.name,
        "args": _slots(seen.args),
        "output": output,
        "needs": [slot for slot in seen.needs if slot in SLOT_ORDER],
    }
    return {key: value for key, value in told.items() if value}


def _cut(value: Any, depth: int = 0) -> Any:
    """A value without customers' data, cut short in every direction."""
    if isinstance(value, str):
        return value[:_MAX_TEXT]
    if isinstance(value, bool | int | float) or value is None:
        return value
    if depth >= _MAX_DEPTH:
        return None
    if isinstance(value, Mapping):
        kept = [(str(key)[:_MAX_TEXT], one) for key, one in value.items() if not str(key).startswith("client_")]
        return {key: _cut(one, depth + 1) for key, one in kept[:_MAX_ITEMS]}
    if isinstance(value, list | tuple):
        return [_cut(one, depth + 1) for one in value[:_MAX_ITEMS]]
    return None
