"""`pulpo eval`: how well messages are understood, and how whole conversations go."""

import json
import sys
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Annotated, Any, Literal, NoReturn

import typer
from pydantic import ValidationError

from cli.evaluation.coverage import as_markdown, cover
from cli.evaluation.figures import Pair, summarise
from cli.evaluation.labelled_file import Labelled, LabelledFileError, read_labelled
from cli.evaluation.live.command import live
from cli.evaluation.model_command import models
from cli.evaluation.readers import Ask, ReaderError, SlmReader, in_process, over_grpc, read_all, with_model
from cli.evaluation.reading_figures import summarise as summarise_readings
from cli.evaluation.reading_file import read_readings
from cli.evaluation.reading_report import render as render_readings
from cli.evaluation.run_conversations import eval_conversations
from cli.evaluation.text_report import render
from cli.settings import CliSettings
from extractor.packs import SHIPPED, Packs
from extractor.settings import ExtractorSettings
from runtime.settings import explain, load

WORKSPACES = Path("k8s/base/workspaces")
READINGS = Path("tests/unit/extractor/data")
"""Where the labelled readings of the extractor's tests are, in a checkout."""
eval_app = typer.Typer(no_args_is_help=True, help="Measures understanding and whole conversations.")
eval_app.command()(live)
eval_app.command()(models)
JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON.")]


@eval_app.command()
def nlu(
    file: Annotated[Path, typer.Argument(help="Labelled messages, a JSON object in each line.")],
    workspace: Annotated[str, typer.Option("--workspace", "-w", help="Id of the business.")] = "estudio-pulpo",
    workspaces_dir: Annotated[Path, typer.Option(help="Folder of the manifests.")] = WORKSPACES,
    target: Annotated[
        str | None, typer.Option(help="host:port of a running extractor; in this process when left out.")
    ] = None,
    track: Annotated[
        Literal["legacy", "slm"], typer.Option(help="By code, or with the model that SLM_EXTRACTOR_* name.")
    ] = "legacy",
    fallback: Annotated[
        bool, typer.Option(help="With slm: code reads what the model cannot; without, that counts as wrong.")
    ] = True,
    model_url: Annotated[str, typer.Option(help="With slm: base URL of the model's server.")] = "",
    model: Annotated[str, typer.Option(help="With slm: the name that it serves the model under.")] = "",
    concurrency: Annotated[int, typer.Option(min=1, max=64, help="Messages read at once.")] = 1,
    as_json: JsonOption = False,
    html: Annotated[
        Path | None, typer.Option(help="Also write the report as a page, with plots; needs the development extra.")
    ] = None,
) -> None:
    """Measures intents, slots, calibration and latency on labelled messages. Status 2 on an unusable file."""
    page = _page_writer() if html else None
    try:
        rows = read_labelled(file)
        if track == "slm" and not target:
            slm = SlmReader(_settings(model_url, model), workspace, workspaces_dir, fallback=fallback)
            with with_model(slm, rows[0]) as ask:
                pairs = measure(rows, ask, concurrency)
        else:
            slm = None
            with over_grpc(target, workspace, track) if target else in_process(workspace, workspaces_dir) as ask:
                pairs = measure(rows, ask, concurrency)
    except (LabelledFileError, ReaderError) as error:
        _fail(str(error))
    summary = summarise(pairs, slm.traces if slm else None)
    if html and page:
        _write(html, page(summary, f"{file.name}, {workspace}, {target or 'in process'}"))
    print(json.dumps(summary, ensure_ascii=False) if as_json else render(summary))


@eval_app.command()
def reading(
    file: Annotated[Path, typer.Argument(help="Labelled readings in the second form, a JSON object in each line.")],
    workspace: Annotated[
        str, typer.Option("--workspace", "-w", help="Id of the business of lines that name none.")
    ] = "estudio-pulpo",
    workspaces_dir: Annotated[Path, typer.Option(help="Folder of the manifests.")] = WORKSPACES,
    packs: Annotated[
        Path | None, typer.Option(envvar="PULPO_EXTRACTOR_PACKS", help="Folder of further languages and trades.")
    ] = None,
    verbose: Annotated[bool, typer.Option("--verbose", "-v", help="List every reading that is wrong.")] = False,
    as_json: JsonOption = False,
) -> None:
    """Measures readings in the second form, by part and whole, by code. Status 2 on an unusable file."""
    try:
        pairs = read_all(read_readings(file), workspace, workspaces_dir, Packs(packs))
    except (LabelledFileError, ReaderError) as error:
        _fail(str(error), "reading")
    summary = summarise_readings(pairs)
    print(json.dumps(summary, ensure_ascii=False) if as_json else render_readings(summary, verbose=verbose))


