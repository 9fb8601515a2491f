"""Whether the arguments of a tool are described by a JSON Schema. Most tools of most businesses are described alike, so
each description is looked at once."""

import json
from collections.abc import Mapping
from functools import lru_cache
from typing import Any


def schema_problem(args: Mapping[str, Any]) -> str:
    """Why this is no JSON Schema (draft 2020-12); empty when it is one."""
    try:
        return _problem(json.dumps(args, default=str))
    except (TypeError, ValueError, RecursionError):
        return "expected what JSON can hold"


@lru_cache(maxsize=1_000)
def _problem(text: str) -> str:
    from jsonschema import Draft202012Validator  # here: slow to import, and rarely needed
    from jsonschema.exceptions import SchemaError

    try:
        Draft202012Validator.check_schema(json.loads(text))
    except SchemaError as error:
        return f"expected a JSON Schema: {error.json_path} breaks {error.validator}"
    return ""
