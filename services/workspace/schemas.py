"""Fills the names of a workspace into a JSON Schema."""

from collections.abc import Mapping
from typing import Any

from workspace.model import NOBODY, Workspace


def fill_names(schema: Mapping[str, Any], workspace: Workspace) -> dict[str, Any]:
    """A copy of a JSON Schema in which the enum entries "$services", "$staff" and "$tools" are
    replaced by the workspace's names."""
    names = {
        "$services": workspace.service_names,
        "$staff": workspace.staff_names or (NOBODY,),
        "$tools": tuple(tool.name for tool in workspace.tools),
    }
    filled = _fill(schema, names)
    assert isinstance(filled, dict)
    return filled


def _fill(node: Any, names: Mapping[str, tuple[str, ...]]) -> Any:
    if isinstance(node, Mapping):
        return {
            key: _fill_enum(value, names) if key == "enum" and isinstance(value, list | tuple) else _fill(value, names)
            for key, value in node.items()
        }
    if isinstance(node, list | tuple):
        return [_fill(item, names) for item in node]
    return node


def _fill_enum(values: list[Any] | tuple[Any, ...], names: Mapping[str, tuple[str, ...]]) -> list[Any]:
    filled: list[Any] = []
    for value in values:
        filled += names.get(value, (value,)) if isinstance(value, str) else (value,)
    return filled
