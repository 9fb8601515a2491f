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

from broker.arguments import UnusableError, normalise, slot_of, texts
from broker.model import ALLOWED, Action, Decision, Outcome, Request, deny
from broker.order import Earlier, missing_before
from broker.rules import Rules, ToolRule
from workspace.model import TIERS


@dataclass(frozen=True)
class Case:
    """One action to decide about. `rule` is None for a tool that the manifest does not have;
    `args` are normalised, or None when they cannot be."""

    request: Request
    rules: Rules
    action: Action
    rule: ToolRule | None
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


def make_case(request: Request, rules: Rules, action: Action) -> Case:
    """Prepares an action for the stages."""
    rule = rules.tools.get(action.tool)
    if rule is None:
        return Case(request, rules, action, None, None)
    try:
        args = normalise(action.args, rule.properties, request.slots, request.customer)
    except UnusableError:
        return Case(request, rules, action, rule, None)
    return Case(request, rules, action, rule, args)


def decide_early(case: Case) -> Decision | None:
    """The decision, when request and manifest are enough to refuse or ask; otherwise None."""
    return next((decision for _, stage in EARLY if (decision := stage(case)) is not None), None)


def decide(case: Case, facts: Facts) -> Decision:
    """The decision, with everything known."""
    early = decide_early(case)
    if early is not None:
        return early
    return next((decision for _, stage in LATE if (decision := stage(case, facts)) is not None), ALLOWED)


def in_manifest(case: Case) -> Decision | None:
    """The workspace has the tool."""
    return None if case.rule else deny("TOOL_NOT_IN_MANIFEST")


def normalised(case: Case) -> Decision | None:
    """The arguments could be brought into shape."""
    return None if case.args is not None else deny("INVALID_ARGUMENTS")


def tier(case: Case) -> Decision | None:
    """The workspace's tier is the tool's or above."""
    rank = TIERS.index
    return None if rank(case.rules.workspace.tier) >= rank(_rule(case).tool.tier) else deny("TIER")


def no_forbidden_pattern(case: Case) -> Decision | None:
    """No text of the arguments matches a pattern that the workspace forbids, however it is spelt."""
    for text in texts(case.args):
        spellings = {text, _plain(text)}
        if any(pattern.search(spelling) for pattern in case.rules.forbidden for spelling in spellings):
            return deny("FORBIDDEN_PATTERN")
    return None


def in_scope(case: Case) -> Decision | None:
    """The workspace holds the tool's scope."""
    scope = _rule(case).tool.scope
    return None if not scope or scope in case.rules.workspace.policy.scopes else deny("SCOPE")


def workspace_active(case: Case) -> Decision | None:
    """The workspace is active."""
    return None if case.rules.workspace.active else deny("WORKSPACE_INACTIVE")


def slots_known(case: Case) -> Decision | None:
    """Every slot that the tool needs is known, from the arguments or the conversation."""
    said = {slot_of(name) for name in case.args or ()} | {name for name, value in case.request.slots.items() if value}
    needs = tuple(slot for slot in _rule(case).tool.required_slots if slot not in said)
    return Decision(Outcome.ASK_CLARIFICATION, "MISSING_SLOTS", needs) if needs else None


def fits_schema(case: Case) -> Decision | None:
    """The arguments fit the tool's JSON Schema."""
    try:
        valid = _rule(case).validator.is_valid(case.args)
    except Unresolvable:
        valid = False
    return None if valid else deny("INVALID_ARGUMENTS")


def owned(_case: Case, facts: Facts) -> Decision | None:
    """The customer owns what the action would touch."""
    return deny(facts.ownership) if facts.ownership and not facts.begun else None


def within_limits(_case: Case, facts: Facts) -> Decision | None:
    """One more call is within the limits."""
    return deny("RATE_LIMITED") if facts.limited and not facts.begun else None


def in_order(case: Case, facts: Facts) -> Decision | None:
    """The tool that must come first answered, and its answer lists what is wanted now."""
    if facts.begun:
        return None
    lacking = missing_before(_rule(case).tool, case.args or {}, facts.earlier)
    return None if lacking is None else Decision(Outcome.DENY, "TOOL_ORDER", lacking=lacking)


def confirmed(case: Case, _facts: Facts) -> Decision | None:
    """The customer said yes, where the tool asks for it."""
    if case.request.confirmed or not _rule(case).tool.confirm:
        return None
    return Decision(Outcome.ASK_CLARIFICATION, "CONFIRMATION_REQUIRED")


EARLY: tuple[tuple[str, Callable[[Case], Decision | None]], ...] = (
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

LATE: tuple[tuple[str, Callable[[Case, Facts], Decision | None]], ...] = (
    ("ownership", owned),
    ("limits", within_limits),
    ("order", in_order),
    ("confirmation", confirmed),
)
"""Stages that need facts as well, in order, after the early ones."""


def _rule(case: Case) -> ToolRule:
    assert case.rule is not None
    return case.rule


def _plain(text: str) -> str:
    """A text without invisible characters and typographic variants of letters."""
    folded = unicodedata.normalize("NFKC", text)
    return "".join(character for character in folded if unicodedata.category(character) != "Cf")
