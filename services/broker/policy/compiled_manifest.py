"""A workspace's manifest, prepared once for deciding: schemas and patterns compiled."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from jsonschema import Draft202012Validator, FormatChecker
from referencing import Registry

from workspace.emails import normal_email
from workspace.model import Tool, Workspace
from workspace.patterns import Pattern, compile_pattern
from workspace.schemas import fill_names

FORMATS = FormatChecker(formats=())
"""What `format` means in a tool's schema; other formats than these are only notes."""


@FORMATS.checks("email")
def _is_email(value: object) -> bool:
    return not isinstance(value, str) or normal_email(value) is not None


@dataclass(frozen=True)
class CompiledTool:
    """One tool, ready to decide about."""

    tool: Tool
    validator: Draft202012Validator
    """Of its arguments, with the workspace's names filled in."""
    properties: Mapping[str, Any]
    """Argument name -> its schema."""


@dataclass(frozen=True)
class CompiledManifest:
    """One workspace, ready to decide about."""

    workspace: Workspace
    tools: Mapping[str, CompiledTool]
    forbidden: tuple[Pattern, ...]


def compile_manifest(workspace: Workspace) -> CompiledManifest:
    """Prepares a workspace, whose tools' `args` are known to be JSON Schemas."""
    return CompiledManifest(
        workspace=workspace,
        tools={tool.name: _compile(workspace, tool) for tool in workspace.tools},
        forbidden=tuple(compile_pattern(pattern) for pattern in workspace.policy.forbid_patterns),
    )


def _compile(workspace: Workspace, tool: Tool) -> CompiledTool:
    schema = fill_names(tool.args, workspace)
    properties = schema.get("properties", {})
    # an empty registry: nothing is ever fetched for a $ref
    validator = Draft202012Validator(schema, registry=Registry(), format_checker=FORMATS)
    return CompiledTool(tool, validator, properties if isinstance(properties, dict) else {})
