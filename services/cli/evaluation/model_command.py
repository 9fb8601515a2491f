"""`pulpo eval models`: whether a language model earns its place beside code."""

import asyncio
import json
import sys
from pathlib import Path
from typing import Annotated, Any

import typer
from pydantic import ValidationError

from cli.evaluation.labelled_file import LabelledFileError, objects_of, read_labelled
from cli.evaluation.model_answers import KeptAnswers
from cli.evaluation.model_table import LabelledSet, Row, as_json, by_both, by_code, by_model, default_files, text_of
from cli.evaluation.readers import message_of
from cli.evaluation.reading_file import read_readings
from cli.support.errors import fail
from extractor.reading.reader import Reader
from extractor.settings import ExtractorSettings
from extractor.slm.asking import Asking
from extractor.wiring import make_model_reader
from runtime.models.backend import ModelError
from runtime.models.client import ChatModel, make_http_client
from runtime.settings import explain
from workspace.errors import ManifestError
from workspace.loader import load_workspace

SALON = Path("k8s/base/workspaces/estudio-pulpo.yaml")
"""The manifest of files that name none."""


def models(
    files: Annotated[
        list[str] | None,
        typer.Argument(help="NAME=FILE or NAME=FILE,MANIFEST; the sets of this checkout when left out."),
    ] = None,
    url: Annotated[str, typer.Option(help="Base URL of the model's server; SLM_EXTRACTOR_URL when empty.")] = "",
    model: Annotated[str, typer.Option(help="The name that it serves the model under.")] = "",
    sample: Annotated[int, typer.Option(min=0, help="Messages of each file that the model alone reads; 0: all.")] = 40,
    cache: Annotated[Path, typer.Option(help="Folder that keeps answers; they are not asked for again.")] = Path(
        "build/model-answers"
    ),
    offline: Annotated[bool, typer.Option("--offline", help="Ask nothing; count the answers that are kept.")] = False,
    wait: Annotated[float, typer.Option(help="Longest wait for one answer, seconds.")] = 120.0,
    as_json_too: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Measures code alone, the model alone, and code with the model where it is not sure, on labelled files. Goes on
    where it was stopped. The model is asked as SLM_EXTRACTOR_* say, one question at a time."""
    try:
        settings = _settings(url, model)
        sets = [_set(name, file, manifest, settings) for name, file, manifest in _wanted(files or [])]
        rows = asyncio.run(_measured(sets, settings, cache, sample, wait, asks=not offline))
    except (LabelledFileError, ManifestError) as error:
        fail(f"eval models: {error}")
    except ModelError as error:
        fail(f"eval models: the model's server gives no answer ({error.reason}); what was answered is kept in {cache}")
    told = [as_json(row) for row in rows]
    print(json.dumps(told) if as_json_too else text_of(told))


def _wanted(files: list[str]) -> list[tuple[str, Path, Path]]:
    if not files:
        return default_files(Path())
    found = []
    for each in files:
        name, _, rest = each.rpartition("=")
        file, _, manifest = rest.partition(",")
        found.append((name or Path(file).stem, Path(file), Path(manifest) if manifest else SALON))
    return found


def _set(name: str, file: Path, manifest: Path, settings: ExtractorSettings) -> LabelledSet:
    """A labelled file of either form. Raises LabelledFileError and ManifestError."""
    workspace = load_workspace(manifest)
    reader = Reader(workspace)
    if "reading" in objects_of(file)[0][2]:
        here = [row for row in read_readings(file) if row.workspace in ("", workspace.id)]
        rows: list[tuple[object, object]] = [(row, row.message) for row in here]
    else:
        rows = [(row, message_of(row)) for row in read_labelled(file)]
    return LabelledSet(name, rows, reader, make_model_reader(workspace, reader, settings))  # type: ignore[arg-type]


async def _measured(
    sets: list[LabelledSet], settings: ExtractorSettings, cache: Path, sample: int, wait: float, *, asks: bool
) -> list[Row]:
    http, backend = make_http_client(), settings.backends()[0]
    answers = KeptAnswers(ChatModel(backend, http), cache, wait_s=wait, asks=asks)
    asking = Asking("unsure", settings.slm_ask_below)
    rows = []
    try:
        for one in sets:
            rows.append(by_code(one))
            rows.append(await by_model(one, answers, sample, _tell))
            rows.append(await by_both(one, answers, asking, backend))
    finally:
        await http.aclose()
    return rows


def _settings(url: str, model: str) -> ExtractorSettings:
    """The extractor's settings, with a model that mends. Ends the command where they are wrong."""
    named: dict[str, Any] = {"slm_extractor_url": url, "slm_extractor_model": model, "slm_ask": "unsure"}
    try:
        settings = ExtractorSettings(**{name: value for name, value in named.items() if value})
    except ValidationError as error:
        fail(f"eval models: {'; '.join(explain(error, ExtractorSettings))}")
    if not settings.slm_extractor_url:
        fail("eval models: needs SLM_EXTRACTOR_URL and SLM_EXTRACTOR_MODEL, or --url and --model")
    return settings


def _tell(line: str) -> None:
    print(line, file=sys.stderr, flush=True)
