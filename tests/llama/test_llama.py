"""Our client on llama.cpp with real weights: about form and operation, not about what the model knows.
`make test-models` sets it up."""

import asyncio
import os
import signal
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx2
import pytest

from cli.local.processes import free_ports
from cli.models import llama_server
from extractor.reading.reader import Reader
from extractor.slm.model_reader import Sureness
from extractor.slm.short_reader import ShortReader
from runtime.models.backend import Ask, Backend, ModelError
from runtime.models.client import ChatModel, make_http_client
from tests.mesh.tools.harness import ROOT, until
from tests.unit.extractor.scoring import workspace
from tests.vllm.test_engine import MESSAGES, messages

PYTHON, WEIGHTS = "PULPO_TEST_LLAMA", "PULPO_TEST_WEIGHTS"
"""The Python that has llama.cpp, and a folder with one GGUF file; without them these tests are skipped."""
pytestmark = [pytest.mark.timeout(900), pytest.mark.skipif(not os.environ.get(PYTHON), reason="make test-models")]
START_S, ANSWER_S = 300.0, 240.0
PARALLEL = 2


@dataclass
class Server:
    """A server and its process."""

    process: subprocess.Popen[bytes]
    url: str

    def metric(self, name: str) -> float:
        """A metric's value; 0 before it has one."""
        text = httpx2.get(self.url.replace("/v1", "/metrics"), timeout=30).text
        return sum(float(row.rsplit(" ", 1)[1]) for row in text.splitlines() if row.startswith(f"llamacpp:{name} "))

    def is_up(self) -> bool:
        """Whether it has loaded the weights."""
        assert self.process.poll() is None, "the server ended; see build/llama.log"
        try:
            return httpx2.get(self.url.replace("/v1", "/health"), timeout=5).status_code == 200
        except httpx2.HTTPError:
            return False


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    """One server for all tests; the last one ends it."""
    (weights,) = Path(os.environ[WEIGHTS]).glob("*.gguf")
    port = free_ports(1)[0]
    options = ["--served-model-name", "real", "--port", str(port), "--context", "4096", "--parallel", str(PARALLEL)]
    (ROOT / "build").mkdir(exist_ok=True)
    with (ROOT / "build" / "llama.log").open("ab") as log:
        command = [os.environ[PYTHON], str(llama_server.__file__), str(weights), *options]
        running = Server(subprocess.Popen(command, stdout=log, stderr=log), f"http://127.0.0.1:{port}/v1")
    try:
        until(running.is_up, "the weights are loaded", START_S)
        yield running
    finally:
        running.process.kill()
        running.process.wait(30)


def backend(server: Server, timeout_s: float = ANSWER_S) -> Backend:
    return Backend("slm", server.url, "real", timeout_s, engine="llama.cpp")


async def test_every_answer_keeps_to_the_form_and_tells_its_probabilities(server: Server) -> None:
    salon = workspace()
    reader = ShortReader(salon, Reader(salon), Sureness(threshold=0), 100)
    cached = asked = 0
    async with make_http_client() as http:
        model = ChatModel(backend(server), http)
        for message in messages(MESSAGES, 6):
            completion = await model.complete(reader.ask(message))
            document = reader.document(completion.text)
            assert document["acts"]
            assert "".join(token.data.decode("utf-8", "replace") for token in completion.tokens) == completion.text
            cached, asked = cached + completion.cached_tokens, asked + completion.prompt_tokens
    assert cached / asked > 0.6, "the head is read once"


async def test_a_request_that_nobody_waits_for_is_given_up(server: Server) -> None:
    endless = {"type": "string", "pattern": "^[a-z]{3000}$"}
    ask = Ask("write letters", "now", endless, "endless", 2500, 0.1)
    async with make_http_client() as http:
        model = ChatModel(backend(server, 2.0), http)
        with pytest.raises(ModelError, match="timeout"):
            await model.complete(ask)
    until(lambda: server.metric("requests_processing") == 0, "its slot is free again", 60)


async def test_more_than_it_works_at_wait_and_are_answered(server: Server) -> None:
    ask = Ask("say yes", "yes or no?", {"type": "string", "enum": ["yes", "no"]}, "answer", 8, 0.1)
    async with make_http_client() as http:
        model = ChatModel(backend(server), http)
        answers = await asyncio.gather(*(model.complete(ask) for _ in range(3 * PARALLEL)))
    assert {answer.text for answer in answers} <= {'"yes"', '"no"'}


def test_it_ends_when_it_is_told_to(server: Server) -> None:
    server.process.send_signal(signal.SIGTERM)
    assert server.process.wait(60) == 0
