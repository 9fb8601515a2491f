"""The models of one stage, best first: each is asked in turn until an answer can be used. Each has a circuit breaker,
and each attempt is counted with its outcome."""

import time
from collections.abc import Callable, Sequence
from typing import TypeVar

from runtime.breaker import BreakerState, CircuitBreaker, Permit, Thresholds
from runtime.models.backend import Ask, Backend, Completion, Model, ModelError
from runtime.models.metrics import ModelMetrics
from runtime.models.warm_up import WarmUp

T = TypeVar("T")
MODEL_BREAKER = Thresholds(failures=5, in_a_row=True, open_s=2.0, probe_s=2.0)
"""When a model server is left alone. One message every two seconds tries it, so that it is used soon after it is back;
one that says nothing about the server is not replaced by the next one any sooner."""
_SAYS_NOTHING = frozenset({"timeout", "no_time", "queue_full"})
"""Failures that, when the server is not at fault, say nothing about it: the caller's time was short, or it was
not asked."""


class Rungs:
    """Asks the models of one stage. One event loop."""

    def __init__(
        self, models: Sequence[Model], metrics: ModelMetrics, clock: Callable[[], float] = time.monotonic
    ) -> None:
        """`models` best first; `clock` gives seconds that only grow."""
        self._models = [(model, CircuitBreaker(MODEL_BREAKER, clock)) for model in models]
        self._warm_ups: list[WarmUp] = []
        self._metrics = metrics

    def start(self, asks: Callable[[], Sequence[Ask]]) -> None:
        """Keeps the models warm from now on, in the background: `asks` gives a question of each schema that
        may be asked about, which may change. Until its question is answered, and while its server is away, a
        schema is not asked about for anybody."""
        self._warm_ups = [WarmUp(self._metrics.stage, model, breaker, asks) for model, breaker in self._models]

    async def close(self) -> None:
        """Ends what `start` began."""
        for warm_up in self._warm_ups:
            await warm_up.close()

    async def first(self, ask: Ask, use: Callable[[Completion, Backend], T]) -> tuple[T, Backend] | None:
        """The first usable answer and the model that gave it; None when there is none.

        `use` makes something of an answer, or raises ModelError. Failures are counted here, with their
        reason; the caller counts what came of the one that is returned.
        """
        for at, (model, breaker) in enumerate(self._models):
            try:
                permit = self._permit(at, breaker, ask)
                return use(await self._answer(model, breaker, permit, ask), model.backend), model.backend
            except ModelError as error:
                self.count(model.backend.rung, error.reason)
        return None

    def count(self, rung: str, reason: str) -> None:
        """Counts what came of a rung; "ok" when it was used."""
        self._metrics.rungs.labels(self._metrics.stage, rung, reason).inc()

    def _permit(self, at: int, breaker: CircuitBreaker, ask: Ask) -> Permit:
        """Leave to ask a model. Raises ModelError when it is not to be asked now."""
        is_tried_by_warm_up = self._warm_ups and breaker.state is not BreakerState.CLOSED
        if is_tried_by_warm_up or (permit := breaker.ask()) is None:
            raise ModelError("breaker_open")
        if self._warm_ups and not self._warm_ups[at].is_warm(ask):
            raise ModelError("warming_up")
        return permit

    async def _answer(self, model: Model, breaker: CircuitBreaker, permit: Permit, ask: Ask) -> Completion:
        """A model's answer. Raises ModelError."""
        began, labels = time.perf_counter(), (self._metrics.stage, model.backend.rung)
        try:
            completion = await model.complete(ask)
        except ModelError as error:
            if error.is_down:
                breaker.failed(permit)
            elif error.reason not in _SAYS_NOTHING:
                breaker.succeeded(permit)
            raise
        finally:
            self._metrics.seconds.labels(*labels).observe(time.perf_counter() - began)
        breaker.succeeded(permit)
        for kind in ("prompt", "cached", "completion"):
            self._metrics.tokens.labels(*labels, kind).inc(getattr(completion, f"{kind}_tokens"))
        return completion
