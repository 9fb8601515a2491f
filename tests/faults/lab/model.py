"""A language model that answers as code would, except where its seed has it err: then it hangs, refuses, writes
nonsense, misreads, or plans what nobody asked for."""

import json
import random
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from enum import StrEnum
from typing import Any

from tests.model_oracle import Oracle
from tests.model_stub import BUSY, HANG, Answer, ModelStub, as_json, chat

READS, PLANS = "extractor", "planner"
"""Who asks."""


class Error(StrEnum):
    """What it does wrong."""

    HANGS = "model: no answer"
    BUSY = "model: its queue is full"
    REFUSES = "model: refuses"
    NONSENSE = "model: writes no JSON"
    CUT_OFF = "model: stops in the middle"
    MISREADS = "model: reads something else"
    DROPS = "model: leaves something out"
    FORBIDDEN = "model: plans what nobody asked for"


_PER_1_000 = {
    READS: {Error.MISREADS: 40, Error.DROPS: 40},
    PLANS: {Error.FORBIDDEN: 40, Error.DROPS: 40},
}
_OF_BOTH = {Error.HANGS: 3, Error.BUSY: 3, Error.REFUSES: 10, Error.NONSENSE: 10, Error.CUT_OFF: 10}
"""In a thousand answers."""
_INTENTS = ("book", "cancel", "reschedule", "info_prices", "greeting", "other", "chitchat")
_FORBIDDEN: tuple[dict[str, Any], ...] = (
    {"tool": "cancel_appointment", "args": {"booking_id": "PB-AAAAAA"}},
    {
        "tool": "reschedule_appointment",
        "args": {"booking_id": "PB-AAAAAA", "new_date": "2030-01-07", "new_time": "10:00"},
    },
    {"tool": "find_appointment", "args": {"customer": "whatsapp:+5491100000000"}},
    {"tool": "drop_table", "args": {}},
)


class Model:
    """One model on one server, for extractor and planner."""

    def __init__(self, seed: int) -> None:
        self.server = ModelStub(self.answer)
        self.struck: list[Error] = []
        """What it did wrong, in order."""
        self._oracle = Oracle()
        self._chance = random.Random(f"{seed}/model")

    def settings(self) -> dict[str, str]:
        """What sends every conversation through it."""
        names = {f"SLM_{stage.upper()}_URL": self.server.url for stage in (READS, PLANS)}
        names |= {f"SLM_{stage.upper()}_MODEL": "capricious" for stage in (READS, PLANS)}
        return names | {
            "ENABLE_SLM_PIPELINE": "true",
            "SLM_EXTRACTOR_TIMEOUT_MS": "800",
            "SLM_PLANNER_TIMEOUT_MS": "800",
        }

    def answer(self, body: dict[str, Any]) -> Answer:
        """The answer to a request of the chat API."""
        self.server.requests.clear()
        self.server.headers.clear()
        stage = PLANS if body["response_format"]["json_schema"]["name"] == "planner_v1" else READS
        good = self._oracle(body)
        error = self._error(stage)
        if error is None:
            return good
        self.struck.append(error)
        return self._spoilt(error, stage, json.loads(json.loads(good.body)["choices"][0]["message"]["content"]))

    def _error(self, stage: str) -> Error | None:
        draw = self._chance.randrange(1000)
        for error, share in (_OF_BOTH | _PER_1_000[stage]).items():
            if draw < share:
                return error
            draw -= share
        return None

    def _spoilt(self, error: Error, stage: str, said: Mapping[str, Any]) -> Answer:
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
            case Error.FORBIDDEN:
                return as_json({**said, "actions": [*said["actions"], self._chance.choice(_FORBIDDEN)][-1:]})
            case Error.DROPS:
                return as_json({**said, "actions": []} if stage == PLANS else {**said, "slots": {}})


@contextmanager
def running_model(seed: int, wanted: bool) -> Iterator[Model | None]:
    """A model that is up, if it is wanted."""
    if not wanted:
        yield None
        return
    model = Model(seed)
    with model.server.up():
        yield model
