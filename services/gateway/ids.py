"""Ids that repeat when a message repeats."""

import hashlib


def conversation_id(workspace_id: str, address: str) -> str:
    """The id of a customer's conversation with a business."""
    return _hash(workspace_id, address)


def turn_id(workspace_id: str, message_id: str) -> str:
    """The id of the turn that a message starts."""
    return _hash(workspace_id, message_id)


def _hash(*parts: str) -> str:
    return hashlib.sha256("\x1f".join(parts).encode()).hexdigest()[:32]
