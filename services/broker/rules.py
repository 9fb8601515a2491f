"""A workspace's manifest, prepared once for deciding: schemas and patterns compiled."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from jsonschema import Draft202012Validator
from jsonschema.exceptions import SchemaError
from referencing import Registry

from runtime.errors import Kind, PulpoError
from workspace.model import Tool, Workspace
from workspace.schemas import fill_names


@dataclass(frozen=True)
class ToolRule:
    """One tool, ready to decide about."""

    tool: Tool
    validator: Draft202012Validator
    """Of its arguments, with the workspace's names filled in."""
    properties: Mapping[str, Any]
    """Argument name -> its schema."""


@dataclass(frozen=True)
class Rules:
    """One workspace, ready to decide about."""

    workspace: Workspace
    tools: Mapping[str, ToolRule]
    forbidden: tuple[re.Pattern[str], ...]


def compile_rules(workspace: Workspace) -> Rules:
    """Prepares a workspace. Raises PulpoError TOOL_SCHEMA when a tool's `args` is no JSON Schema."""
    return Rules(
        workspace=workspace,
        tools={tool.name: _compile(workspace, tool) for tool in workspace.tools},
        forbidden=tuple(re.compile(pattern) for pattern in workspace.policy.forbid_patterns),
    )


def _compile(workspace: Workspace, tool: Tool) -> ToolRule:
    schema = fill_names(tool.args, workspace)
    try:
        Draft202012Validator.check_schema(schema)
    except SchemaError as error:
        where = f"tool {tool.name} of workspace {workspace.id}"
        raise PulpoError(Kind.INVALID_ARGUMENT, "TOOL_SCHEMA", f"The args of {where} are no JSON Schema.") from error
    properties = schema.get("properties", {})
    # an empty registry: nothing is ever fetched for a $ref
    return ToolRule(
        tool, Draft202012Validator(schema, registry=Registry()), properties if isinstance(properties, dict) else {}
    )
