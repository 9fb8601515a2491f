"""The engine of `pulpo up --slm cpu` on this machine's processors, serving the model of a folder: vLLM, or llama.cpp
for quantised weights (GGUF).

How a model is served and asked stands beside it, in serving.yaml.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from cli.local.processes import Port, Program
from cli.models import llama_server

MODEL = Path("models/extractor-slm")
"""The model that the extractor asks."""
PORT = Port("HTTP", "PULPO_VLLM_PORT", 8000)
_SCHEMA: Mapping[str, Any] = {
    "type": "object",
    "additionalProperties": False,
    "required": ["served_model_name", "engine_flags"],
    "properties": {
        "served_model_name": {"type": "string", "minLength": 1},
        "engine": {"enum": ["vllm", "llama.cpp"]},
        "prompt": {"type": "string"},
        "schema": {"type": "string"},
        "ask": {"enum": ["always", "unsure"]},
        "calibration": {"type": ["string", "number"]},
        "confidence_threshold": {"type": "number", "minimum": 0, "maximum": 1},
        "max_tokens": {"type": "integer"},
        "at_once": {"type": "integer", "minimum": 1},
        "timeout_ms": {"type": "integer", "minimum": 10},
        "engine_flags": {"type": "array", "items": {"type": "string"}},
        "environment": {"type": "object", "additionalProperties": {"type": ["string", "integer"]}},
    },
}


_FITTING = {
    "SLM_ENGINE": "engine",
    "SLM_EXTRACTOR_PROMPT": "prompt",
    "SLM_EXTRACTOR_SCHEMA": "schema",
    "SLM_ASK": "ask",
    "SLM_AT_ONCE": "at_once",
    "SLM_EXTRACTOR_TIMEOUT_MS": "timeout_ms",
    "SLM_EXTRACTOR_CALIBRATION": "calibration",
    "SLM_CONFIDENCE_THRESHOLD": "confidence_threshold",
    "SLM_EXTRACTOR_MAX_TOKENS": "max_tokens",
}
"""Settings that go with a model, and where its folder says them."""


class ServingError(Exception):
    """The engine cannot be started; the text is the one line to show."""


@dataclass(frozen=True)
class Serving:
    """A model that the engine serves."""

    program: Program
    """The engine's process."""
    settings: Mapping[str, str]
    """What the mesh's services must be told, by variable."""


@dataclass(frozen=True)
class Engines:
    """The programs that may serve a model."""

    vllm: Path
    """Its command."""
    llama: Path
    """The Python of the environment that has llama.cpp."""


def find_serving(environment: Mapping[str, str], model: Path, engines: Engines) -> Serving:
    """The engine, a program, and its model, a folder. Raises ServingError, and ValueError for a port that is none."""
    told = _read(model / "serving.yaml")
    kind = told.get("engine", "vllm")
    engine = engines.llama if kind == "llama.cpp" else engines.vllm
    if not engine.is_file():
        raise ServingError(f"no engine at {engine}: make run SLM=cpu SLM_MODEL={model} installs it")
    name, port = str(told["served_model_name"]), PORT.number(environment)
    where = ("--served-model-name", name, "--host", "127.0.0.1", "--port", str(port))
    program = Program(
        "llama" if kind == "llama.cpp" else "vllm",
        (PORT,),
        argv=(str(engine.absolute()), *_what(kind, model), *where, *told["engine_flags"]),
        settings={**_own_variables(environment, kind), **_engine_environment(told)},
        ready_path="/health",
        late=True,
    )
    settings = {
        "ENABLE_SLM_PIPELINE": "true",
        "SLM_EXTRACTOR_URL": f"http://127.0.0.1:{port}/v1",
        "SLM_EXTRACTOR_MODEL": name,
    }
    for variable, key in _FITTING.items():  # what somebody has set wins
        settings[variable] = environment.get(variable) or str(told.get(key, ""))
    return Serving(program, {variable: value for variable, value in settings.items() if value})


def _read(file: Path) -> Mapping[str, Any]:
    from jsonschema import Draft202012Validator  # only a mesh with a model needs it

    try:
        told = yaml.load(file.read_text(encoding="utf-8"), yaml.CSafeLoader)
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise ServingError(f"{file}: expected readable YAML ({type(error).__name__})") from None
    broken = next(Draft202012Validator(_SCHEMA).iter_errors(told), None)
    if broken is not None:
        raise ServingError(
            f"{file}: {broken.json_path} breaks {broken.validator}: {json.dumps(broken.validator_value)}"
        )
    read: Mapping[str, Any] = told
    return read


def _what(kind: str, model: Path) -> tuple[str, ...]:
    """What an engine is told to serve. Raises ServingError where a folder has not the weights that it reads."""
    if kind == "llama.cpp":
        files = sorted(model.glob("*.gguf"))
        if len(files) != 1:
            raise ServingError(f"{model}: expected a model's weights, one *.gguf")
        return (str(Path(llama_server.__file__).absolute()), str(files[0].absolute()))
    if not list(model.glob("*.safetensors")):
        raise ServingError(f"{model}: expected a model's weights (*.safetensors)")
    return ("serve", str(model.absolute()))


def _own_variables(environment: Mapping[str, str], kind: str) -> dict[str, str]:
    """The engine's own, among them the key that it asks for (VLLM_API_KEY or LLAMA_API_KEY), which is for no other
    process."""
    prefix = "LLAMA_" if kind == "llama.cpp" else "VLLM_"
    return {name: value for name, value in environment.items() if name.startswith(prefix)}


def _engine_environment(told: Mapping[str, Any]) -> dict[str, str]:
    """The engine is no package of ours and looks nothing up on a network."""
    ours = {name: str(value) for name, value in (told.get("environment") or {}).items()}
    return {"PYTHONPATH": "", "HF_HUB_OFFLINE": "1", "VLLM_NO_USAGE_STATS": "1", "VLLM_DO_NOT_TRACK": "1", **ours}
