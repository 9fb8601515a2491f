"""The catalogue of standard tools: what each does, takes and needs. A manifest names a tool to
take its row, or gives a mapping to change parts of the row or to add a tool of its own."""

from functools import cache
from pathlib import Path
from typing import Any

import yaml

from workspace.model import Tool

_FILE = Path(__file__).with_name("tools.yaml")


@cache
def standard_tools() -> dict[str, dict[str, Any]]:
    """Tool name -> its row, as in tools.yaml."""
    rows: dict[str, dict[str, Any]] = yaml.load(_FILE.read_text(encoding="utf-8"), yaml.CSafeLoader)
    return rows


@cache
def standard_tool(name: str) -> Tool:
    """A row as every workspace has it that names the tool and changes nothing; they share it."""
    return Tool(name=name, **standard_tools()[name])


def with_catalogue(raw: dict[str, Any]) -> dict[str, Any]:
    """A manifest whose bare tool names are replaced by the catalogue's rows.

    Raises ValueError for a bare name that the catalogue does not have.
    """
    tools = raw.get("tools")
    if not isinstance(tools, list):
        return raw
    return {**raw, "tools": [_row(tool) for tool in tools]}


def _row(tool: Any) -> Any:
    standard = standard_tools()
    if isinstance(tool, str):
        if tool not in standard:
            raise ValueError(f"unknown tool {tool!r}; expected one of {', '.join(standard)}, or a mapping")
        return standard_tool(tool)
    if isinstance(tool, dict) and tool.get("name") in standard:
        return {**standard[tool["name"]], **tool}
    return tool
