"""The two forms of a conversation: of a business with the tools of the second form it is that of `dialogue`, of another
one that of `reducer`. Pure."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime

from gateway.domain import reducer
from gateway.domain.dialogue.first_form import with_first_form
from gateway.domain.dialogue.interpretation import has_second_form, interpret
from gateway.domain.dialogue.outcomes import after_tools
from gateway.domain.interpretation import unusable
from gateway.domain.reducer import ReducerSettings
from gateway.domain.turn_types import Composed, Extraction, Heard, PlanResult
from turn.model import ConversationState, Observation
from workspace.model import Workspace


def hear(
    workspace: Workspace,
    state: ConversationState,
    extraction: Extraction,
    text: str,
    now: datetime,
    rules: ReducerSettings,
) -> Heard:
    """What a message means in its conversation."""
    if has_second_form(workspace):
        return interpret(state, extraction, text, now)
    return reducer.hear(state, extraction, text, rules)


def reduce(
    heard: Heard,
    plan: PlanResult | None,
    observations: Sequence[Observation],
    writes: frozenset[str],
    now: datetime,
) -> ConversationState:
    """The state that the reply is composed from. A plan of None means that there was no planner to ask."""
    if heard.meaning is None:
        return reducer.reduce(heard, plan, tuple(observations), writes)
    if plan is None:
        return replace(heard.state, pending=())
    return after_tools(heard, plan, observations, writes, now.astimezone(UTC).isoformat())


def settle(
    workspace: Workspace,
    heard: Heard,
    state: ConversationState,
    missing: tuple[str, ...],
    composed: Composed,
    now: datetime,
) -> ConversationState:
    """The state to remember once the reply is written."""
    if heard.meaning is not None:
        return replace(state, stage=composed.stage)
    return reducer.settle(heard, state, unusable(workspace, state.slots, missing, now), composed)


def unasked(state: ConversationState) -> ConversationState:
    """A state whose question was not put to the customer: what comes next is no answer to it."""
    state, front = replace(state, pending=(), choices=()), state.dialogue.front
    if front is None:
        return state
    return with_first_form(state, state.dialogue.with_front(replace(front, asked="")))