@eval_app.command()
def coverage(
    files: Annotated[
        list[Path] | None, typer.Argument(help="Labelled readings; those of the extractor's tests when left out.")
    ] = None,
    workspace: Annotated[
        str, typer.Option("--workspace", "-w", help="Id of the business of lines that name none.")
    ] = "estudio-pulpo",
    workspaces_dir: Annotated[Path, typer.Option(help="Folder of the manifests.")] = WORKSPACES,
    write: Annotated[Path | None, typer.Option(help="Write the page to this file instead of printing it.")] = None,
) -> None:
    """Says which kinds of meaning are read in which language: full, partial or none. Status 2 on an unusable file."""
    chosen = files or sorted(READINGS.glob("reading_*.jsonl"))
    try:
        pairs = [pair for file in chosen for pair in read_all(read_readings(file), workspace, workspaces_dir)]
    except (LabelledFileError, ReaderError) as error:
        _fail(str(error), "coverage")
    languages = tuple(dict.fromkeys((*SHIPPED.everywhere, *sorted({pair.spoken for pair in pairs}))))
    page = as_markdown(cover(pairs, languages), languages, [file.name for file in chosen])
    if write:
        _write(write, page, "coverage")
    else:
        print(page, end="")


@eval_app.command()
def conversations(
    file: Annotated[Path, typer.Argument(help="Conversations, a JSON object a line.")],
    repeat: Annotated[int, typer.Option(min=1, help="Run each so often; reports pass^k.")] = 1,
    as_json: JsonOption = False,
) -> None:
    """Runs conversations through an ephemeral mesh. Status 1 when any fails, 2 for an unusable file."""
    raise typer.Exit(eval_conversations(file, load(CliSettings).workspaces_dir, repeat, as_json=as_json))


def measure(rows: list[Labelled], ask: Ask, concurrency: int = 1) -> list[Pair]:
    """Asks about every message, after one call that does not count, so that loading is not in the times."""
    if rows:
        ask(rows[0])
    pairs = []
    with ThreadPoolExecutor(concurrency) as pool:
        for done, (row, prediction) in enumerate(zip(rows, pool.map(ask, rows), strict=True), 1):
            pairs.append((row, prediction))
            _progress(done, len(rows))
    return pairs


def _settings(url: str, model: str) -> ExtractorSettings:
    """The extractor's, with what the command line names instead."""
    named: dict[str, Any] = {"slm_extractor_url": url, "slm_extractor_model": model}
    try:
        return ExtractorSettings(**{name: value for name, value in named.items() if value})
    except ValidationError as error:
        _fail("; ".join(explain(error, ExtractorSettings)))


def _page_writer() -> Callable[[Mapping[str, Any], str], str]:
    """What makes the page of a summary. Ends the command where the development extra is not installed."""
    try:
        from cli.evaluation.html_report import page
    except ModuleNotFoundError as error:
        _fail(
            f"--html: {error.name} is not installed; make dev installs what pages need (requirements/dev.txt), "
            "and figures without --html need none of it"
        )
    return page


def _progress(done: int, total: int) -> None:
    if sys.stderr.isatty() and (done % 10 == 0 or done == total):
        filled = 30 * done // total
        bar = "█" * filled + "·" * (30 - filled)
        print(f"\r{bar} {done} of {total}", end="" if done < total else "\n", file=sys.stderr, flush=True)


def _write(file: Path, text: str, command: str = "nlu") -> None:
    try:
        file.write_text(text, encoding="utf-8")
    except OSError as error:
        _fail(f"{file}: expected a file that can be written: {error.strerror}", command)


def _fail(message: str, command: str = "nlu") -> NoReturn:
    print(f"pulpo eval {command}: {message}", file=sys.stderr)
    raise typer.Exit(2)
