"""Names that are hashes: idempotency keys of actions, and who a count belongs to."""

import hashlib
import json
from collections.abc import Mapping
from typing import Any

from broker.model import Turn


def canonical(args: Mapping[str, Any]) -> str:
    """Arguments as one text: the same arguments always give the same text."""
    return json.dumps(args, sort_keys=True, ensure_ascii=True, separators=(",", ":"), allow_nan=False)


def idempotency_key(turn: Turn, tool: str, args: Mapping[str, Any]) -> str:
    """The key of an action: equal for equal workspace, conversation, turn, tool and arguments."""
    return digest(turn.workspace_id, turn.conversation_id, turn.turn_id, tool, canonical(args))


def digest(*parts: str) -> str:
    """SHA-256 of a list of texts, in hex; no two different lists are joined into the same text."""
    return hashlib.sha256(json.dumps(parts, ensure_ascii=True).encode()).hexdigest()
