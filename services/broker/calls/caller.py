"""Calls tools: limited concurrency, a circuit breaker, and repeats of transient failures within the deadline."""

import asyncio
from collections import defaultdict
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol

from tenacity import AsyncRetrying, RetryCallState, retry_if_exception

from broker.calls.results import ToolFailedError, check_output
from broker.domain.model import Customer
from runtime.backoff import backoff_s
from runtime.breaker import BreakerState, CircuitBreaker, Permit, Thresholds
from turn.model import TurnContext
from workspace.model import Tool, Workspace

TOOL_BREAKER = Thresholds(failures=5, within_s=60.0, open_s=30.0, probe_s=30.0)
"""When a tool is left alone."""
ATTEMPTS = 3
FIRST_WAIT_S, LONGEST_WAIT_S = 0.1, 1.0
"""Most seconds before the second attempt, and before any, unless the server asks for more."""
AT_A_TIME = 10
LEAST_S = 0.005
"""Seconds under which no attempt is begun."""
LEAST_WRITE_S = 0.2
"""Seconds under which no write is begun: its outcome could not be told in time."""
FAIR_TIMEOUT_S = 1.0
"""An attempt that was given less than this, and less than its tool's time, says nothing about the tool."""


@dataclass(frozen=True)
class ToolCall:
    """One call of a tool."""

    workspace: Workspace
    tool: Tool
    args: Mapping[str, Any]
    turn: TurnContext
    customer: Customer
    key: str = ""
    """Idempotency key; writes always have one."""
    group_id: str = ""
    """Booking id of the first appointment of the request that a write goes on with; empty for none."""
    purpose: Literal["action", "ownership"] = "action"


@dataclass(frozen=True)
class CallResult:
    """The result of a call, retries included."""

    output: Mapping[str, Any] | None
    """The tool's answer, or None."""
    reason: str = ""
    """Why there is none."""
    certain: bool = True
    """Whether, without an answer, the tool surely did nothing."""
    attempts: int = 0
    seconds: float = 0.0


class Endpoint(Protocol):
    """Makes one attempt of a call."""

    async def call(self, call: ToolCall, timeout_s: float) -> Any:
        """The tool's structured answer, unchecked. Raises ToolFailedError."""


@dataclass(frozen=True)
class Timing:
    """Clock, sleep and random numbers; replaced in tests."""

    clock: Callable[[], float]
    """Seconds that only grow."""
    sleep: Callable[[float], Awaitable[None]]
    random: Callable[[], float]
    """Numbers from 0 to 1."""


class CallEvents(Protocol):
    """Counts and logs calls; never raises."""

    def attempted(self, tool: str, reason: str) -> None:
        """A tool was called once; `reason` is empty when it answered."""

    def retried(self, tool: str, reason: str) -> None:
        """A tool is about to be called again, because of `reason`."""

    def answered(self, tool: str, purpose: str, reason: str, seconds: float) -> None:
        """A tool's call ended, retries included; `reason` is empty when it answered."""

    def breaker(self, workspace: str, tool: str, state: BreakerState) -> None:
        """A breaker is in a state."""


