"""Whether an action may run: a pipeline of small stages, each pure, in a fixed order.

A stage answers None to let the action pass to the next one. Stages that need more than the request
and the manifest get it as `Facts`, gathered beforehand; `EARLY` stages need none, so that nothing
is looked up for an action that is refused anyway.
"""

import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from referencing.exceptions import Unresolvable

from broker.domain.model import ALLOWED, ExecutionRequest, OutOfOrder, deny
from broker.policy.arguments import CONTACT, UnusableError, normalise, slot_of, texts
from broker.policy.compiled_manifest import CompiledManifest, CompiledTool
from turn.model import Action, Decision
from turn.vocabulary import Outcome, Status
from workspace.model import TIERS, Tool

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


@dataclass(frozen=True)
class PreparedAction:
    """One action to decide about. `compiled` is None for a tool that the manifest does not have;
    `args` are normalised, or None when they cannot be."""

    request: ExecutionRequest
    manifest: CompiledManifest
    action: Action
    compiled: CompiledTool | None
    args: Mapping[str, Any] | None


@dataclass(frozen=True)
class Facts:
    """What had to be looked up about one action."""

    begun: bool = False
    """Whether this very write was allowed and begun before: a repeat is how its outcome is learnt."""
    ownership: str = ""
    """Why the customer may not touch the thing named, UPPER_SNAKE; empty when they may."""
    limited: bool = False
    """Whether one more call would exceed a limit."""
    earlier: Mapping[str, Earlier] = field(default_factory=dict)
    """Tool name -> the latest that became of it in this request."""


def concerns_nobody(compiled: CompiledTool) -> bool:
    """Whether a tool neither changes anything nor is about a customer."""
    tool = compiled.tool
    personal = tool.owned_by or tool.about_customer or CONTACT in compiled.properties
    return tool.effect == "read" and not personal


def prepare_action(request: ExecutionRequest, manifest: CompiledManifest, action: Action) -> PreparedAction:
    """Prepares an action for the stages."""
    compiled = manifest.tools.get(action.tool)
    if compiled is None:
        return PreparedAction(request, manifest, action, None, None)
    try:
        args = normalise(action.args, compiled.properties, _slots(request, compiled.tool), request.customer)
    except UnusableError:
        return PreparedAction(request, manifest, action, compiled, None)
    return PreparedAction(request, manifest, action, compiled, args)


def decide_early(prepared: PreparedAction) -> Decision | None:
    """The decision, when request and manifest are enough to refuse or ask; otherwise None."""
    return next((decision for _, stage in EARLY if (decision := stage(prepared)) is not None), None)


def decide(prepared: PreparedAction, facts: Facts) -> Decision:
    """The decision, with everything known."""
    return decide_early(prepared) or decide_late(prepared, facts)


def decide_late(prepared: PreparedAction, facts: Facts) -> Decision:
    """The decision about an action that nothing speaks against early."""
    return next((decision for _, stage in LATE if (decision := stage(prepared, facts)) is not None), ALLOWED)


def in_manifest(prepared: PreparedAction) -> Decision | None:
    """The workspace has the tool."""
    return None if prepared.compiled else deny("TOOL_NOT_IN_MANIFEST")


def normalised(prepared: PreparedAction) -> Decision | None:
    """The arguments could be brought into shape."""
    return None if prepared.args is not None else deny("INVALID_ARGUMENTS")


def tier(prepared: PreparedAction) -> Decision | None:
    """The workspace's tier is the tool's or above."""
    rank = TIERS.index
    return None if rank(prepared.manifest.workspace.tier) >= rank(_compiled(prepared).tool.tier) else deny("TIER")


def no_forbidden_pattern(prepared: PreparedAction) -> Decision | None:
    """No text of the arguments matches a pattern that the workspace forbids, however it is spelt."""
    for text in texts(prepared.args):
        spellings = {text, _plain(text)}
        if any(pattern.is_in(spelling) for pattern in prepared.manifest.forbidden for spelling in spellings):
            return deny("FORBIDDEN_PATTERN")
    return None


def in_scope(prepared: PreparedAction) -> Decision | None:
    """The workspace holds the tool's scope."""
    scope = _compiled(prepared).tool.scope
    return None if not scope or scope in prepared.manifest.workspace.policy.scopes else deny("SCOPE")


def workspace_active(prepared: PreparedAction) -> Decision | None:
    """The workspace is active."""
    return None if prepared.manifest.workspace.active else deny("WORKSPACE_INACTIVE")


def slots_known(prepared: PreparedAction) -> Decision | None:
    """Every slot that the tool needs is known, from the arguments or the conversation."""
    tool = _compiled(prepared).tool
    known = {name for name, value in _slots(prepared.request, tool).items() if value}
    said = {slot_of(name) for name in prepared.args or ()} | known
    needs = tuple(slot for slot in tool.required_slots if slot not in said)
    return Decision(Outcome.ASK_CLARIFICATION, "MISSING_SLOTS", needs) if needs else None


def fits_schema(prepared: PreparedAction) -> Decision | None:
    """The arguments fit the tool's JSON Schema."""
    try:
        valid = _compiled(prepared).form.fits(prepared.args)
    except Unresolvable:
        valid = False
    return None if valid else deny("INVALID_ARGUMENTS")


def owned(_prepared: PreparedAction, facts: Facts) -> Decision | None:
    """The customer owns what the action would touch."""
    return deny(facts.ownership) if facts.ownership and not facts.begun else None


def within_limits(_prepared: PreparedAction, facts: Facts) -> Decision | None:
    """One more call is within the limits."""
    return deny("RATE_LIMITED") if facts.limited and not facts.begun else None


def in_order(prepared: PreparedAction, facts: Facts) -> Decision | None:
    """The tool that must come first answered, and its answer lists what is wanted now."""
    if facts.begun:
        return None
    lacking = missing_before(_compiled(prepared).tool, prepared.args or {}, facts.earlier)
    return None if lacking is None else OutOfOrder(Outcome.DENY, "TOOL_ORDER", lacking=lacking)


def confirmed(prepared: PreparedAction, _facts: Facts) -> Decision | None:
    """The customer said yes, where the tool asks for it."""
    if prepared.request.confirmed or not _compiled(prepared).tool.confirm:
        return None
    return Decision(Outcome.ASK_CLARIFICATION, "CONFIRMATION_REQUIRED")


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


EARLY: tuple[tuple[str, Callable[[PreparedAction], Decision | None]], ...] = (
    ("manifest", in_manifest),
    ("arguments", normalised),
    ("tier", tier),
    ("patterns", no_forbidden_pattern),
    ("scope", in_scope),
    ("active", workspace_active),
    ("slots", slots_known),
    ("schema", fits_schema),
)
"""Stages that need the request and the manifest only, in order."""

LATE: tuple[tuple[str, Callable[[PreparedAction, Facts], Decision | None]], ...] = (
    ("ownership", owned),
    ("limits", within_limits),
    ("order", in_order),
    ("confirmation", confirmed),
)
"""Stages that need facts as well, in order, after the early ones."""


def _slots(request: ExecutionRequest, tool: Tool) -> Mapping[str, str]:
    """The slots that a tool's arguments may come from."""
    return request.slots if tool.from_slots else {}


def _compiled(prepared: PreparedAction) -> CompiledTool:
    assert prepared.compiled is not None
    return prepared.compiled


def _plain(text: str) -> str:
    """A text without invisible characters and typographic variants of letters."""
    folded = unicodedata.normalize("NFKC", text)
    return "".join(character for character in folded if unicodedata.category(character) != "Cf")
