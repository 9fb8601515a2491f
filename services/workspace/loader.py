"""Reads workspace manifests from YAML. Every error names the file, the path in it and what was
expected there."""

import os
from pathlib import Path
from typing import Any

import yaml
from pydantic import ValidationError

from workspace.catalogue import with_catalogue
from workspace.clashes import clashes
from workspace.documents import MOST_BYTES, read_yaml
from workspace.errors import ManifestError, Problem
from workspace.manifest import Manifest, as_document, manifest_of
from workspace.model import Workspace
from workspace.registry import Registry


def load_workspace(file: Path) -> Workspace:
    """Reads one manifest. Raises ManifestError."""
    return read_manifest(file, read_bytes(file))[1]


def load_manifest(file: Path) -> Manifest:
    """Reads one manifest, to be kept. Raises ManifestError."""
    return as_manifest(file, read_bytes(file))


def as_manifest(file: Path, content: bytes) -> Manifest:
    """What a file's content says. Raises ManifestError."""
    raw, workspace = read_manifest(file, content)
    return manifest_of(workspace, as_document(raw))


def read_manifest(file: Path, content: bytes) -> tuple[dict[str, Any], Workspace]:
    """What a file's content says, as it is written and as a model. Raises ManifestError."""
    raw = _parse(file, content)
    try:
        return raw, Workspace.model_validate(with_catalogue(raw))
    except ValidationError as error:
        raise ManifestError([_problem(file, detail) for detail in error.errors()]) from error
    except ValueError as error:
        raise ManifestError([Problem(file, "tools", str(error))]) from error


def load_registry(folder: Path) -> Registry:
    """Reads every *.yaml of a folder. Raises ManifestError with all problems of all files."""
    loaded: list[Manifest] = []
    problems: list[Problem] = []
    for file in (folder / name for name in names_in(folder)):
        try:
            loaded.append(load_manifest(file))
        except ManifestError as error:
            problems += error.problems
    problems += clashes(folder, loaded)
    if problems:
        raise ManifestError(problems)
    return Registry(loaded)


def load_first(folder: Path, most: int) -> list[Workspace]:
    """The first so many workspaces of a folder that can be used, whatever is wrong with others. Raises ManifestError
    with all problems of all files when there are none."""
    loaded: list[Workspace] = []
    problems: list[Problem] = []
    for name in names_in(folder):
        try:
            loaded.append(load_workspace(folder / name))
        except ManifestError as error:
            problems += error.problems
        if len(loaded) == most:
            break
    if not loaded:
        raise ManifestError(problems)
    return loaded


def names_in(folder: Path) -> list[str]:
    """The names of a folder's manifests, in order. Raises ManifestError when there are none."""
    try:
        names = sorted(name for name in os.listdir(folder) if name.endswith(".yaml"))
    except OSError as error:
        expected = "expected a folder of workspace manifests; PULPO_WORKSPACES_DIR names it, from the working directory"
        raise ManifestError([Problem(folder, "", expected)]) from error
    if not names:
        raise ManifestError([Problem(folder, "", "expected at least one workspace manifest (*.yaml)")])
    return names


def read_bytes(file: Path) -> bytes:
    """The content of a file, which must not be too long. Raises ManifestError."""
    try:
        with file.open("rb") as opened:
            content = opened.read(MOST_BYTES + 1)
    except OSError as error:
        raise ManifestError([Problem(file, "", f"expected a readable file: {error.strerror}")]) from error
    if len(content) > MOST_BYTES:
        raise ManifestError([Problem(file, "", f"expected at most {MOST_BYTES} bytes")])
    return content


def _parse(file: Path, content: bytes) -> dict[str, Any]:
    try:
        raw = read_yaml(content.decode("utf-8"))
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
