"""A workspace's manifest, prepared once for deciding: schemas and patterns compiled."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from runtime.json_schema import Form
from workspace.emails import normal_email
from workspace.limits import Limits
from workspace.model import Tool, Workspace
from workspace.patterns import Pattern, compile_pattern
from workspace.schemas import fill_names


def _is_email(value: object) -> bool:
    return not isinstance(value, str) or normal_email(value) is not None


FORMATS = {"email": _is_email}
"""What `format` means in a tool's schema; other formats than these are only notes."""


@dataclass(frozen=True)
class CompiledTool:
    """One tool, ready to decide about."""

    tool: Tool
    form: Form
    """Of its arguments, with the workspace's names filled in."""
    properties: Mapping[str, Any]
    """Argument name -> its schema."""


@dataclass(frozen=True)
class CompiledManifest:
    """One workspace, ready to decide about."""

    workspace: Workspace
    tools: Mapping[str, CompiledTool]
    forbidden: tuple[Pattern, ...]
    limits: Limits
    """Those of its tier, with what the manifest says of them."""


def compile_manifest(workspace: Workspace) -> CompiledManifest:
    """Prepares a workspace, whose tools' `args` are known to be JSON Schemas."""
    return CompiledManifest(
        workspace=workspace,
        tools={tool.name: _compile(workspace, tool) for tool in workspace.tools},
        forbidden=tuple(compile_pattern(pattern) for pattern in workspace.policy.forbid_patterns),
        limits=workspace.limits,
    )


def _compile(workspace: Workspace, tool: Tool) -> CompiledTool:
    schema = fill_names(tool.args, workspace)
    properties = schema.get("properties", {})
    return CompiledTool(tool, Form(schema, FORMATS), properties if isinstance(properties, dict) else {})
