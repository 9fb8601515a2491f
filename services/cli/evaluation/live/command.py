"""`pulpo eval live`: customers who react to replies, against the mesh's real processes."""

import json
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Annotated, Any, NoReturn

import typer

from cli.evaluation.live.model_customer import ModelCustomer, ModelError
from cli.evaluation.live.report import Result, render, summarise
from cli.evaluation.live.run import Order, play
from cli.evaluation.live.stage import StageError
from cli.evaluation.live.task_file import FileError, Loaded, read_tasks
from cli.local.supervisor import StartError
from cli.settings import CliSettings
from runtime.settings import load

Page = Callable[[Mapping[str, Any], str], str]


def live(
    file: Annotated[Path, typer.Argument(help="Tasks, a JSON object a line (docs/live-evaluation.md).")],
    check: Annotated[bool, typer.Option("--check", help="Only read the file and say what is wrong in it.")] = False,
    times: Annotated[int, typer.Option(min=1, max=64, help="Play each with so many seeds; reports pass^k.")] = 1,
    faults: Annotated[bool, typer.Option("--faults", help="Deliver messages twice and kill services.")] = False,
    only: Annotated[list[str] | None, typer.Option(help="Id of a task to play; may be given again.")] = None,
    show: Annotated[bool, typer.Option("--show", help="Print every conversation, not only the failures.")] = False,
    customer_model: Annotated[
        tuple[str, str] | None,
        typer.Option(metavar="URL NAME", help="An OpenAI-compatible server and its model, which plays the customers."),
    ] = None,
    min_reached: Annotated[float, typer.Option(min=0, max=1, help="Least share of runs that reach their goal.")] = 1.0,
    min_clean: Annotated[float, typer.Option(min=0, max=1, help="Least share of clean runs.")] = 0.0,
    workspaces_dir: Annotated[
        list[Path] | None, typer.Option(help="A further folder of manifests; may be given again.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
    html: Annotated[
        Path | None, typer.Option(help="Also write the report as a page; needs the development extra.")
    ] = None,
) -> None:
    """Plays customers who react to replies. Status 1 under the least shares, 2 for an unusable file."""
    tasks = _read(file, only or [], workspaces_dir or [])
    if check:
        businesses = {business.workspace.id for _, business in tasks}
        print(f"{file}: {len(tasks)} tasks of {len(businesses)} businesses are well formed")
        raise typer.Exit
    page = _page_writer() if html else None
    model = ModelCustomer(*customer_model) if customer_model else None
    results = _play(tasks, Order(times, faults, model, lambda count: _progress(count, len(tasks) * times)))
    summary = summarise(results, times)
    if html and page:
        _write(html, page(summary, file.name + (", with faults" if faults else "")))
    if show:
        _show(results)
    print(json.dumps(summary, ensure_ascii=False) if as_json else render(summary))
    raise typer.Exit(0 if summary["reached"] >= min_reached and summary["clean"] >= min_clean else 1)


def _read(file: Path, only: list[str], folders: list[Path]) -> Loaded:
    try:
        tasks = read_tasks(file, load(CliSettings).workspaces_dir, *folders)
    except FileError as error:
        _fail(str(error))
    unknown = set(only) - {task.id for task, _ in tasks}
    if unknown:
        _fail(f"--only: expected ids of {file}, got {', '.join(sorted(unknown))}")
    return [each for each in tasks if not only or each[0].id in only]


def _play(tasks: Loaded, order: Order) -> list[Result]:
    try:
        return play(tasks, order)
    except (StartError, StageError, ModelError) as error:
        _fail(str(error))


def _page_writer() -> Page:
    """What makes the page. Ends the command where the development extra is not installed."""
    try:
        from cli.evaluation.live.page import page
    except ModuleNotFoundError as error:
        _fail(f"--html: {error.name} is not installed; make dev installs what pages need (requirements/dev.txt)")
    return page


def _show(results: list[Result]) -> None:
    for task, runs in results:
        for run, verdict in runs:
            how = "clean" if verdict.clean else "reached" if verdict.reached else "not reached"
            print(f"{task.id} (seed {run.seed}): {how}, {verdict.messages} messages, {run.over}\n{run.text()}\n")


def _write(file: Path, text: str) -> None:
    try:
        file.write_text(text, encoding="utf-8")
    except OSError as error:
        _fail(f"{file}: expected a file that can be written: {error.strerror}")


def _progress(done: int, total: int) -> None:
    if sys.stderr.isatty():
        print(f"\r{done} of {total} conversations", end="" if done < total else "\n", file=sys.stderr, flush=True)


def _fail(message: str) -> NoReturn:
    for line in message.splitlines():
        print(f"pulpo eval live: {line}", file=sys.stderr)
    raise typer.Exit(2)
