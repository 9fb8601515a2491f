"""Reads workspace manifests from YAML. Every error names the file, the path in it and what was
expected there."""

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any

import yaml
from pydantic import ValidationError
from yaml.constructor import ConstructorError
from yaml.nodes import MappingNode

from workspace.catalogue import with_catalogue
from workspace.errors import ManifestError, Problem
from workspace.model import Workspace
from workspace.registry import Registry

MAX_BYTES = 1_000_000


class _UniqueKeys(yaml.CSafeLoader):
    """YAML that refuses a key given twice, which plain YAML silently overwrites. In C, eight times as fast."""

    def construct_mapping(self, node: MappingNode, deep: bool = False) -> dict[Any, Any]:
        """Builds a mapping; raises ConstructorError on a repeated key."""
        seen = set()
        for key_node, _ in node.value:
            key = self.construct_object(key_node, deep=True)
            if key in seen:
                raise ConstructorError(None, None, f"key {key!r} is given twice", key_node.start_mark)
            seen.add(key)
        return super().construct_mapping(node, deep)


def load_workspace(file: Path) -> Workspace:
    """Reads one manifest. Raises ManifestError."""
    raw = _parse(file)
    try:
        return Workspace.model_validate(with_catalogue(raw))
    except ValidationError as error:
        raise ManifestError([_problem(file, detail) for detail in error.errors()]) from error
    except ValueError as error:
        raise ManifestError([Problem(file, "tools", str(error))]) from error


def load_registry(folder: Path) -> Registry:
    """Reads every *.yaml of a folder. Raises ManifestError with all problems of all files."""
    files = sorted(folder.glob("*.yaml"))
    if not folder.is_dir():
        expected = "expected a folder of workspace manifests; PULPO_WORKSPACES_DIR names it, from the working directory"
        raise ManifestError([Problem(folder, "", expected)])
    if not files:
        raise ManifestError([Problem(folder, "", "expected at least one workspace manifest (*.yaml)")])
    loaded: list[Workspace] = []
    problems: list[Problem] = []
    for file in files:
        try:
            loaded.append(load_workspace(file))
        except ManifestError as error:
            problems += error.problems
    problems += _clashes(folder, loaded)
    if problems:
        raise ManifestError(problems)
    return Registry(loaded)


async def refresh(
    registry: Registry,
    folder: Path,
    prepare: Callable[[Workspace], Workspace] = lambda workspace: workspace,
    check: Callable[[Workspace], object] = lambda workspace: None,
) -> int:
    """Reads the folder again and has the registry replaced by what is there, each workspace as `prepare` makes it.

    Returns how many workspaces changed. Raises ManifestError, or what `check` raises about one of them, and then
    the registry is as it was.
    """
    found = await asyncio.to_thread(load_registry, folder)
    workspaces = [prepare(workspace) for workspace in found]
    for workspace in workspaces:
        check(workspace)
    return registry.replace(workspaces)


def _parse(file: Path) -> dict[str, Any]:
    try:
        if file.stat().st_size > MAX_BYTES:
            raise ManifestError([Problem(file, "", f"expected at most {MAX_BYTES} bytes")])
        raw = yaml.load(file.read_text(encoding="utf-8"), Loader=_UniqueKeys)  # noqa: S506 - a SafeLoader
    except OSError as error:
        raise ManifestError([Problem(file, "", f"expected a readable file: {error.strerror}")]) from error
    except UnicodeDecodeError as error:
        raise ManifestError([Problem(file, f"byte {error.start}", "expected UTF-8")]) from error
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        where = f"line {mark.line + 1}, column {mark.column + 1}" if mark else ""
        reason = getattr(error, "problem", None) or "cannot be read"
        raise ManifestError([Problem(file, where, f"expected YAML: {reason}")]) from error
    if not isinstance(raw, dict):
        raise ManifestError([Problem(file, "", "expected a mapping with id, name, services …")])
    return raw


def _problem(file: Path, detail: Any) -> Problem:
    """One pydantic error in the words of a manifest's author."""
    path = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in detail["loc"]).lstrip(".")
    message = detail["msg"].removeprefix("Value error, ")
    kind = detail["type"]
    if kind == "missing":
        message = "expected a value, got nothing"
    elif kind == "extra_forbidden":
        message = "expected no such key"
    elif not message.startswith("expected"):
        message = f"{message}, got {_short(detail.get('input'))}" if path else message
    return Problem(file, path, message)


def _short(value: object) -> str:
    text = repr(value)
    return text if len(text) <= 60 else text[:57] + "..."


def _clashes(folder: Path, loaded: list[Workspace]) -> list[Problem]:
    owners: dict[str, str] = {}
    ids: set[str] = set()
    problems = []
    for workspace in loaded:
        if workspace.id in ids:
            problems.append(Problem(folder, f"id {workspace.id}", "expected each id once"))
        ids.add(workspace.id)
        for number in workspace.numbers:
            if number in owners:
                problems.append(Problem(folder, f"numbers of {workspace.id}", f"{number} belongs to {owners[number]}"))
            owners[number] = workspace.id
    return problems
