"""The fast check of JSON Schema says nothing else than the library."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator, FormatChecker

from runtime.json_schema import Form
from workspace.loader import load_registry
from workspace.schemas import fill_names

ROOT = Path(__file__).parents[3]
SALON = next(iter(load_registry(ROOT / "k8s/base/workspaces")))
FORMATS = {"email": lambda value: not isinstance(value, str) or "@" in value}
EXACT_FORMATS = FormatChecker(formats=())
EXACT_FORMATS.checks("email")(FORMATS["email"])
SHIPPED: list[dict[str, Any]] = [
    fill_names(json.loads((ROOT / "services" / file).read_text(encoding="utf-8")), SALON)
    for file in (
        "planner/planner_v1.json",
        "planner/planner_v2.json",
        "extractor/extractor_v1.json",
        "nlg/response_v1.json",
    )
] + [fill_names(tool.args, SALON) for tool in SALON.tools]
MADE: list[dict[str, Any]] = [
    {"type": ["string", "null"], "maxLength": 2, "pattern": "^a"},
    {"type": "integer", "minimum": 0, "maximum": 2},
    {"type": "number"},
    {"enum": ["a", None, 1, True]},
    {"const": 0},
    {"const": "a"},
    {"type": "array", "items": {"enum": ["a", "b", 1]}, "uniqueItems": True, "minItems": 1, "maxItems": 2},
    {"uniqueItems": True},
    {"properties": {"a": {"type": "string"}}, "required": ["a"]},
    {"properties": {"a": {"const": "a"}}, "additionalProperties": False},
    {"additionalProperties": {"type": "string"}},
    {"minProperties": 1, "maxProperties": 1},
    {"format": "email"},
    {"format": "date"},
    {"anyOf": [{"type": "string"}, {"type": "null"}]},
    {"properties": {"a": False}},
    {"properties": {"a": {"$ref": "#/$defs/b"}}, "$defs": {"b": {"type": "string"}}},
    {"items": {"type": "object", "properties": {"b": {"minLength": 1}}}},
    {},
]
SCALARS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-1, 3),
    st.sampled_from([0.0, 1.0, 1.5]),
    st.sampled_from(["", "a", "b", "ab", "abc", "v1", "v2", "book", "12:00", "2026-03-11", "ana@test.com"]),
)


def documents(schema: dict[str, Any]) -> st.SearchStrategy[Any]:
    """Documents that nearly fit, and others."""
    names = sorted({"a", "b", *schema.get("properties", {})})
    inner = st.recursive(
        SCALARS, lambda of: st.one_of(st.lists(of, max_size=3), st.dictionaries(st.sampled_from(["a", "b"]), of))
    )
    wanted = {name: _near(part) for name, part in schema.get("properties", {}).items()}
    return st.one_of(inner, st.dictionaries(st.sampled_from(names), inner), st.fixed_dictionaries(wanted))


def _near(schema: Any) -> st.SearchStrategy[Any]:
    if not isinstance(schema, dict):
        return SCALARS
    kinds = schema.get("type", [])
    of: dict[str, Callable[[], st.SearchStrategy[Any]]] = {
        "array": lambda: st.lists(_near(schema.get("items", {})), max_size=3),
        "object": lambda: st.fixed_dictionaries(
            {name: _near(part) for name, part in schema.get("properties", {}).items()}
        ),
        "number": lambda: st.floats(-0.5, 1.5),
    }
    known = [of[kind]() for kind in ([kinds] if isinstance(kinds, str) else kinds) if kind in of]
    listed = [st.sampled_from(schema["enum"])] if schema.get("enum") else []
    return st.one_of(*known, *listed, SCALARS)


@pytest.mark.parametrize("schema", SHIPPED + MADE, ids=lambda schema: str(schema.get("title", ""))[:20] or None)
@settings(max_examples=40)
@given(data=st.data())
def test_what_fits_is_what_the_library_says(schema: dict[str, Any], data: st.DataObject) -> None:
    form, exact = Form(schema, FORMATS), Draft202012Validator(schema, format_checker=EXACT_FORMATS)
    document = data.draw(documents(schema))
    assert form.fits(document) is exact.is_valid(document)
    assert [error.json_path for error in form.errors(document)] == [
        error.json_path for error in exact.iter_errors(document)
    ]
