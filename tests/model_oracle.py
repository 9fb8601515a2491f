"""A good model for tests: reads the very prompts that the services write, and answers as code would.

That it can shows that prompts tell all that an answer needs.
"""

import json
import re
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from extractor.reading.message import MessageInContext
from extractor.reading.reader import Reader
from extractor.slm.schema import narrowed as narrowed_reading
from planner.rules.next_step import plan
from planner.slm.schema import TRUSTED
from planner.slm.schema import narrowed as narrowed_plan
from planner.turn import PlanningTurn
from tests.model_stub import Answer, as_json
from turn.model import Action, BookingChoice, ConversationState, Decision, Observation, Slots
from turn.vocabulary import Intent, Outcome, Status, Topic
from workspace.loader import load_registry
from workspace.model import Workspace

REGISTRY = load_registry(Path(__file__).resolve().parents[1] / "k8s" / "base" / "workspaces")
_STANDS_FOR = {"$client_name": "Ana Ruiz", "$client_email": "ana@test.com"}


class Oracle:
    """Answers extractor's and planner's questions."""

    def __init__(self) -> None:
        self._readers = {workspace.id: Reader(workspace) for workspace in REGISTRY}
        self._readings = [(narrowed_reading(workspace), workspace) for workspace in REGISTRY]
        self._plans = [(narrowed_plan(workspace), workspace) for workspace in REGISTRY]

    def __call__(self, body: Mapping[str, Any]) -> Answer:
        """The answer to a request of the chat API."""
        asked = body["response_format"]["json_schema"]
        last = body["messages"][1]["content"]
        if asked["name"] == "planner_v1":
            return as_json(self.plan(last, _of(self._plans, asked["schema"])))
        return as_json(self.reading(last, _of(self._readings, asked["schema"])))

    def reading(self, told: str, workspace: Workspace) -> dict[str, Any]:
        """What a message says."""
        lines = dict(re.findall(r"^(Hoy|Tarea|Pregunta|Sabido|Mensaje): (.*)$", told, re.MULTILINE))
        day = datetime.fromisoformat(lines["Hoy"].split()[1]).replace(hour=10, tzinfo=workspace.zone)
        known = {} if lines["Sabido"] == "nada" else dict.fromkeys(lines["Sabido"].split(", "), "x")
        asked, task = (None if lines[name] == "ninguna" else lines[name] for name in ("Pregunta", "Tarea"))
        reading = self._readers[workspace.id].read(
            MessageInContext(json.loads(lines["Mensaje"]), day, asked, task, known)
        )
        return {"intent": reading.intent, "slots": reading.slots}

    def plan(self, told: str, workspace: Workspace) -> dict[str, Any]:
        """The next step of a turn."""
        proposed = plan(turn_of(json.loads(told.splitlines()[-1]), workspace), workspace)
        return {
            "actions": [{"tool": action.tool, "args": _masked(action.args)} for action in proposed.actions],
            "missing_slots": list(proposed.missing_slots),
            "needs_confirmation": proposed.needs_confirmation,
        }


def turn_of(told: Mapping[str, Any], workspace: Workspace) -> PlanningTurn:
    """A turn as a prompt tells it."""
    state = ConversationState(
        Intent[told["task"]] if "task" in told else Intent.UNSPECIFIED,
        Slots(**_real(told.get("known_before", {}))),
        told.get("asked", ""),
        tuple(Action(one["tool"], _real(one["args"])) for one in told.get("pending", ())),
        booking_choices=tuple(map(BookingChoice, told.get("choices", ()))),
    )
    seen = (
        Observation(
            one["tool"],
            Status[one["status"]],
            one.get("output", {}),
            _real(one.get("args", {})),
            Decision(Outcome.ASK_CLARIFICATION, needs=tuple(one["needs"])) if "needs" in one else Decision(),
        )
        for one in told.get("observations", ())
    )
    now = datetime.fromisoformat(told["now"].split(" ", 1)[1]).replace(tzinfo=workspace.zone)
    topic = Topic[told["topic"]] if "topic" in told else Topic.UNSPECIFIED
    confirmed = told.get("confirmed", False)
    return PlanningTurn(Intent[told["intent"]], now, _real(told.get("slots", {})), state, topic, confirmed, tuple(seen))


def _of(schemas: list[tuple[dict[str, Any], Workspace]], schema: object) -> Workspace:
    return next(workspace for known, workspace in schemas if known == schema)


def _real(values: Mapping[str, Any]) -> dict[str, Any]:
    return {name: _STANDS_FOR.get(value, value) for name, value in values.items()}


def _masked(args: Mapping[str, Any]) -> dict[str, Any]:
    back = {value: name for name, value in _STANDS_FOR.items()}
    return {name: back.get(value, value) for name, value in args.items() if name != TRUSTED}
