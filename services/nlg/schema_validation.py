"""Validates every reply against response_v1.json and the longest length."""

import json
from pathlib import Path
from typing import Any

from nlg.turn import ComposedReply
from nlg.writing.render import longest
from runtime.json_schema import Form

SCHEMA: dict[str, Any] = json.loads(Path(__file__).with_name("response_v1.json").read_text(encoding="utf-8"))
"""The JSON Schema of response_v1."""
_FORM = Form(SCHEMA)


class InvalidReplyError(Exception):
    """A reply that breaks response_v1: a fault of ours. Names the place and the rule, no values."""


def check(reply: ComposedReply) -> None:
    """Raises InvalidReplyError when a reply breaks the schema or is longer than what it lists allows."""
    error = next(_FORM.errors(as_document(reply)), None)
    if error is not None:
        raise InvalidReplyError(f"{error.json_path} breaks {error.validator}")
    most = longest(reply.lists)
    if len(reply.message) > most or not reply.message.strip():
        raise InvalidReplyError(f"$.message is empty or longer than {most}")


def as_document(reply: ComposedReply) -> dict[str, Any]:
    """A reply as response_v1 spells it."""
    return {
        "message": reply.message,
        "tone": reply.tone.value,
        "next_state": reply.next_state.name,
        "quick_replies": list(reply.quick_replies),
        "requires_human": reply.requires_human,
    }
