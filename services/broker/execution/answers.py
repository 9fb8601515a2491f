"""The first answer to a write that was not done, as text: a late duplicate of the call gets it again."""

import json
from collections.abc import Mapping
from typing import Any

from broker.calls.results import explain
from broker.domain.model import OutOfOrder, deny
from turn.model import Decision, Observation
from turn.vocabulary import Outcome, Status

MOST_CHARACTERS = 8_192
"""A longer answer is kept without what its tool said besides the reason."""
CLOSED = "ATTEMPT_CLOSED"
"""Reason of a call whose write was closed by a look-up before it arrived."""


def encode_answer(observation: Observation) -> str:
    """An observation as JSON, without its arguments: the write's key stands for them."""
    text = _encode(observation, observation.output)
    return text if len(text) <= MOST_CHARACTERS else _encode(observation, _shortened(observation.output))


def decode_answer(text: str, tool: str, args: Mapping[str, Any]) -> Observation:
    """The observation that was encoded; of an empty text one that says that the attempt was closed."""
    if not text:
        return Observation(tool, Status.FAILED, {}, args, deny(CLOSED), explain(CLOSED))
    kept = json.loads(text)
    outcome, why, needs = Outcome(kept["outcome"]), kept["why"], tuple(kept["needs"])
    lacking = kept["lacking"]
    decision = Decision(outcome, why, needs) if lacking is None else OutOfOrder(outcome, why, needs, lacking)
    error = explain(kept["error"]) if kept["error"] else None
    return Observation(tool, Status(kept["status"]), kept["output"], args, decision, error)


def _encode(observation: Observation, output: Mapping[str, Any]) -> str:
    decision = observation.decision
    kept = {
        "status": observation.status.value,
        "outcome": decision.outcome.value,
        "why": decision.why,
        "needs": decision.needs,
        "lacking": decision.lacking if isinstance(decision, OutOfOrder) else None,
        "error": observation.error.reason if observation.error else "",
        "output": dict(output),
    }
    return json.dumps(kept, ensure_ascii=False)


def _shortened(output: Mapping[str, Any]) -> dict[str, Any]:
    if not output:
        return {}
    reason = output.get("reason")
    named = {"reason": reason} if isinstance(reason, str) and len(reason) <= 64 else {}
    return {"ok": output.get("ok") is True, **named}
