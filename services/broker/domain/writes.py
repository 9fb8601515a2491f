"""The identity of a write, and its stored state. Pure."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from turn.model import TurnContext


class StoredState(StrEnum):
    """The state of a write, as it is stored."""

    BEGUN = "BEGUN"
    """One call of it is under way, or ended without saying how."""
    DONE = "DONE"
    """Its tool said yes."""
    UNKNOWN = "UNKNOWN"
    """It may have been done. Several calls of it are such, whatever one of them says."""
    NOT_DONE = "NOT_DONE"
    """It was certainly not done, or was closed before it began."""


@dataclass(frozen=True)
class Write:
    """One attempt at a write."""

    key: str
    """Equal for equal workspace, conversation, turn, tool and arguments: SHA-256 in hex."""
    attempt: int
    """Number of the try, from 1."""
    workspace: str
    tool: str
    conversation: str
    """Whose it is, as a hash, so that it can be erased with its customer."""


@dataclass(frozen=True)
class StoredWrite:
    """What is stored of a write."""

    state: StoredState
    attempt: int
    """The attempt that began it, or that it was closed for."""
    answer: str = ""
    """The first answer to a write that was not done, as `answers` writes it; empty when it was closed unbegun."""

    @property
    def may_be_done(self) -> bool:
        """Whether it was begun and did not end in a certain no."""
        return self.state is not StoredState.NOT_DONE

    def closes(self, attempt: int) -> bool:
        """Whether that attempt must not begin it: the attempt, or a later one, was certainly not done."""
        return self.state is StoredState.NOT_DONE and attempt <= self.attempt


def write_key(turn: TurnContext, tool: str, args: Mapping[str, Any]) -> str:
    """The key by which a write is stored."""
    return digest(turn.workspace_id, turn.conversation_id, turn.turn_id, tool, canonical(args))


def idempotency_key(key: str, attempt: int) -> str:
    """What the tool server gets: the write's key, and another one for each later attempt that began it anew, because
    a tool server keeps a no under its key as well."""
    return key if attempt <= 1 else digest(key, str(attempt))


def canonical(args: Mapping[str, Any]) -> str:
    """Arguments as one text: the same arguments always give the same text."""
    return json.dumps(args, sort_keys=True, ensure_ascii=True, separators=(",", ":"), allow_nan=False)


def digest(*parts: str) -> str:
    """SHA-256 of a list of texts, in hex; no two different lists are joined into the same text."""
    return hashlib.sha256(json.dumps(parts, ensure_ascii=True).encode()).hexdigest()
