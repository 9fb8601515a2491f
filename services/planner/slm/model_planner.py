"""Asks a model for a plan and reads its answer, for one workspace. The answer is untrusted: it is parsed strictly and
validated against the narrowed schema, the tools' own argument schemas and planner_v1."""

from collections.abc import Mapping
from typing import Any

from planner.schema_validation import InvalidPlanError, PlanContract
from planner.slm.prompt import business_part, fixed_prompt, turn_part
from planner.slm.schema import NAME, PLACEHOLDERS, narrowed, real_args, tools_of
from planner.turn import Plan, PlanningTurn
from runtime.json_schema import Form
from runtime.models.backend import Ask, ModelError
from runtime.models.strict import strict_json
from turn.model import Action
from workspace.model import Workspace

TEMPERATURE = 0.2
_REASONING = "by the model"


class ModelPlanner:
    """Writes the questions about one workspace's turns and reads the answers."""

    def __init__(self, workspace: Workspace, max_tokens: int = 512) -> None:
        self._workspace = workspace
        self._max_tokens = max_tokens
        self._schema = narrowed(workspace)
        self._form = Form(self._schema)
        self._args = {tool.name: Form(real_args(tool, workspace)) for tool in tools_of(workspace)}
        self._contract = PlanContract()
        self._business = business_part(workspace)

    def ask(self, turn: PlanningTurn) -> Ask:
        """The question about a turn."""
        return Ask(
            system=fixed_prompt().system,
            user=f"{self._business}\n{turn_part(turn, self._workspace)}",
            schema=self._schema,
            name=NAME,
            max_tokens=self._max_tokens,
            temperature=TEMPERATURE,
        )

    def parse(self, text: str, turn: PlanningTurn) -> Plan:
        """The plan that an answer is, with the customer's data put in. Raises ModelError."""
        document = strict_json(text)
        self._refuse_unknown_tools(document)
        if not self._form.fits(document):
            raise ModelError("schema")
        plan = Plan(
            actions=tuple(_action(action, turn) for action in document["actions"]),
            missing_slots=tuple(dict.fromkeys(document["missing_slots"])),  # a grammar cannot forbid the same twice
            needs_confirmation=document["needs_confirmation"],
            source="slm",
        )
        if not all(self._args[action.tool].fits(action.args) for action in plan.actions):
            raise ModelError("arguments")
        try:
            self._contract.check(plan, self._workspace)
        except InvalidPlanError:
            raise ModelError("schema") from None
        return plan

    def _refuse_unknown_tools(self, document: Any) -> None:
        """Tells a tool that the workspace may not use from any other break of the schema."""
        actions = document.get("actions") if isinstance(document, dict) else None
        each = actions if isinstance(actions, list) else []
        named = [action.get("tool") for action in each if isinstance(action, dict)]
        if any(isinstance(tool, str) and tool not in self._args for tool in named):
            raise ModelError("forbidden_tool")


def _action(document: Mapping[str, Any], turn: PlanningTurn) -> Action:
    known = {PLACEHOLDERS[name]: turn.slots.get(name, "").strip() for name in PLACEHOLDERS}
    args = {
        name: known.get(value, value) if name in PLACEHOLDERS else value for name, value in document["args"].items()
    }
    return Action(document["tool"], args, _REASONING)
