"""extractor_v1 as a model must write it: narrowed to one workspace, and cheap to write.

Slots that a message does not state are left out, not null: an empty reading takes a dozen tokens
instead of some seventy, and most messages state two slots or fewer. The confidence is left out too: it
comes from token probabilities. Every string is an enum or has a bounded pattern, without a length
beside it, so that an engine's fast grammar backend takes the schema and no answer can be endless.
"""

from collections.abc import Mapping
from typing import Any

from extractor.schema_validation import SCHEMA
from turn.model import SLOT_NAMES
from workspace.model import Workspace
from workspace.schemas import fill_names

NAME = "extractor_v1"
_PATTERNS: Mapping[str, str] = {
    "client_name": "^[A-Za-zÀ-ÖØ-öø-ÿ][A-Za-zÀ-ÖØ-öø-ÿ'’ .-]{0,39}$",
    "client_email": "^[a-z0-9._+-]{1,32}@[a-z0-9-]{1,32}([.][a-z0-9-]{1,16}){0,1}[.][a-z]{2,8}$",
}
"""Patterns that are narrower than the contract's, so that even an answer of nonsense ends before the token
limit. What is longer than this is still read, by code."""


def narrowed(workspace: Workspace) -> dict[str, Any]:
    """The schema that a model's reading of one workspace's messages must keep to."""
    filled = fill_names(SCHEMA, workspace)
    slots = filled["properties"]["slots"]["properties"]
    return {
        "type": "object",
        "additionalProperties": False,
        "required": ["intent", "slots"],
        "properties": {
            "intent": filled["properties"]["intent"],
            "slots": {
                "type": "object",
                "additionalProperties": False,
                "properties": {name: _slot(name, slots[name]) for name in SLOT_NAMES},
            },
        },
    }


def _slot(name: str, rule: Mapping[str, Any]) -> dict[str, Any]:
    if "enum" in rule:
        return {"type": "string", "enum": [value for value in rule["enum"] if value is not None]}
    return {"type": "string", "pattern": _PATTERNS.get(name, rule.get("pattern"))}
