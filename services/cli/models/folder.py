"""What lies beside a model's weights in its folder: how it is served and asked, its licence, and a card that says where
it comes from. What somebody has changed stays."""

from pathlib import Path

from cli.models.catalogue import Source
from cli.support.errors import SetUpError

SERVING = """# How the model of this folder is served and asked by `make run SLM=cpu SLM_MODEL=FOLDER` (docs/models.md).
engine: {engine}
served_model_name: {name}
prompt: examples
schema: extractor_v2_short
ask: unsure
max_tokens: 64
at_once: {at_once}
timeout_ms: 3000
engine_flags: {flags}
"""
_FLAGS = {
    "llama.cpp": "[--context=3072, --parallel=2]",
    "vllm": "[--max-model-len=3072, --dtype=bfloat16, --enforce-eager, --enable-prefix-caching, "
    "--enable-prompt-tokens-details, "
    """'--structured-outputs-config={"backend":"xgrammar","disable_any_whitespace":true}']""",
}
_AT_ONCE = {"llama.cpp": 4, "vllm": 64}
"""Questions under way: llama.cpp works at two and queues the rest without bound."""
CARD = """# {title}

| | |
| --- | --- |
| published by | {publisher} |
| licence | {licence} |
| parameters | {parameters:.2g} |
| weights | `{file}`, {quantised}, {bytes:,} bytes |
| sha256 | `{sha256}`, the publisher's |
| joined from | {packages} |

The weights are as published: nothing is trained or changed. How well the model reads is measured with
`pulpo eval models` (docs/models.md); it was not made for this task, so measure before customers meet it.
"""
_LICENCE = Path(__file__).resolve().parents[3] / "LICENSE"
"""The text of the Apache licence, which is this project's own too."""


def write_papers(source: Source, name: str, folder: Path) -> None:
    """Writes serving.yaml, LICENSE and MODEL_CARD.md of fetched weights where they are not there."""
    packages = f"{len(source.parts)} packages, {source.parts[0].package} {source.parts[0].version} the first"
    _write(folder / "MODEL_CARD.md", CARD.format(packages=packages, **source.model_dump(exclude={"parts"})))
    short = f"SPDX-License-Identifier: {source.licence}\n"
    text = _LICENCE.read_text(encoding="utf-8") if _LICENCE.is_file() else short
    _write(folder / "LICENSE", text)
    write_serving(name, folder)


def write_serving(name: str, folder: Path) -> str:
    """Writes serving.yaml where it is not there; the engine that serves the folder. Raises SetUpError where there are
    no weights that an engine reads."""
    engine = engine_of(folder)
    _write(
        folder / "serving.yaml",
        SERVING.format(engine=engine, name=name, flags=_FLAGS[engine], at_once=_AT_ONCE[engine]),
    )
    return engine


def engine_of(folder: Path) -> str:
    """The engine for the weights of a folder: llama.cpp for one GGUF file, vLLM for safetensors. Raises SetUpError."""
    files = sorted(folder.glob("*.gguf"))
    if len(files) == 1:
        return "llama.cpp"
    if not files and list(folder.glob("*.safetensors")):
        return "vllm"
    raise SetUpError(f"{folder}: expected one *.gguf, or *.safetensors with config.json")


def _write(file: Path, text: str) -> None:
    if not file.exists():
        file.write_text(text, encoding="utf-8")
