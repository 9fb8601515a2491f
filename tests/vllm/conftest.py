"""The real engine, vLLM on the CPU, serving a tiny model with random weights. `make test-vllm` sets it up."""

import os
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx2
import pytest

from tests.mesh.harness import ROOT, until
from tests.model_stub import free_port

PROGRAM = "PULPO_TEST_VLLM"
"""Variable that names the engine's program; without it these tests are skipped."""
MODEL = ROOT / "build" / "tiny-slm"
STRUCTURED = '{"backend":"xgrammar","disable_any_whitespace":true}'


class Engine:
    """A vLLM on a port of its own."""

    def __init__(self, program: str, log: Path) -> None:
        self._program = program
        self._log = log
        self._process: subprocess.Popen[bytes] | None = None
        self.port = free_port()

    @property
    def url(self) -> str:
        """What a setting names."""
        return f"http://127.0.0.1:{self.port}/v1"

    def start(self) -> None:
        """Starts it and waits until it is healthy."""
        options = ["--served-model-name", "tiny", "--host", "127.0.0.1", "--port", str(self.port), "--enforce-eager"]
        options += ["--max-model-len", "4096", "--structured-outputs-config", STRUCTURED, "--enable-prefix-caching"]
        offline = {"VLLM_CPU_KVCACHE_SPACE": "1", "HF_HUB_OFFLINE": "1", "VLLM_NO_USAGE_STATS": "1"}
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(
                [self._program, "serve", str(MODEL), *options],
                env={**os.environ, **offline},
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        until(self._is_healthy, "the engine is healthy", 300)

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
def running_engine(log: Path) -> Iterator[Engine]:
    """An engine that is up."""
    program = os.environ.get(PROGRAM)
    if not program:
        pytest.skip("no engine: `make test-vllm` sets one up")
    engine = Engine(program, log)
    try:
        engine.start()
        yield engine
    finally:
        engine.kill()


@pytest.fixture(scope="session")
def engine() -> Iterator[Engine]:
    """One engine for all tests; who kills it starts it again."""
    log = ROOT / "build" / "vllm.log"
    with running_engine(log) as running:
        yield running
