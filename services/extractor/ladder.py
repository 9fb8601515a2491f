"""Who reads a message on the slm track: the small model, a larger one where there is one, and code when
neither gives an answer that can be used. Each rung that was tried is counted with what came of it."""

import time
from collections.abc import Callable, Mapping, Sequence

from extractor.message import Message, Reading
from extractor.metrics import MODEL_SECONDS, MODEL_TOKENS, RUNGS
from extractor.slm_backend import Ask, Completion, Model, ModelError
from extractor.slm_breaker import Breaker
from extractor.slm_reader import ModelReader

STAGE = "extract"
_SAYS_NOTHING = frozenset({"timeout", "no_time"})
"""Failures that, when the server is not at fault, say nothing about it: the caller's time was short."""


class Ladder:
    """The rungs of one extractor. One event loop."""

    def __init__(
        self,
        models: Sequence[Model],
        readers: Mapping[str, ModelReader],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """`models` best first; `readers` by workspace."""
        self._rungs = [(model, Breaker(clock)) for model in models]
        self._readers = readers

    async def read(self, workspace_id: str, message: Message, floor: Reading) -> Reading:
        """The best reading that can be had. `floor` is the one by code, which is always there."""
        reader = self._readers[workspace_id]
        ask = reader.ask(message)
        for model, breaker in self._rungs:
            try:
                reading = reader.read(message, await _answer(model, breaker, ask), floor, model.backend)
            except ModelError as error:
                RUNGS.labels(STAGE, model.backend.rung, error.reason).inc()
            else:
                RUNGS.labels(STAGE, model.backend.rung, "ok").inc()
                return reading
        RUNGS.labels(STAGE, "cpu", "ok").inc()
        return floor


async def _answer(model: Model, breaker: Breaker, ask: Ask) -> Completion:
    """A model's answer. Raises ModelError, without asking while its breaker is open."""
    if not breaker.allows():
        raise ModelError("breaker_open")
    began, rung = time.perf_counter(), model.backend.rung
    try:
        completion = await model.complete(ask)
    except ModelError as error:
        if error.is_down:
            breaker.failed()
        elif error.reason not in _SAYS_NOTHING:
            breaker.succeeded()
        raise
    finally:
        MODEL_SECONDS.labels(STAGE, rung).observe(time.perf_counter() - began)
    breaker.succeeded()
    for kind in ("prompt", "cached", "completion"):
        MODEL_TOKENS.labels(STAGE, rung, kind).inc(getattr(completion, f"{kind}_tokens"))
    return completion
