"""`pulpo up --slm cpu`: an engine beside the mesh, supervised. A stand-in for vLLM; the real one is in tests/vllm."""

import os
import signal
import sys
from collections.abc import Callable, Iterator

import pytest

from cli.local.processes import free_ports
from tests.mesh.test_models import sources
from tests.mesh.tools.harness import ROOT, Mesh, running_mesh, until

ENGINE = f"""#!{sys.executable}
import signal, sys, threading
sys.path[:0] = [{str(ROOT)!r}, {str(ROOT / "services")!r}]
from tests.model_stub import ModelStub
assert sys.argv[1] == "serve" and sys.argv[-1] == "--enforce-eager", sys.argv
done = threading.Event()
signal.signal(signal.SIGTERM, lambda *_: done.set())
with ModelStub(port=int(sys.argv[sys.argv.index("--port") + 1])).up():
    done.wait()
"""


@pytest.fixture(scope="module")
def engine_mesh(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Mesh]:
    """A mesh and its engine."""
    folder = tmp_path_factory.mktemp("slm-engine")
    engine, model = folder / "vllm", folder / "model"
    engine.write_text(ENGINE, encoding="utf-8")
    engine.chmod(0o755)
    model.mkdir()
    (model / "model.safetensors").touch()
    (model / "serving.yaml").write_text("served_model_name: ours\nengine_flags: [--enforce-eager]\n", encoding="utf-8")
    settings = {"PULPO_VLLM": str(engine), "PULPO_VLLM_PORT": str(free_ports(1)[0]), "SLM_EXTRACTOR_TIMEOUT_MS": "2000"}
    data = folder / "data"
    with running_mesh(data, "--slm", "cpu", "--slm-model", str(model), **settings) as running:
        yield running
    assert not list((data / "logs").glob("*.pid")), "everything was ended, the engine too"


def wait_for_model(mesh: Mesh, new_customer: Callable[[], str]) -> None:
    """Writes until the model reads."""

    def reads() -> bool:
        mesh.say(new_customer(), "hola")
        return sources(mesh)[-1] == ("slm", "slm")

    until(reads, "the model reads", 120)


def test_the_extractor_asks_the_engine_and_a_dead_one_is_started_again(
    engine_mesh: Mesh, new_customer: Callable[[], str]
) -> None:
    wait_for_model(engine_mesh, new_customer)
    first = engine_mesh.pid("vllm")
    os.kill(first, signal.SIGKILL)
    assert engine_mesh.say(new_customer(), "hola")
    until(lambda: engine_mesh.pid("vllm") != first, "it is started again", 60)
    wait_for_model(engine_mesh, new_customer)
