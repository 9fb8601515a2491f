"""How a file of tasks is read. What is wrong in it is said with file, line, field and what was expected."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from pydantic import ValidationError

from cli.evaluation.labelled_file import LabelledFileError, objects_of
from cli.evaluation.live.task_checks import disagreements
from cli.evaluation.live.tasks import Task
from workspace.errors import ManifestError, Problem
from workspace.loader import load_workspace
from workspace.model import Workspace

BESIDE = (Path("workspaces"), Path("businesses/workspaces"))
"""Folders of manifests, from the folder of the tasks' file."""


class FileError(Exception):
    """A file of tasks that cannot be used; the text has a line for each problem."""


@dataclass(frozen=True)
class Business:
    """A task's business."""

    file: Path
    """Its manifest."""
    workspace: Workspace
    """What is in it."""


Loaded = list[tuple[Task, Business]]


def read_tasks(file: Path, *folders: Path) -> Loaded:
    """Every task of a file with its business, whose manifest is in a folder or beside the file. Raises FileError with
    all problems of all lines."""
    try:
        rows = objects_of(file)
    except LabelledFileError as error:
        raise FileError(str(error)) from error
    problems: list[str] = []
    found: Loaded = []
    seen: dict[str, str] = {}
    for _, where, raw in rows:
        try:
            task = Task.model_validate(raw)
            business = _business(task.workspace, file.parent, folders)
        except ValidationError as error:
            problems += [f"{where}: {line}" for line in _explained(error)]
            continue
        except ManifestError as error:
            problems.append(f"{where}: workspace: {error}")
            continue
        if task.id in seen:
            problems.append(f"{where}: id: expected each id once, {task.id!r} is at {seen[task.id]} too")
        seen[task.id] = where
        problems += [f"{where}: {line}" for line in disagreements(task, business.workspace)]
        found.append((task, business))
    if problems:
        raise FileError("\n".join(problems))
    return found


def _business(named: str, beside: Path, folders: tuple[Path, ...]) -> Business:
    """The business of that id or file. Raises ManifestError."""
    if named.endswith((".yaml", ".yml")):
        file = beside / named
        return Business(file=file, workspace=load_workspace(file))
    places = (*folders, *(beside / each for each in BESIDE))
    for place in places:
        if (file := place / f"{named}.yaml").is_file():
            return Business(file=file, workspace=load_workspace(file))
    looked = ", ".join(map(str, places))
    raise ManifestError([Problem(Path(f"{named}.yaml"), "", f"expected a manifest of that name in one of {looked}")])


def _explained(error: ValidationError) -> Iterator[str]:
    for detail in error.errors():
        path = ".".join(str(part) for part in detail["loc"] if not str(part).startswith(("tuple[", "literal[")))
        message = detail["msg"].removeprefix("Value error, ").replace("Input should be", "expected")
        message = {"Field required": "expected a value", "Extra inputs are not permitted": "not a known field"}.get(
            message, message
        )
        yield f"{path}: {message}" if path else message
