"""`pulpo eval nlu FILE.jsonl`: how well messages are understood, measured on labelled ones."""

import json
import sys
from pathlib import Path
from typing import Annotated, NoReturn

import typer

from cli.eval_nlu_file import Labelled, LabelledFileError, read_labelled
from cli.eval_nlu_html import page
from cli.eval_nlu_readers import Ask, ReaderError, in_process, over_grpc
from cli.eval_nlu_report import render, summarise
from cli.nlu_metrics import Pair

WORKSPACES = Path("k8s/base/workspaces")


def eval_nlu(
    file: Annotated[Path, typer.Argument(help="Labelled messages, a JSON object in each line.")],
    workspace: Annotated[str, typer.Option("--workspace", "-w", help="Id of the business.")] = "estudio-pulpo",
    workspaces_dir: Annotated[Path, typer.Option(help="Folder of the manifests.")] = WORKSPACES,
    target: Annotated[
        str | None, typer.Option(help="host:port of a running extractor; in this process when left out.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
    html: Annotated[Path | None, typer.Option(help="Also write the report as a page, with plots.")] = None,
) -> None:
    """Measures intents, slots, calibration and latency on labelled messages. Status 2 on an unusable file."""
    try:
        rows = read_labelled(file)
        with over_grpc(target, workspace) if target else in_process(workspace, workspaces_dir) as ask:
            pairs = measure(rows, ask)
    except (LabelledFileError, ReaderError) as error:
        _fail(str(error))
    summary = summarise(pairs)
    if html:
        _write(html, page(summary, f"{file.name}, {workspace}, {target or 'in process'}"))
    print(json.dumps(summary, ensure_ascii=False) if as_json else render(summary))


def measure(rows: list[Labelled], ask: Ask) -> list[Pair]:
    """Asks about every message, after one that does not count, so that loading is not in the times."""
    if rows:
        ask(rows[0])
    pairs = []
    for done, row in enumerate(rows, 1):
        pairs.append((row, ask(row)))
        _progress(done, len(rows))
    return pairs


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
