"""On whose behalf a tool is called: what the broker states in the call's `_meta`."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from agenda.booking.text import clean_phone
from runtime.clock import Clock
from runtime.errors import Kind, PulpoError
from workspace.model import Workspace
from workspace.registry import Registry

PREFIX = "dev.pulpo/"
"""What the keys of `_meta` that we read begin with."""
MAX_VALUE = 200
"""Longest value of one of them, in characters."""


@dataclass(frozen=True)
class CallContext:
    """The trusted half of a call."""

    workspace: Workspace
    """The business."""
    now: datetime
    """The time of the turn, aware, UTC."""
    customer: str | None = None
    """Channel address that owns what is booked; None when a trusted caller speaks for no customer but
    for the business, and may touch anything; empty for somebody who owns nothing."""
    customer_phone: str = ""
    """The customer's phone, comparable; empty when unknown."""
    idempotency_key: str | None = None
    """Key of a write; None means that a repeated call is a new one."""
    group: str = ""
    """Booking id of the first appointment of the request that this call goes on with, as stated; may be anything."""


@dataclass(frozen=True)
class CallContexts:
    """Reads the context of calls."""

    registry: Registry
    """All businesses."""
    default_workspace: str | None
    """Business of a call that names none; None refuses such calls."""
    clock: Clock
    """The time of a call that names none."""
    most_apart: timedelta | None = None
    """How far a stated time may be from the clock; None for any."""

    def read(self, meta: Mapping[str, Any], *, trusted: bool) -> CallContext:
        """The context in a call's `_meta`; of a caller who is not trusted, only its workspace. Raises PulpoError
        when it is unusable or the workspace is unknown or inactive; no value is repeated in the text."""
        workspace = self._workspace(_text(meta, "workspace_id"))
        if not trusted:
            return CallContext(workspace, self.clock(), customer="")
        return CallContext(
            workspace=workspace,
            now=self._now(_text(meta, "now")),
            customer=_text(meta, "customer"),
            customer_phone=clean_phone(_text(meta, "customer_phone")),
            idempotency_key=_text(meta, "idempotency_key") or None,
            group=_text(meta, "group") or "",
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
        if self.most_apart is not None and abs(self.clock() - now) > self.most_apart:
            problem = "The stated time is too far from this service's clock."
            raise PulpoError(Kind.INVALID_ARGUMENT, "RECEIVED_AT_REFUSED", problem)
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
