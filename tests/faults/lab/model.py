"""A language model that answers as code would, except where its seed has it err: then it hangs, refuses, writes
nonsense, or misreads. Conversations are planned by rules on both tracks, so it is asked for readings alone."""

import json
import random
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from enum import StrEnum
from typing import Any

from tests.model_oracle import Oracle
from tests.model_stub import BUSY, HANG, Answer, ModelStub, as_json, chat


class Error(StrEnum):
    """What it does wrong."""

    HANGS = "model: no answer"
    BUSY = "model: its queue is full"
    REFUSES = "model: refuses"
    NONSENSE = "model: writes no JSON"
    CUT_OFF = "model: stops in the middle"
    MISREADS = "model: reads something else"
    DROPS = "model: leaves something out"


_PER_1_000 = {
    Error.HANGS: 3,
    Error.BUSY: 3,
    Error.REFUSES: 10,
    Error.NONSENSE: 10,
    Error.CUT_OFF: 10,
    Error.MISREADS: 40,
    Error.DROPS: 40,
}
"""In a thousand answers."""
_INTENTS = ("book", "cancel", "reschedule", "info_prices", "greeting", "other", "chitchat")


class Model:
    """One model on one server."""

    def __init__(self, seed: int) -> None:
        self.server = ModelStub(self.answer)
        self.struck: list[Error] = []
        """What it did wrong, in order."""
        self._oracle = Oracle()
        self._chance = random.Random(f"{seed}/model")

    def settings(self) -> dict[str, str]:
        """What sends every conversation through it."""
        return {
            "SLM_EXTRACTOR_URL": self.server.url,
            "SLM_EXTRACTOR_MODEL": "capricious",
            "SLM_EXTRACTOR_TIMEOUT_MS": "800",
            "ENABLE_SLM_PIPELINE": "true",
        }

    def answer(self, body: dict[str, Any]) -> Answer:
        """The answer to a request of the chat API."""
        self.server.requests.clear()
        self.server.headers.clear()
        good = self._oracle(body)
        error = self._error()
        if error is None:
            return good
        self.struck.append(error)
        return self._spoilt(error, json.loads(json.loads(good.body)["choices"][0]["message"]["content"]))

    def _error(self) -> Error | None:
        draw = self._chance.randrange(1000)
        for error, share in _PER_1_000.items():
            if draw < share:
                return error
            draw -= share
        return None

    def _spoilt(self, error: Error, said: Mapping[str, Any]) -> Answer:
        text = json.dumps(said, ensure_ascii=False)
        match error:
            case Error.HANGS:
                return HANG
            case Error.BUSY:
                return BUSY
            case Error.REFUSES:
                return chat("", refusal="No puedo ayudarte con eso.")
            case Error.NONSENSE:
                return chat("Lo siento, como modelo de lenguaje no puedo reservar.")
            case Error.CUT_OFF:
                return chat(text[: len(text) // 2], finish="length")
            case Error.MISREADS:
                return as_json({**said, "intent": self._chance.choice(_INTENTS)})
            case Error.DROPS:
                return as_json({**said, "slots": {}})


@contextmanager
def running_model(seed: int, wanted: bool) -> Iterator[Model | None]:
    """A model that is up, if it is wanted."""
    if not wanted:
        yield None
        return
    model = Model(seed)
    with model.server.up():
        yield model
