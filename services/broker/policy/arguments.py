"""Normalises the arguments of a tool: from a model's text, the known slots and trusted values."""

import math
import unicodedata
from collections.abc import Mapping
from typing import Any

from broker.domain.model import Customer

CONTACT = "client_phone"
"""The argument that always holds the customer's own phone (or channel address)."""

TRUSTED = frozenset(
    {
        *("workspace", "workspace_id", "tenant", "tenant_id", "conversation_id", "turn_id"),
        *("customer", "customer_id", "customer_address", "customer_phone", CONTACT),
        *("idempotency_key", "request_id", "now", "received_at", "_meta"),
    }
)
"""Argument names that only the broker may fill. From anybody else they are dropped."""

SLOT_OF = {"date_str": "preferred_date", "date": "preferred_date", "time_str": "preferred_time"}
"""Argument name -> the slot that it takes, where the two are named differently."""

MAX_DEPTH = 8
MAX_TEXT = 4_096
MAX_ITEMS = 100
"""Bounds of what is looked at further: nesting, characters of one text, entries of one list or mapping."""


class UnusableError(Exception):
    """Arguments that no tool could take. Its text repeats none of them."""


def slot_of(argument: str) -> str:
    """The slot that an argument takes its value from."""
    return SLOT_OF.get(argument, argument)


def normalise(
    args: Mapping[str, Any], properties: Mapping[str, Any], slots: Mapping[str, str], customer: Customer
) -> dict[str, Any]:
    """Clean arguments: trusted names replaced, blanks left out, `slots` filled in.

    `properties` are the tool's arguments by name, each with its schema. Raises UnusableError.
    """
    cleaned = {name: _clean(value, 1) for name, value in args.items() if not is_trusted(name)}
    kept = {name: value for name, value in cleaned.items() if value is not None and value != ""}
    if len(kept) > MAX_ITEMS:
        raise UnusableError
    for name in properties:
        known = slots.get(slot_of(name))
        if name not in kept and known and not is_trusted(name):
            kept[name] = _clean(known, 1)
    if CONTACT in properties:
        kept[CONTACT] = customer.contact
    return {name: _as_listed(value, properties.get(name)) for name, value in sorted(kept.items())}


def is_trusted(name: str) -> bool:
    """Whether only the broker may set an argument."""
    return name in TRUSTED or name.startswith("dev.pulpo/")


def texts(value: Any) -> list[str]:
    """Every text in a value, keys included."""
    if isinstance(value, str):
        return [value]
    if isinstance(value, Mapping):
        return [text for key, item in value.items() for text in (str(key), *texts(item))]
    if isinstance(value, list | tuple):
        return [text for item in value for text in texts(item)]
    return []


def _clean(value: Any, depth: int) -> Any:
    if depth > MAX_DEPTH:
        raise UnusableError
    if isinstance(value, str):
        return _clean_text(value)
    if isinstance(value, float):
        return _clean_number(value)
    if isinstance(value, Mapping | list | tuple) and len(value) > MAX_ITEMS:
        raise UnusableError
    if isinstance(value, Mapping):
        return {str(key): _clean(item, depth + 1) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_clean(item, depth + 1) for item in value]
    return value


def _clean_text(text: str) -> str:
    if len(text) > MAX_TEXT:
        raise UnusableError
    return unicodedata.normalize("NFC", text).strip()


def _clean_number(number: float) -> int | float:
    """Whole numbers as ints: a protobuf Struct knows floats only."""
    if not math.isfinite(number):
        raise UnusableError
    return int(number) if number.is_integer() else number


def _as_listed(value: Any, schema: Any) -> Any:
    """The listed spelling of a name that differs from it in case only, however deep."""
    if not isinstance(schema, Mapping):
        return value
    if isinstance(value, list):
        return [_as_listed(item, schema.get("items")) for item in value]
    if isinstance(value, dict):
        inside = schema.get("properties")
        rules = inside if isinstance(inside, Mapping) else {}
        return {name: _as_listed(item, rules.get(name)) for name, item in value.items()}
    names = schema.get("enum")
    if not isinstance(value, str) or not names or value in names:
        return value
    alike = [name for name in names if isinstance(name, str) and name.casefold() == value.casefold()]
    return alike[0] if len(alike) == 1 else value
