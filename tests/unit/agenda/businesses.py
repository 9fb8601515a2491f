"""Businesses for the tests."""

from datetime import datetime, time
from pathlib import Path

from agenda.booking.call_context import CallContext
from workspace.fields import HourSpan
from workspace.loader import load_registry
from workspace.model import WEEKDAYS, Workspace

REGISTRY = load_registry(Path(__file__).parents[3] / "k8s/base/workspaces")
NOW = datetime.fromisoformat("2026-03-11T10:00:00-03:00")
"""A Wednesday morning."""


def business(workspace_id: str = "estudio-pulpo") -> Workspace:
    """One of the two businesses."""
    workspace = REGISTRY.get(workspace_id)
    assert workspace
    return workspace


def with_hours(workspace: Workspace, *spans: tuple[time, time], timezone: str | None = None) -> Workspace:
    """The same business with other hours, the same every day, perhaps elsewhere."""
    hours = dict.fromkeys(WEEKDAYS, tuple(HourSpan(start, end) for start, end in spans))
    zone = timezone or workspace.timezone
    return workspace.model_copy(update={"hours": hours, "special_days": (), "timezone": zone})


def caller(customer: str | None = None, key: str | None = None, now: datetime = NOW) -> CallContext:
    """Somebody who calls about the first business."""
    return CallContext(business(), now, customer=customer, idempotency_key=key)