class ToolCaller:
    """Calls tools. One per process: it holds the breakers."""

    def __init__(self, endpoint: Endpoint, events: CallEvents, timing: Timing) -> None:
        self._endpoint = endpoint
        self._events = events
        self._timing = timing
        self._breakers: dict[tuple[str, str], CircuitBreaker] = {}
        self._slots: defaultdict[tuple[str, str], asyncio.Semaphore] = defaultdict(lambda: asyncio.Semaphore(AT_A_TIME))

    async def run(self, call: ToolCall, deadline: float) -> CallResult:
        """Calls until there is an answer, or a failure that is not to be repeated. Never raises for what a tool does.

        `deadline` is on the clock of `timing`.
        """
        began, tally = self._timing.clock(), _Tally()
        output: Mapping[str, Any] | None = None
        try:
            async for attempt in self._retrying(call, deadline, tally):
                with attempt:
                    least = LEAST_WRITE_S if call.key and tally.certain else LEAST_S
                    output = await self._attempt(call, deadline, least, tally)
        except ToolFailedError:
            pass
        if output is not None and tally.failed:
            self._breaker(call).forgive(tally.failed)
        reason, certain = ("", True) if output is not None else (tally.reason, tally.certain)
        answer = CallResult(output, reason, certain, tally.attempts, self._timing.clock() - began)
        self._events.answered(call.tool.name, call.purpose, answer.reason, answer.seconds)
        return answer

    def hasten(self, is_affected: Callable[[str, str], bool]) -> None:
        """Lets the open breakers of the tools (workspace, tool) that are affected probe at once."""
        for (workspace, tool), breaker in self._breakers.items():
            if is_affected(workspace, tool):
                breaker.hasten()
                self._events.breaker(workspace, tool, breaker.state)

    def state_of(self, workspace: str, tool: str) -> BreakerState:
        """The state of a tool's breaker."""
        breaker = self._breakers.get((workspace, tool))
        return breaker.state if breaker else BreakerState.CLOSED

    def _retrying(self, call: ToolCall, deadline: float, tally: "_Tally") -> AsyncRetrying:
        """Repeats what was transient, after a pause, while attempts and time are left."""

        def is_over(state: RetryCallState) -> bool:
            late = self._timing.clock() + state.upcoming_sleep + LEAST_S >= deadline
            return tally.attempts >= ATTEMPTS or late

        return AsyncRetrying(
            retry=retry_if_exception(lambda error: isinstance(error, ToolFailedError) and error.transient),
            wait=lambda _state: self._wait_s(tally),
            stop=is_over,
            before_sleep=lambda _state: self._events.retried(call.tool.name, tally.last),
            sleep=self._timing.sleep,
            reraise=True,
        )

    def _wait_s(self, tally: "_Tally") -> float:
        """Seconds before the next attempt: never less than the server asked for."""
        return max(tally.retry_after_s, backoff_s(tally.attempts, FIRST_WAIT_S, LONGEST_WAIT_S, self._timing.random))

    async def _attempt(self, call: ToolCall, deadline: float, least: float, tally: "_Tally") -> Mapping[str, Any]:
        """One attempt once a place is free, counted."""
        try:
            output = await self._in_turn(call, deadline, least, tally)
        except ToolFailedError as failure:
            tally.note(failure)
            raise
        tally.attempts += 1
        return output

    async def _in_turn(self, call: ToolCall, deadline: float, least: float, tally: "_Tally") -> Mapping[str, Any]:
        slot = self._slots[call.workspace.id, call.tool.name]
        try:
            async with asyncio.timeout(max(0.0, deadline - self._timing.clock())):
                await slot.acquire()
        except TimeoutError:
            raise ToolFailedError("TOOL_BUSY", certain=True) from None
        try:
            return await self._guarded(call, deadline, least, tally)
        finally:
            slot.release()

    async def _guarded(self, call: ToolCall, deadline: float, least: float, tally: "_Tally") -> Mapping[str, Any]:
        """One attempt under the tool's breaker."""
        left = deadline - self._timing.clock()
        if left < least:
            raise ToolFailedError("OUT_OF_TIME", certain=True)
        timeout = min(call.tool.timeout_s, left)
        breaker = self._breaker(call)
        permit = breaker.ask()
        if permit is None:
            raise ToolFailedError("CIRCUIT_OPEN", certain=True)
        reason = "CANCELLED"
        try:
            output = check_output(await self._endpoint.call(call, timeout))
            breaker.succeeded(permit)
            reason = ""
        except ToolFailedError as failure:
            reason = failure.reason
            if failure.healthy:
                breaker.succeeded(permit)
            elif failure.reason != "TOOL_TIMEOUT" or timeout >= min(call.tool.timeout_s, FAIR_TIMEOUT_S):
                breaker.failed(permit)
                tally.failed.append(permit)
            raise
        finally:
            breaker.released(permit)
            self._events.attempted(call.tool.name, reason)
            self._events.breaker(call.workspace.id, call.tool.name, breaker.state)
        return output

    def _breaker(self, call: ToolCall) -> CircuitBreaker:
        key = call.workspace.id, call.tool.name
        if key not in self._breakers:
            self._breakers[key] = CircuitBreaker(TOOL_BREAKER, self._timing.clock)
        return self._breakers[key]


HELD_BACK = frozenset({"TOOL_BUSY", "OUT_OF_TIME", "CIRCUIT_OPEN"})
"""Reasons for which the tool was not called at all."""


@dataclass
class _Tally:
    """What is known of the attempts of one call."""

    attempts: int = 0
    """Attempts that reached for the tool."""
    failed: list[Permit] = field(default_factory=list)
    """Those that its breaker counts as failures."""
    certain: bool = True
    """Whether the tool surely did nothing so far."""
    reason: str = ""
    """Why there is no answer: of the last attempt that reached for the tool, if any did."""
    last: str = ""
    """Why the last attempt failed."""
    retry_after_s: float = 0.0
    """Seconds that the server asked to wait."""

    def note(self, failure: ToolFailedError) -> None:
        """Counts a failed attempt."""
        held_back = failure.reason in HELD_BACK
        self.attempts += not held_back
        self.certain &= failure.certain
        self.reason = self.reason if held_back and self.reason else failure.reason
        self.last, self.retry_after_s = failure.reason, failure.retry_after_s
