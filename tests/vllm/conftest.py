"""The real engine, vLLM on the CPU, serving a tiny model with random weights. `make test-vllm` sets it up."""

import itertools
import os
import signal
import subprocess
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import httpx2
import pytest

from cli.local.processes import free_ports
from tests.mesh.tools.harness import ROOT, until

PROGRAM = "PULPO_TEST_VLLM"
"""Variable that names the engine's program; without it these tests are skipped."""
TINY = ROOT / "build" / "tiny-slm"
"""Random weights: knows nothing, writes anything that the grammar lets it."""
OURS = ROOT / "models" / "extractor-slm"
"""The model that this project trains; its tests are skipped while its weights are not there."""
START_S = 900
"""Longest start, on a machine that does other things, too."""
IN_FLIGHT = 40
"""Requests that an engine takes at once, running and waiting; it answers 503 to one more."""
TINY_FLAGS = (
    "--enforce-eager", "--max-model-len=4096", "--enable-prefix-caching", "--enable-prompt-tokens-details",
    f"--max-num-queued-reqs={IN_FLIGHT}", "--max-num-seqs=32", "--dtype=bfloat16",
    '--structured-outputs-config={"backend":"xgrammar","disable_any_whitespace":true}',
)  # fmt: skip


class Engine:
    """A vLLM on a port of its own."""

    def __init__(self, program: str, log: Path, model: Path, name: str, flags: Sequence[str]) -> None:
        self._program = program
        self._log = log
        self._model = model
        self._flags = flags
        self.name = name
        self._process: subprocess.Popen[bytes] | None = None
        self.port = free_ports(1)[0]

    @property
    def url(self) -> str:
        """What a setting names."""
        return f"http://127.0.0.1:{self.port}/v1"

    def start(self) -> None:
        """Starts it and waits until it is healthy."""
        options = ["--served-model-name", self.name, "--host", "127.0.0.1", "--port", str(self.port), *self._flags]
        offline = {"VLLM_CPU_KVCACHE_SPACE": "1", "HF_HUB_OFFLINE": "1", "VLLM_NO_USAGE_STATS": "1"}
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(
                [self._program, "serve", str(self._model), *options],
                env={**os.environ, **offline},
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        until(self._is_healthy, "the engine is healthy", START_S)

    def kill(self) -> None:
        """kill -9, it and all its processes."""
        if self._process is not None:
            os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait(30)
            self._process = None

    def metric(self, name: str, label: str = "") -> float:
        """The sum of a metric's series that have a label."""
        text = httpx2.get(f"http://127.0.0.1:{self.port}/metrics", timeout=30).text
        rows = [row for row in text.splitlines() if row.startswith(name + "{") and label in row]
        return sum(float(row.rsplit(" ", 1)[1]) for row in rows)

    def _is_healthy(self) -> bool:
        assert self._process is not None
        assert self._process.poll() is None, f"the engine ended; see {self._log}"
        try:
            return httpx2.get(f"http://127.0.0.1:{self.port}/health", timeout=5).status_code == 200
        except httpx2.HTTPError:
            return False


@contextmanager
def running_engine(model: Path, name: str, flags: Sequence[str]) -> Iterator[Engine]:
    """An engine that is up."""
    engine = Engine(program(), ROOT / "build" / "vllm.log", model, name, flags)
    try:
        engine.start()
        yield engine
    finally:
        engine.kill()


def program() -> str:
    """The engine's program; skips the test where there is none."""
    found = os.environ.get(PROGRAM)
    if not found:
        pytest.skip("no engine: `make test-vllm` sets one up")
    return found


@pytest.fixture(scope="module")
def engine() -> Iterator[Engine]:
    """One engine for a module's tests, with the tiny model; who kills it starts it again."""
    with running_engine(TINY, "tiny", TINY_FLAGS) as running:
        yield running


_numbers = itertools.count(51000000)


@pytest.fixture
def new_customer() -> Callable[[], str]:
    """Gives phones that nobody used before."""
    return lambda: f"+54911{next(_numbers)}"
