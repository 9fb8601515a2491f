"""On whose behalf a tool is called: what the broker states in the call's `_meta`."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from agenda.text import clean_phone
from runtime.clock import Clock
from runtime.errors import Kind, PulpoError
from workspace.model import Workspace
from workspace.registry import Registry

PREFIX = "dev.pulpo/"
"""What the keys of `_meta` that we read begin with."""
MAX_VALUE = 200
"""Longest value of one of them, in characters."""


@dataclass(frozen=True)
class Caller:
    """The trusted half of a call."""

    workspace: Workspace
    """The business."""
    now: datetime
    """The time of the turn, aware, UTC."""
    customer: str | None = None
    """Channel address that owns what is booked; None for a direct caller, who may touch
    anything; empty for somebody who owns nothing."""
    customer_phone: str = ""
    """The customer's phone, comparable; empty when unknown."""
    idempotency_key: str | None = None
    """Key of a write; None means that a repeated call is a new one."""


@dataclass(frozen=True)
class Callers:
    """Tells who calls."""

    registry: Registry
    """All businesses."""
    default_workspace: str | None
    """Business of a call that names none; None refuses such calls."""
    clock: Clock
    """The time of a call that names none."""

    def read(self, meta: Mapping[str, Any]) -> Caller:
        """The caller in a call's `_meta`. Raises PulpoError when it is unusable or the workspace is
        unknown or inactive; no value is repeated in the text."""
        workspace = self._workspace(_text(meta, "workspace_id"))
        return Caller(
            workspace=workspace,
            now=self._now(_text(meta, "now")),
            customer=_text(meta, "customer"),
            customer_phone=clean_phone(_text(meta, "customer_phone")),
            idempotency_key=_text(meta, "idempotency_key") or None,
        )

    def _workspace(self, stated: str | None) -> Workspace:
        workspace_id = stated or self.default_workspace
        if workspace_id is None:
            raise PulpoError(Kind.INVALID_ARGUMENT, "WORKSPACE_REQUIRED", "The call names no workspace.")
        workspace = self.registry.get(workspace_id)
        if workspace is None or not workspace.active:
            raise PulpoError(Kind.NOT_FOUND, "UNKNOWN_WORKSPACE", "There is no such active workspace.")
        return workspace

    def _now(self, stated: str | None) -> datetime:
        if not stated:
            return self.clock()
        try:
            now = datetime.fromisoformat(stated)
        except ValueError:
            raise _unusable("now") from None
        if now.tzinfo is None or not 1 < now.year < 9998:
            raise _unusable("now")
        return now.astimezone(UTC)


def _text(meta: Mapping[str, Any], key: str) -> str | None:
    value = meta.get(PREFIX + key)
    if value is None:
        return None
    if not isinstance(value, str) or len(value) > MAX_VALUE or not value.isprintable():
        raise _unusable(key)
    return value


def _unusable(key: str) -> PulpoError:
    return PulpoError(Kind.INVALID_ARGUMENT, "INVALID_META", f"Not usable: {PREFIX}{key}.")
