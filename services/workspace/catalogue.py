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
    return {**raw, "tools": [_without_email(row) if _asks_no_email(raw) else row for row in map(_row, tools)]}


def _asks_no_email(raw: dict[str, Any]) -> bool:
    """Whether a manifest says what is asked of customers, and no e-mail address is."""
    booking = raw.get("booking")
    required = booking.get("required") if isinstance(booking, dict) else None
    return isinstance(required, list | tuple) and "email" not in required


def _without_email(row: Any) -> Any:
    """The row of a standard tool that needs no e-mail address; of another, or of changed ones, as it is."""
    return _no_email_tool(row.name) if isinstance(row, Tool) and "client_email" in row.required_slots else row


@cache
def _no_email_tool(name: str) -> Tool:
    row = standard_tools()[name]
    args = {**row["args"], "required": [one for one in row["args"]["required"] if one != "client_email"]}
    slots = [slot for slot in row["required_slots"] if slot != "client_email"]
    return Tool(name=name, **{**row, "args": args, "required_slots": slots})


def _row(tool: Any) -> Any:
    standard = standard_tools()
    if isinstance(tool, str):
        if tool not in standard:
            raise ValueError(f"unknown tool {tool!r}; expected one of {', '.join(standard)}, or a mapping")
        return standard_tool(tool)
    if isinstance(tool, dict) and tool.get("name") in standard:
        return {**standard[tool["name"]], **tool}
    return tool
