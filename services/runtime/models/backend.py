"""Requests to a model server, its answers and its failures, independent of the protocol."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol

Engine = Literal["vllm", "llama.cpp"]
"""Kinds of servers: of the OpenAI chat API with structured outputs, as vLLM is; or llama.cpp's."""


@dataclass(frozen=True)
class Backend:
    """One model on one server."""

    rung: str
    """Its rung of the ladder: "slm", or "llm" for the larger model."""
    url: str
    """Base URL, without a slash at its end."""
    model: str
    """The name that the server serves it under."""
    timeout_s: float
    """Longest wait for an answer."""
    api_key: str = field(default="", repr=False)
    """Bearer token; none when empty."""
    most_at_once: int = 64
    """Most questions of this process that it has at a time; one more is not asked."""
    engine: Engine = "vllm"
    """What serves it: how the form of an answer is asked for, and what probabilities mean, differ."""


@dataclass(frozen=True)
class Ask:
    """One question to a model."""

    system: str
    """The part that is the same for every message of every business, first for the prefix cache."""
    user: str
    """The business, then the turn, then the message."""
    schema: Mapping[str, Any]
    """What the answer must look like."""
    name: str
    """Name of the schema."""
    max_tokens: int
    temperature: float
    logprobs: bool = False
    """Whether to tell how probable each token was."""
    most_s: float | None = None
    """Longest wait for this question, where it is shorter than the server's; None for none of its own."""


@dataclass(frozen=True)
class Token:
    """A piece of an answer."""

    data: bytes
    logprob: float


@dataclass(frozen=True)
class Completion:
    """An answer."""

    text: str
    tokens: tuple[Token, ...] = ()
    """Its pieces in order, where the server told them."""
    prompt_tokens: int = 0
    cached_tokens: int = 0
    """Tokens of the prompt that came from the prefix cache."""
    completion_tokens: int = 0


class ModelError(Exception):
    """A request without a usable answer. Carries a reason of one word, never the model's text."""

    def __init__(self, reason: str, *, is_down: bool = False) -> None:
        """`reason` is a metric label; `is_down` says that the server, not its answer, is at fault."""
        super().__init__(reason)
        self.reason = reason
        self.is_down = is_down


class Model(Protocol):
    """A model that answers requests."""

    @property
    def backend(self) -> Backend:
        """The server and the model."""

    async def complete(self, ask: Ask, timeout_s: float | None = None) -> Completion:
        """Returns the answer within the caller's deadline and `timeout_s` (the backend's when None).

        Raises ModelError."""
