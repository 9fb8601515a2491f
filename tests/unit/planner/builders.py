"""Turns and tool answers as the planner meets them."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from planner.turn import Plan
from turn.model import Observation
from turn.tools import CHECK, FIND
from turn.vocabulary import Intent, Status
from workspace.loader import load_registry
from workspace.model import Tool, Workspace

_REGISTRY = load_registry(Path(__file__).resolve().parents[3] / "k8s" / "base" / "workspaces")
NOW = datetime.fromisoformat("2026-03-11T10:00:00-03:00")
"""A Wednesday."""
COMPLETE = {
    "service_type": "Corte de Cabello",
    "preferred_date": "2026-03-12",
    "preferred_time": "15:00",
    "client_name": "Ana Ruiz",
    "client_email": "ana@test.com",
}


def workspace(name: str = "estudio-pulpo") -> Workspace:
    """One of the two businesses in the repository."""
    found = _REGISTRY.get(name)
    assert found is not None
    return found


SALON, VET = workspace(), workspace("veterinaria-cordillera")


def without_tools(*names: str) -> Workspace:
    """The salon with fewer tools."""
    return SALON.model_copy(update={"tools": tuple(tool for tool in SALON.tools if tool.name not in names)})


def with_tool(name: str, **changes: Any) -> Workspace:
    """The salon with one tool changed."""
    tools: list[Tool] = [tool.model_copy(update=changes) if tool.name == name else tool for tool in SALON.tools]
    return SALON.model_copy(update={"tools": tuple(tools)})


def yes(tool: str, args: Mapping[str, Any] | None = None, **output: Any) -> Observation:
    """A tool that did what it was asked."""
    return Observation(tool, Status.OK, {"ok": True, **output}, args or {})


def no(tool: str, reason: str, args: Mapping[str, Any] | None = None, **output: Any) -> Observation:
    """A tool that said no."""
    return Observation(tool, Status.OK, {"ok": False, "reason": reason, **output}, args or {})


def checked(times: Sequence[str], **args: Any) -> Observation:
    """The agenda's free times."""
    return yes(CHECK, args, times=list(times))


def appointment(booking_id: str = "PB-AAAAAA", **changes: Any) -> dict[str, Any]:
    """A haircut on Thursday the 12th at 15:00."""
    row = {"booking_id": booking_id, "service_type": "Corte de Cabello", "date": "2026-03-12", "time": "15:00"}
    return {**row, "staff_name": "Sofía", "staff_requested": False, "client_name": "Ana Ruiz", **changes}


def found(*rows: dict[str, Any]) -> Observation:
    """What the look-up of the customer's appointments tells."""
    return yes(FIND, {"client_phone": "+5491155551234"}, appointments=list(rows))


def tools_of(plan: Plan) -> list[str]:
    """Names of a plan's actions, in order."""
    return [action.tool for action in plan.actions]


INFORMATION = (Intent.INFO_SERVICES, Intent.INFO_PRICES, Intent.INFO_HOURS)
SMALL_TALK = (Intent.GREETING, Intent.CHITCHAT, Intent.OTHER)
