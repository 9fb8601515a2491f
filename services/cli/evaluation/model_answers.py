"""Answers of a model kept on disk, so that a long evaluation goes on where it was stopped and figures can be computed
anew without asking again."""

import base64
import hashlib
import json
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from runtime.models.backend import Ask, Backend, Completion, Model, ModelError, Token

_TRANSIENT = frozenset({"timeout", "no_time", "unreachable", "busy", "status"})
"""Failures that say nothing about the question: it is asked again the next time."""


@dataclass(frozen=True)
class Answer:
    """What a model said to a question: an answer, or why there is none."""

    completion: Completion | None
    error: str = ""
    milliseconds: float = 0.0
    """How long it took when it was asked."""

    def result(self) -> Completion:
        """The answer. Raises ModelError."""
        if self.completion is None:
            raise ModelError(self.error)
        return self.completion


class KeptAnswers:
    """Asks a model, or the folder where its answers lie. The folder holds what customers of labelled files wrote."""

    def __init__(self, model: Model, folder: Path, *, wait_s: float = 120.0, asks: bool = True) -> None:
        """Without `asks` only kept answers count; a question without one is `not_asked`."""
        self._model = model
        self._folder = folder
        self._wait_s = wait_s
        self._asks = asks

    async def answer(self, ask: Ask) -> Answer:
        """The answer to a question. Raises ModelError where the server is away."""
        file = self._folder / f"{_key(self._model.backend, ask)}.json"
        if file.is_file():
            return _read(json.loads(file.read_text(encoding="utf-8")))
        if not self._asks:
            return Answer(None, "not_asked")
        began = time.perf_counter()
        try:
            found = Answer(await self._model.complete(ask, self._wait_s), "", 1000 * (time.perf_counter() - began))
        except ModelError as error:
            if error.reason in _TRANSIENT:
                raise
            found = Answer(None, error.reason, 1000 * (time.perf_counter() - began))
        self._folder.mkdir(parents=True, exist_ok=True)
        partial = file.with_suffix(".partial")
        partial.write_text(json.dumps(_written(found)), encoding="utf-8")
        partial.rename(file)
        return found


def _key(backend: Backend, ask: Ask) -> str:
    """All that an answer depends on."""
    told = [backend.model, backend.engine, ask.system, ask.user, ask.max_tokens, ask.temperature, dict(ask.schema)]
    return hashlib.sha256(json.dumps(told, sort_keys=True).encode()).hexdigest()[:40]


def _written(answer: Answer) -> dict[str, Any]:
    one = answer.completion
    said = one and {
        "text": one.text,
        "tokens": [[base64.b64encode(token.data).decode(), token.logprob] for token in one.tokens],
        "counts": [one.prompt_tokens, one.cached_tokens, one.completion_tokens],
    }
    return {"said": said, "error": answer.error, "milliseconds": answer.milliseconds}


def _read(raw: dict[str, Any]) -> Answer:
    said = raw["said"]
    if not said:
        return Answer(None, raw["error"], raw["milliseconds"])
    tokens = tuple(Token(base64.b64decode(data), logprob) for data, logprob in said["tokens"])
    return Answer(Completion(said["text"], tokens, *said["counts"]), "", raw["milliseconds"])
