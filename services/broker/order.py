"""Whether the tool that must come first has answered, and answered with what is wanted now."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from broker.arguments import slot_of
from broker.model import Status
from workspace.model import Tool

NOT_AVAILABLE = "NOT_AVAILABLE"
"""The tool before said no, or does not list what is wanted."""
DEPENDENCY_FAILED = "DEPENDENCY_FAILED"
"""The tool before gave no answer."""


@dataclass(frozen=True)
class Earlier:
    """What became of an earlier action of the same request."""

    status: Status | None
    """None when it would run but has not: when only the policy is asked."""
    args: Mapping[str, Any] = field(default_factory=dict)
    output: Mapping[str, Any] = field(default_factory=dict)


def missing_before(tool: Tool, args: Mapping[str, Any], earlier: Mapping[str, Earlier]) -> str | None:
    """None when nothing is missing; empty when the tool before was not called for the same thing;
    otherwise why this one must be skipped."""
    if not tool.after:
        return None
    before = earlier.get(tool.after)
    if before is None:
        return ""
    if before.status not in (Status.OK, None):
        return DEPENDENCY_FAILED
    if not _about_the_same(before.args, args):
        return ""
    if before.status is None:
        return None
    if before.output.get("ok") is not True:
        return NOT_AVAILABLE
    listed = all(_lists(before.output.get(name), args.get(wanted)) for wanted, name in tool.only_if_listed.items())
    return None if listed else NOT_AVAILABLE


def _about_the_same(before: Mapping[str, Any], now: Mapping[str, Any]) -> bool:
    """Whether two calls agree on every slot that both of them name."""
    said = {slot_of(name): value for name, value in before.items()}
    return all(said.get(slot_of(name), value) == value for name, value in now.items())


def _lists(listed: Any, wanted: Any) -> bool:
    return isinstance(listed, list) and wanted in listed
