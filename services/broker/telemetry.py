"""Counts and logs what the broker does. Labels are names from manifests and fixed reasons only."""

from collections.abc import Mapping

from prometheus_client import Counter, Gauge, Histogram

from runtime.breaker import BreakerState
from runtime.observability.logs import get_logger
from turn.model import Decision, Observation, TurnContext

SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
DECISIONS = Counter("pulpo_policy_decisions_total", "Decisions of the policy.", ["outcome", "why"])
CALLS = Counter("pulpo_tool_calls_total", "Calls of tools, retries included in one.", ["tool", "purpose", "outcome"])
CALL_SECONDS = Histogram("pulpo_tool_seconds", "Duration of tool calls.", ["tool", "purpose"], buckets=SECONDS)
ATTEMPTS = Counter("pulpo_tool_attempts_total", "Single attempts of tool calls.", ["tool", "outcome"])
RETRIES = Counter("pulpo_tool_retries_total", "Attempts repeated, by what made them fail.", ["tool", "reason"])
BREAKERS = Gauge("pulpo_breaker_state", "0 closed, 1 half open, 2 open.", ["workspace", "tool"])
OUTLIVED = Counter("pulpo_writes_outlived_total", "Writes that went on after their caller had left.")
STORE_FAILURES = Counter("pulpo_write_notes_failed_total", "Outcomes of writes that could not be noted.")
SERVER_UP = Gauge("pulpo_tool_server_up", "Whether an MCP server answers HTTP.", ["target"])

_LEVEL: Mapping[BreakerState, int] = {BreakerState.CLOSED: 0, BreakerState.HALF_OPEN: 1, BreakerState.OPEN: 2}
_log = get_logger(__name__)


class BrokerTelemetry:
    """The Events of a running broker."""

    def __init__(self) -> None:
        self._states: dict[tuple[str, str], BreakerState] = {}

    def decided(self, decision: Decision) -> None:
        """Counts a decision."""
        DECISIONS.labels(decision.outcome.name, decision.why).inc()

    def attempted(self, tool: str, reason: str) -> None:
        """Counts an attempt."""
        ATTEMPTS.labels(tool, reason or "OK").inc()

    def retried(self, tool: str, reason: str) -> None:
        """Counts a retry."""
        RETRIES.labels(tool, reason).inc()

    def answered(self, tool: str, purpose: str, reason: str, seconds: float) -> None:
        """Counts a call and its duration."""
        CALLS.labels(tool, purpose, reason or "OK").inc()
        CALL_SECONDS.labels(tool, purpose).observe(seconds)

    def breaker(self, workspace: str, tool: str, state: BreakerState) -> None:
        """Shows a breaker's state, and logs when it changed."""
        BREAKERS.labels(workspace, tool).set(_LEVEL[state])
        before = self._states.get((workspace, tool), BreakerState.CLOSED)
        if before is not state:
            self._states[workspace, tool] = state
            _log.warning("breaker changed", workspace=workspace, tool=tool, breaker=state.value)

    def observed(self, turn: TurnContext, observation: Observation) -> None:
        """Logs what became of an action."""
        is_known = observation.decision.why != "TOOL_NOT_IN_MANIFEST"  # any other name is a model's free text
        _log.info(
            "action",
            workspace=turn.workspace_id,
            turn_id=turn.turn_id,
            tool=observation.tool if is_known else "",
            status=observation.status.name,
            decision=observation.decision.outcome.name,
            why=observation.decision.why,
            needs=list(observation.decision.needs),
            reason=observation.error.reason if observation.error else "",
            attempts=observation.attempts,
            duration_ms=round(observation.duration_s * 1000, 1),
        )

    def store_failed(self) -> None:
        """Counts an outcome that could not be noted."""
        STORE_FAILURES.inc()
        _log.error("the outcome of a write could not be noted")

    def outlived(self) -> None:
        """Counts a write that goes on without its caller."""
        OUTLIVED.inc()
        _log.warning("a write goes on after its caller left")
