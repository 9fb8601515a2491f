"""Builds what the broker's tests need: a small business, requests of a turn, and fakes of the edges."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import yaml

from broker.calls.caller import Timing, ToolCall
from broker.domain.model import Customer, ExecutionRequest
from broker.policy.compiled_manifest import CompiledManifest, compile_manifest
from runtime.breaker import BreakerState
from turn.model import Action, Decision, Observation, TurnContext
from workspace.catalogue import with_catalogue
from workspace.model import Workspace

ROOT = Path(__file__).resolve().parents[3]
SALON = ROOT / "k8s/base/workspaces/estudio-pulpo.yaml"
NOW = datetime(2026, 3, 11, 13, 0, tzinfo=UTC)
ADDRESS = "whatsapp:+5491155551234"
PHONE = "+5491155551234"
BOOKING = {
    "service_type": "Corte de Cabello",
    "preferred_date": "2026-03-12",
    "preferred_time": "10:00",
    "client_name": "Ana Ruiz",
    "client_email": "ana@example.com",
}


def salon_manifest(url: str = "http://127.0.0.1:9/mcp", **changes: Any) -> dict[str, Any]:
    """The demo salon as YAML holds it, with changed keys. `tools` maps a tool to changed keys of its row."""
    raw: dict[str, Any] = yaml.load(SALON.read_text(encoding="utf-8"), yaml.CSafeLoader)
    rows = changes.pop("tools", {})
    known = [name for name in raw["tools"] if name not in rows]
    tools = known + [{"name": name, **row} for name, row in rows.items()]
    return {**raw, "mcp": {"default": url}, **changes, "tools": tools}


def make_workspace(url: str = "http://127.0.0.1:9/mcp", **changes: Any) -> Workspace:
    """The demo salon as the mesh knows it, changed."""
    return Workspace.model_validate(with_catalogue(salon_manifest(url, **changes)))


def make_rules(**changes: Any) -> CompiledManifest:
    """The demo salon, ready to decide about."""
    return compile_manifest(make_workspace(**changes))


def make_turn(**changes: Any) -> TurnContext:
    """A turn of the demo salon."""
    known = {"workspace_id": "estudio-pulpo", "conversation_id": "talk", "turn_id": "turn", "received_at": NOW}
    return TurnContext(**{**known, **changes})


def make_request(
    *actions: Action,
    slots: Mapping[str, str] | None = None,
    confirmed: bool = False,
    customer: Customer | None = None,
    attempt: int = 1,
    **turn: Any,
) -> ExecutionRequest:
    """A request with those actions."""
    who = customer or Customer(ADDRESS, PHONE)
    return ExecutionRequest(make_turn(**turn), who, actions, slots or {}, confirmed, attempt=attempt, identified=True)


def act(tool: str, **args: Any) -> Action:
    """An action."""
    return Action(tool, args)


@dataclass
class FakeClock:
    """Seconds that pass only when told to, or while asleep."""

    now: float = 1_000.0
    slept: list[float] = field(default_factory=list)

    def __call__(self) -> float:
        return self.now

    async def sleep(self, seconds: float) -> None:
        """Passes the time at once."""
        self.slept.append(seconds)
        self.now += seconds
        await asyncio.sleep(0)

    def timing(self, chance: float = 1.0) -> Timing:
        """Timing on this clock."""
        return Timing(self, self.sleep, lambda: chance)


Behaviour = Callable[[ToolCall, float], Awaitable[Any]]


class FakeEndpoint:
    """Answers calls as a test wants, and keeps them."""

    def __init__(self, behaviour: Behaviour) -> None:
        self.behaviour = behaviour
        self.calls: list[ToolCall] = []
        self.timeouts: list[float] = []

    async def call(self, call: ToolCall, timeout_s: float) -> Any:
        self.calls.append(call)
        self.timeouts.append(timeout_s)
        return await self.behaviour(call, timeout_s)

    def tools(self) -> list[str]:
        """The tools called, in order."""
        return [call.tool.name for call in self.calls]


@dataclass
class Heard:
    """The Events of a test: keeps what it hears."""

    decisions: list[Decision] = field(default_factory=list)
    attempts: list[tuple[str, str]] = field(default_factory=list)
    retries: list[tuple[str, str]] = field(default_factory=list)
    answers: list[tuple[str, str, str]] = field(default_factory=list)
    states: list[BreakerState] = field(default_factory=list)
    observations: list[Observation] = field(default_factory=list)
    store_failures: int = 0
    outlived_writes: int = 0

    def decided(self, decision: Decision) -> None:
        self.decisions.append(decision)

    def attempted(self, tool: str, reason: str) -> None:
        self.attempts.append((tool, reason))

    def retried(self, tool: str, reason: str) -> None:
        self.retries.append((tool, reason))

    def answered(self, tool: str, purpose: str, reason: str, seconds: float) -> None:
        self.answers.append((tool, purpose, reason))

    def breaker(self, workspace: str, tool: str, state: BreakerState) -> None:
        self.states.append(state)

    def observed(self, turn: TurnContext, observation: Observation) -> None:
        self.observations.append(observation)

    def store_failed(self) -> None:
        self.store_failures += 1

    def outlived(self) -> None:
        self.outlived_writes += 1
