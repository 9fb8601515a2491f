"""Businesses without the tools of the second form: their conversations are those of the first."""

from collections.abc import Iterable
from pathlib import Path

from turn.tools import SECOND_FORM
from workspace.model import Workspace
from workspace.registry import Registry

WORKSPACES = Path(__file__).resolve().parents[1] / "k8s" / "base" / "workspaces"
"""The shipped manifests."""
_LINES = {f"- {tool}" for tool in SECOND_FORM}


def first_form(known: Iterable[Workspace]) -> Registry:
    """Businesses as they are but for those tools."""
    return Registry(
        each.model_copy(update={"tools": tuple(tool for tool in each.tools if tool.name not in SECOND_FORM)})
        for each in known
    )


def write_first_form(folder: Path) -> Path:
    """The shipped manifests without those tools, in a folder."""
    folder.mkdir(parents=True, exist_ok=True)
    for file in WORKSPACES.glob("*.yaml"):
        lines = file.read_text(encoding="utf-8").splitlines(keepends=True)
        folder.joinpath(file.name).write_text("".join(line for line in lines if line.strip() not in _LINES), "utf-8")
    return folder
