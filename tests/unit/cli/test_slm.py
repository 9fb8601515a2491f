"""What `pulpo up --slm cpu` starts, and what it tells the mesh."""

from pathlib import Path

import pytest

from cli.local.processes import environment_of
from cli.local.slm import Engines, ServingError, find_serving
from cli.models.folder import write_serving

SERVING = """
served_model_name: ours
prompt: tuned
calibration: "1.5"
confidence_threshold: 0.97
max_tokens: 128
engine_flags: [--enforce-eager, '--structured-outputs-config={"backend":"xgrammar"}']
environment: {VLLM_CPU_KVCACHE_SPACE: 1}
"""


@pytest.fixture
def engine(tmp_path: Path) -> Engines:
    programs = Engines(tmp_path / "vllm", tmp_path / "python")
    programs.vllm.touch()
    return programs


@pytest.fixture
def model(tmp_path: Path) -> Path:
    folder = tmp_path / "model"
    folder.mkdir()
    (folder / "serving.yaml").write_text(SERVING, encoding="utf-8")
    (folder / "model.safetensors").touch()
    return folder


def test_the_engine_and_the_mesh_are_told_what_the_file_says(model: Path, engine: Engines) -> None:
    serving = find_serving({"PULPO_VLLM_PORT": "8123"}, model, engine)
    flags = ["--enforce-eager", '--structured-outputs-config={"backend":"xgrammar"}']
    where = ["--served-model-name", "ours", "--host", "127.0.0.1", "--port", "8123"]
    assert serving.program.command() == [str(engine.vllm), "serve", str(model), *where, *flags]
    assert serving.program.settings["VLLM_CPU_KVCACHE_SPACE"] == "1"
    assert serving.program.settings["HF_HUB_OFFLINE"] == "1"
    assert serving.program.late
    assert serving.settings == {
        "ENABLE_SLM_PIPELINE": "true",
        "SLM_EXTRACTOR_URL": "http://127.0.0.1:8123/v1",
        "SLM_EXTRACTOR_MODEL": "ours",
        "SLM_EXTRACTOR_PROMPT": "tuned",
        "SLM_EXTRACTOR_CALIBRATION": "1.5",
        "SLM_CONFIDENCE_THRESHOLD": "0.97",
        "SLM_EXTRACTOR_MAX_TOKENS": "128",
    }


def test_the_engine_alone_has_the_key_that_it_asks_for(model: Path, engine: Engines) -> None:
    environment = {"VLLM_API_KEY": "key", "VLLM_CPU_KVCACHE_SPACE": "9", "SLM_API_KEY": "other", "PATH": "/bin"}
    program = find_serving(environment, model, engine).program
    given = environment_of(program, environment, "")
    assert (given["VLLM_API_KEY"], given["VLLM_CPU_KVCACHE_SPACE"], given["PATH"]) == ("key", "1", "/bin")
    assert "SLM_API_KEY" not in given


def test_quantised_weights_are_served_by_llama_cpp_and_its_settings_go_to_the_extractor(
    tmp_path: Path, engine: Engines
) -> None:
    (tmp_path / "tiny.gguf").touch()
    write_serving("tiny", tmp_path)
    with pytest.raises(ServingError, match=r"no engine at .*python"):
        find_serving({}, tmp_path, engine)
    engine.llama.touch()
    serving = find_serving({"LLAMA_API_KEY": "key", "VLLM_API_KEY": "other"}, tmp_path, engine)
    python, script, weights, *flags = serving.program.command()
    assert (python, Path(script).name, weights) == (str(engine.llama), "llama_server.py", str(tmp_path / "tiny.gguf"))
    assert flags[:2] == ["--served-model-name", "tiny"]
    assert "--parallel=2" in flags
    assert serving.program.settings["LLAMA_API_KEY"] == "key"
    assert "VLLM_API_KEY" not in serving.program.settings
    assert serving.settings["SLM_ENGINE"] == "llama.cpp"
    (tmp_path / "other.gguf").touch()
    with pytest.raises(ServingError, match=r"one \*\.gguf"):
        find_serving({}, tmp_path, engine)


def test_what_somebody_has_set_wins_over_the_file(model: Path, engine: Engines) -> None:
    serving = find_serving({"SLM_CONFIDENCE_THRESHOLD": "0.5", "SLM_EXTRACTOR_CALIBRATION": ""}, model, engine)
    assert serving.settings["SLM_CONFIDENCE_THRESHOLD"] == "0.5"
    assert serving.settings["SLM_EXTRACTOR_CALIBRATION"] == "1.5"


def test_what_is_missing_is_one_line(model: Path, engine: Engines, tmp_path: Path) -> None:
    with pytest.raises(ServingError, match=r"no engine at .*: make run SLM=cpu SLM_MODEL=.* installs it"):
        find_serving({}, model, Engines(tmp_path / "none", tmp_path / "none"))
    with pytest.raises(ServingError, match="expected readable YAML"):
        find_serving({}, tmp_path, engine)
    (model / "model.safetensors").unlink()
    with pytest.raises(ServingError, match="expected a model's weights"):
        find_serving({}, model, engine)


@pytest.mark.parametrize(
    "text", ["[]", "served_model_name: x", "{served_model_name: x, engine_flags: [], port: 5}", "}", "a: [1"]
)
def test_a_file_that_says_something_else_is_refused(model: Path, engine: Engines, text: str) -> None:
    (model / "serving.yaml").write_text(text, encoding="utf-8")
    with pytest.raises(ServingError, match=r"serving\.yaml"):
        find_serving({}, model, engine)


def test_a_port_that_is_none_is_named(model: Path, engine: Engines) -> None:
    with pytest.raises(ValueError, match="PULPO_VLLM_PORT"):
        find_serving({"PULPO_VLLM_PORT": "x"}, model, engine)
