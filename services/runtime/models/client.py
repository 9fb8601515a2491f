"""Asks an OpenAI-compatible chat server, as vLLM and llama.cpp's are. Adapter: the only module that speaks HTTP."""

import asyncio
import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from runtime.models.backend import Ask, Backend, Completion, ModelError, Token
from runtime.rpc.deadline import remaining_s

if TYPE_CHECKING:
    import httpx2  # imported where it is needed: most meshes have no model

MAX_BODY_BYTES = 256 * 1024
"""Largest answer that is read."""
LEAST_S = 0.03
"""With less time left than this a model is not asked."""
KEPT_BACK = 0.1
"""Share of what is left of the caller's time that is kept to answer without the model."""


def make_http_client() -> "httpx2.AsyncClient":
    """The client that all calls of a service share, so that connections are used again. Proxies in the
    environment are not used. How long an answer may take is up to each call."""
    import httpx2

    limits = httpx2.Limits(max_connections=256, max_keepalive_connections=64, keepalive_expiry=60.0)
    return httpx2.AsyncClient(limits=limits, timeout=httpx2.Timeout(None, connect=1.0, pool=1.0), trust_env=False)


class ChatModel:
    """One model on one server."""

    def __init__(self, backend: Backend, http: "httpx2.AsyncClient") -> None:
        self._backend = backend
        self._http = http
        self._in_flight = 0

    @property
    def backend(self) -> Backend:
        """The server and the model."""
        return self._backend

    async def complete(self, ask: Ask, timeout_s: float | None = None) -> Completion:
        """Returns the answer within the caller's deadline and `timeout_s` (the backend's when None).

        Whatever ends the wait (time, or the caller going away) closes the connection, which makes the engine
        abort. With as many questions under way as it may have, one more is not asked. Raises ModelError.
        """
        import httpx2

        whole = timeout_s or self._backend.timeout_s
        left = remaining_s()
        bounds = [whole] if ask.most_s is None or timeout_s else [whole, ask.most_s]
        seconds = min(bounds if left is None else [*bounds, left * (1 - KEPT_BACK)])
        if seconds < min(LEAST_S, whole):
            raise ModelError("no_time")
        if self._in_flight >= self._backend.most_at_once:
            raise ModelError("queue_full")
        self._in_flight += 1
        try:
            async with asyncio.timeout(seconds):
                status, body = await self._post(ask)
        except (TimeoutError, httpx2.TimeoutException):
            raise ModelError("timeout", is_down=seconds >= whole) from None
        except (httpx2.HTTPError, httpx2.StreamError):
            raise ModelError("unreachable", is_down=True) from None
        finally:
            self._in_flight -= 1
        if status != 200:
            raise ModelError("busy" if status in (429, 503) else "status", is_down=True)
        return parse_completion(body)

    async def _post(self, ask: Ask) -> tuple[int, bytes]:
        """The status and the body, read up to the limit."""
        key = self._backend.api_key
        url, body = f"{self._backend.url}/chat/completions", body_of(ask, self._backend)
        headers = {"authorization": f"Bearer {key}"} if key else {}
        async with self._http.stream("POST", url, json=body, headers=headers) as response:
            parts, size = [], 0
            async for part in response.aiter_bytes():
                size += len(part)
                if size > MAX_BODY_BYTES:
                    raise ModelError("too_large")
                parts.append(part)
            return response.status_code, b"".join(parts)


def body_of(ask: Ask, backend: Backend) -> dict[str, Any]:
    """A question as the chat API of an engine has it."""
    body = {
        "model": backend.model,
        "messages": [{"role": "system", "content": ask.system}, {"role": "user", "content": ask.user}],
        "temperature": ask.temperature,
        "max_tokens": ask.max_tokens,
        "n": 1,
        "stream": False,
        **(_grammar(ask) if backend.engine == "llama.cpp" else _response_format(ask)),
    }
    return {**body, "logprobs": True} if ask.logprobs else body


def _response_format(ask: Ask) -> dict[str, Any]:
    schema = {"name": ask.name, "strict": True, "schema": dict(ask.schema)}
    return {"response_format": {"type": "json_schema", "json_schema": schema}}


def _grammar(ask: Ask) -> dict[str, Any]:
    """The schema as llama.cpp takes it without blanks and fences, which a response_format lets a model write there."""
    schema = {**ask.schema, "x-guidance": {"whitespace_flexible": False}}
    return {"grammar": f"%llguidance {{}}\nstart: %json {json.dumps(schema)}"}


def parse_completion(body: bytes) -> Completion:
    """What a chat server answered. Raises ModelError for anything but a finished text."""
    try:
        document = json.loads(body)
        choice = document["choices"][0]
        text, finish = choice["message"]["content"], choice["finish_reason"]
    except (ValueError, LookupError, TypeError, RecursionError):
        raise ModelError("bad_answer") from None
    if finish == "length":
        raise ModelError("cut_off")
    if not isinstance(text, str) or finish != "stop" or choice["message"].get("refusal"):
        raise ModelError("refused")
    usage = document.get("usage")
    return Completion(
        text,
        _tokens(choice.get("logprobs")),
        _count(usage, "prompt_tokens"),
        _count(usage["prompt_tokens_details"], "cached_tokens") if _has_details(usage) else 0,
        _count(usage, "completion_tokens"),
    )


def _tokens(logprobs: Any) -> tuple[Token, ...]:
    """The tokens and their probabilities; none when they are not told as they should be."""
    try:
        return tuple(_token(entry) for entry in logprobs["content"])
    except (LookupError, TypeError, ValueError):
        return ()


def _token(entry: Mapping[str, Any]) -> Token:
    data = entry.get("bytes")
    spelt = bytes(data) if isinstance(data, list) else str(entry["token"]).encode("utf-8", "replace")
    return Token(spelt, float(entry["logprob"]))


def _has_details(usage: Any) -> bool:
    return isinstance(usage, Mapping) and isinstance(usage.get("prompt_tokens_details"), Mapping)


def _count(usage: Any, name: str) -> int:
    value = usage.get(name) if isinstance(usage, Mapping) else None
    return value if isinstance(value, int) and 0 <= value < 10**9 else 0
