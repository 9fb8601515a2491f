"""The models of one stage, best first: asks each in turn until an answer can be used. A model whose
server keeps failing is not waited for. Each one that was tried is counted with what came of it."""

import time
from collections.abc import Callable, Sequence
from typing import TypeVar

from runtime.models.backend import Ask, Backend, Completion, Model, ModelError
from runtime.models.breaker import Breaker
from runtime.models.metrics import ModelMetrics

T = TypeVar("T")
_SAYS_NOTHING = frozenset({"timeout", "no_time"})
"""Failures that, when the server is not at fault, say nothing about it: the caller's time was short."""


class Rungs:
    """One event loop."""

    def __init__(
        self, models: Sequence[Model], metrics: ModelMetrics, clock: Callable[[], float] = time.monotonic
    ) -> None:
        """`models` best first; `clock` gives seconds that only grow."""
        self._models = [(model, Breaker(clock)) for model in models]
        self._metrics = metrics

    async def first(self, ask: Ask, use: Callable[[Completion, Backend], T]) -> tuple[T, Backend] | None:
        """What the first model says whose answer can be used, and which that was; None when there is none.

        `use` makes something of an answer, or raises ModelError. Failures are counted here, with their
        reason; the caller counts what came of the one that is returned.
        """
        for model, breaker in self._models:
            try:
                return use(await self._answer(model, breaker, ask), model.backend), model.backend
            except ModelError as error:
                self.count(model.backend.rung, error.reason)
        return None

    def count(self, rung: str, reason: str) -> None:
        """Counts what came of a rung; "ok" when it was used."""
        self._metrics.rungs.labels(self._metrics.stage, rung, reason).inc()

    async def _answer(self, model: Model, breaker: Breaker, ask: Ask) -> Completion:
        """A model's answer. Raises ModelError, without asking while its breaker is open."""
        if not breaker.allows():
            raise ModelError("breaker_open")
        began, labels = time.perf_counter(), (self._metrics.stage, model.backend.rung)
        try:
            completion = await model.complete(ask)
        except ModelError as error:
            if error.is_down:
                breaker.failed()
            elif error.reason not in _SAYS_NOTHING:
                breaker.succeeded()
            raise
        finally:
            self._metrics.seconds.labels(*labels).observe(time.perf_counter() - began)
        breaker.succeeded()
        for kind in ("prompt", "cached", "completion"):
            self._metrics.tokens.labels(*labels, kind).inc(getattr(completion, f"{kind}_tokens"))
        return completion
