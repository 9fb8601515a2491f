"""A model server for tests: the OpenAI chat API over real HTTP, answering whatever a test wants."""

import asyncio
import json
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from cli.local.processes import free_ports


@dataclass(frozen=True)
class Answer:
    """What the server does with one request."""

    status: int = 200
    body: bytes = b""
    hang: bool = False
    """Never answers; ends when the client goes away."""


Behaviour = Callable[[dict[str, Any]], Answer]


def chat(
    text: str | None,
    *,
    logprob: float = -0.01,
    finish: str = "stop",
    logprobs: Any = "own",
    refusal: str | None = None,
    usage: Any = None,
) -> Answer:
    """A finished answer; its tokens are pieces of three bytes."""
    pieces = _cut(text or "")
    own = {"content": [{"token": "?", "bytes": list(piece), "logprob": logprob} for piece in pieces]}
    choice = {
        "index": 0,
        "finish_reason": finish,
        "message": {"role": "assistant", "content": text, "refusal": refusal},
        "logprobs": own if logprobs == "own" else logprobs,
    }
    counts = {"prompt_tokens": 700, "completion_tokens": len(pieces), "prompt_tokens_details": {"cached_tokens": 600}}
    document = {"id": "x", "object": "chat.completion", "choices": [choice], "usage": usage or counts}
    return Answer(body=json.dumps(document).encode())


def _cut(text: str) -> list[bytes]:
    data = text.encode()
    return [data[at : at + 3] for at in range(0, len(data), 3)]


def as_json(document: object, **options: Any) -> Answer:
    """A finished answer that is this document."""
    return chat(json.dumps(document, ensure_ascii=False), **options)


HANG = Answer(hang=True)
BUSY = Answer(503, b'{"error":{"message":"queue is full"}}')


@dataclass
class ModelStub:
    """A server on a port of its own, in a thread of its own."""

    behave: Behaviour = field(default=lambda _: as_json({"intent": "greeting", "slots": {}}))
    port: int = field(default_factory=lambda: free_ports(1)[0])
    requests: list[dict[str, Any]] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)
    clients: set[tuple[str, int]] = field(default_factory=set)
    hanging: threading.Event = field(default_factory=threading.Event)
    aborted: threading.Event = field(default_factory=threading.Event)

    @property
    def url(self) -> str:
        """What a setting names."""
        return f"http://127.0.0.1:{self.port}/v1"

    @contextmanager
    def up(self) -> Iterator["ModelStub"]:
        """Serves until the block ends; may be used again. Ending breaks all connections."""
        server = uvicorn.Server(
            uvicorn.Config(
                Starlette(
                    routes=[
                        Route("/v1/chat/completions", self._complete, methods=["POST"]),
                        Route("/health", lambda _: Response()),
                    ]
                ),
                host="127.0.0.1",
                port=self.port,
                lifespan="off",
                ws="none",
                log_level="critical",
                timeout_keep_alive=600,
                timeout_graceful_shutdown=1,
            )
        )
        ready = threading.Event()
        thread = threading.Thread(target=lambda: asyncio.run(self._serve(server, ready)), daemon=True)
        thread.start()
        assert ready.wait(30)
        try:
            yield self
        finally:
            server.should_exit = server.force_exit = True
            thread.join(30)
            assert not thread.is_alive()

    async def _serve(self, server: uvicorn.Server, ready: threading.Event) -> None:
        listener = socket.socket()
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(("127.0.0.1", self.port))
        listener.listen(128)
        ready.set()
        try:
            await server._serve([listener])
        finally:
            listener.close()

    async def _complete(self, request: Request) -> Response:
        body = await request.json()
        self.requests.append(body)
        self.headers.append(dict(request.headers))
        assert request.client is not None
        self.clients.add((request.client.host, request.client.port))
        answer = self.behave(body)
        if answer.hang:
            self.hanging.set()
            while (await request.receive())["type"] != "http.disconnect":
                pass
            self.aborted.set()
        return Response(answer.body, answer.status, media_type="application/json")


@contextmanager
def model_server(behave: Behaviour | None = None) -> Iterator[ModelStub]:
    """A model server that is up."""
    stub = ModelStub()
    if behave is not None:
        stub.behave = behave
    with stub.up():
        yield stub
