"""`pulpo eval nlu FILE.jsonl`: how well messages are understood, measured on labelled ones."""

import json
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Annotated, Any, Literal, NoReturn

import typer
from pydantic import ValidationError

from cli.eval_nlu_file import Labelled, LabelledFileError, read_labelled
from cli.eval_nlu_html import page
from cli.eval_nlu_readers import Ask, ReaderError, in_process, over_grpc
from cli.eval_nlu_report import render, summarise
from cli.eval_nlu_slm import SlmReader, model_figures, with_model
from cli.nlu_metrics import Pair
from extractor.settings import ExtractorSettings
from runtime.settings import explain

WORKSPACES = Path("k8s/base/workspaces")


def eval_nlu(
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
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
    html: Annotated[Path | None, typer.Option(help="Also write the report as a page, with plots.")] = None,
) -> None:
    """Measures intents, slots, calibration and latency on labelled messages. Status 2 on an unusable file."""
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
    summary = summarise(pairs) | ({"model": model_figures(pairs, slm.traces)} if slm else {})
    if html:
        _write(html, page(summary, f"{file.name}, {workspace}, {target or 'in process'}"))
    print(json.dumps(summary, ensure_ascii=False) if as_json else render(summary))


def measure(rows: list[Labelled], ask: Ask, concurrency: int = 1) -> list[Pair]:
    """Asks about every message, after one that does not count, so that loading is not in the times."""
    if rows:
        ask(rows[0])
    pairs = []
    with ThreadPoolExecutor(concurrency) as pool:
        for done, (row, answer) in enumerate(zip(rows, pool.map(ask, rows), strict=True), 1):
            pairs.append((row, answer))
            _progress(done, len(rows))
    return pairs


def _settings(url: str, model: str) -> ExtractorSettings:
    """The extractor's, with what the command line names instead."""
    named: dict[str, Any] = {"slm_extractor_url": url, "slm_extractor_model": model}
    try:
        return ExtractorSettings(**{name: value for name, value in named.items() if value})
    except ValidationError as error:
        _fail("; ".join(explain(error, ExtractorSettings)))


def _progress(done: int, total: int) -> None:
    if sys.stderr.isatty() and (done % 10 == 0 or done == total):
        filled = 30 * done // total
        bar = "█" * filled + "·" * (30 - filled)
        print(f"\r{bar} {done} of {total}", end="" if done < total else "\n", file=sys.stderr, flush=True)


def _write(file: Path, text: str) -> None:
    try:
        file.write_text(text, encoding="utf-8")
    except OSError as error:
        _fail(f"{file}: expected a file that can be written: {error.strerror}")


def _fail(message: str) -> NoReturn:
    print(f"pulpo eval nlu: {message}", file=sys.stderr)
    raise typer.Exit(2)


if __name__ == "__main__":
    typer.run(eval_nlu)
