"""The manifest's keys as a page and as a JSON Schema, made from the model: names, types and defaults from the classes,
what they mean from the texts below them in the source. Pure but for reading sources."""

import ast
import inspect
import textwrap
from functools import cache
from pathlib import Path
from typing import Any

from pydantic import BaseModel

from workspace.model import Workspace

PAGE = Path(__file__).with_name("page.md")
"""What stands before the reference."""
_FIRST = "Workspace"
_ID = "https://json-schema.org/draft/2020-12/schema"


def manifest_schema() -> dict[str, Any]:
    """A JSON Schema (draft 2020-12) of manifests, with what each key means."""
    schema = Workspace.model_json_schema(by_alias=True, ref_template="#/$defs/{model}", mode="validation")
    for name, model in _models().items():
        part = schema if name == _FIRST else schema["$defs"].get(name)
        if part is None:
            continue
        for key, text in _texts(model).items():
            if key in part.get("properties", {}):
                part["properties"][key]["description"] = text
    tool = schema["properties"]["tools"]
    tool["items"] = {"anyOf": [{"type": "string"}, tool["items"]]}
    return {"$schema": _ID, **schema, "title": "Manifest of a business"}


def as_markdown() -> str:
    """The page: prose, then every key of every part."""
    schema = manifest_schema()
    order = [_FIRST, *_referred(schema)]
    parts = [_section(name, schema if name == _FIRST else schema["$defs"][name]) for name in order]
    return PAGE.read_text(encoding="utf-8") + "\n## Every key\n\n" + "\n".join(parts)


def _section(name: str, part: dict[str, Any]) -> str:
    model = _models().get(name)
    head = "### The manifest" if name == _FIRST else f"### {name}"
    about = "" if model is None or name == _FIRST else f"{_about(model)}\n\n"
    required = set(part.get("required", ()))
    lines = [_line(key, each, key in required) for key, each in part.get("properties", {}).items()]
    return f"{head}\n\n{about}" + "\n".join(lines) + "\n"


def _line(key: str, schema: dict[str, Any], required: bool) -> str:
    text = schema.get("description", "")
    default = schema.get("default")
    told = "required" if required else _default(default)
    kind = _kind(schema)
    return f"- **`{key}`** ({', '.join(part for part in (kind, told) if part)}): {text}"


def _default(value: Any) -> str:
    if value in (None, "", [], {}) or isinstance(value, dict):
        return ""
    return f"default `{str(value).lower() if isinstance(value, bool) else value}`"


def _kind(schema: dict[str, Any]) -> str:
    """A type in a few words."""
    if "$ref" in schema:
        return _linked(schema["$ref"])
    if "enum" in schema:
        return " or ".join(f"`{one}`" for one in schema["enum"])
    if "const" in schema:
        return f"`{schema['const']}`"
    if "examples" in schema:
        return f"like `{schema['examples'][0]}`"
    if "anyOf" in schema:
        kinds = dict.fromkeys(_kind(one) for one in schema["anyOf"] if one.get("type") != "null")
        return " or ".join(kinds)
    return _plain_kind(schema)


def _plain_kind(schema: dict[str, Any]) -> str:
    match schema.get("type"):
        case "array":
            return f"list of {_kind(schema.get('items', {}))}"
        case "object":
            values = schema.get("additionalProperties")
            return f"mapping to {_kind(values)}" if isinstance(values, dict) else "mapping"
        case "string":
            return f"text up to {schema['maxLength']}" if "maxLength" in schema else "text"
        case "integer":
            return f"whole number {_range(schema)}".strip()
        case "number":
            return f"number {_range(schema)}".strip()
        case "boolean":
            return "true or false"
        case _:
            return "anything"


def _range(schema: dict[str, Any]) -> str:
    low, high = schema.get("minimum"), schema.get("maximum")
    if low is None and high is None:
        return ""
    return f"{low}–{high}" if None not in (low, high) else f"from {low}" if high is None else f"up to {high}"


def _linked(ref: str) -> str:
    name = ref.rpartition("/")[2]
    return f"[{name}](#{name.lower()})"


def _referred(schema: dict[str, Any]) -> list[str]:
    """The parts in the order in which the manifest comes to them."""
    found: list[str] = []

    def walk(value: Any) -> None:
        if isinstance(value, dict):
            name = str(value.get("$ref", "")).rpartition("/")[2]
            if name and name not in found:
                found.append(name)
                walk(schema["$defs"][name])
            for key, each in value.items():
                if key != "$defs":
                    walk(each)
        elif isinstance(value, list):
            for each in value:
                walk(each)

    walk({key: value for key, value in schema.items() if key != "$defs"})
    return found


@cache
def _models() -> dict[str, type[BaseModel]]:
    """Every part of the model by its name."""
    found: dict[str, type[BaseModel]] = {}

    def add(model: type[BaseModel]) -> None:
        for one in model.__subclasses__():
            if one.__module__.startswith("workspace"):
                found[one.__name__] = one
            add(one)

    add(BaseModel)
    return found


@cache
def _texts(model: type[BaseModel]) -> dict[str, str]:
    """Key -> what the source says below it, bases' keys included; under the name that manifests use."""
    texts: dict[str, str] = {}
    for one in reversed(model.__mro__):
        if not (isinstance(one, type) and issubclass(one, BaseModel)) or not one.__module__.startswith("workspace"):
            continue
        body = ast.parse(textwrap.dedent(inspect.getsource(one))).body[0]
        assert isinstance(body, ast.ClassDef)
        for field, after in zip(body.body, body.body[1:], strict=False):
            said = isinstance(after, ast.Expr) and isinstance(after.value, ast.Constant)
            if isinstance(field, ast.AnnAssign) and isinstance(field.target, ast.Name) and said:
                name = field.target.id
                alias = one.model_fields[name].alias or name if name in one.model_fields else name
                texts[alias] = " ".join(str(after.value.value).split())  # type: ignore[attr-defined]
    return texts


def _about(model: type[BaseModel]) -> str:
    return " ".join((inspect.getdoc(model) or "").split())
