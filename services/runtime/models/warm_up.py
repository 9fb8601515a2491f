"""Sends a model a request for each schema before customers' requests reach it.

The first request of a schema makes an engine compile its grammar, which takes seconds, on a CPU half a
minute. So each schema is asked about once at the start, and again when the server is back after its
breaker opened. While the breaker is open the warm-up alone tries the server, not customers' messages.
Warm is a schema whose question was then answered once more within the time that customers' get.
"""

from collections.abc import Callable, Sequence

from runtime.breaker import BreakerState, CircuitBreaker
from runtime.models.backend import Ask, Model, ModelError
from runtime.observability.logs import get_logger
from runtime.periodic import Periodic

WAIT_S = 180.0
"""Longest wait for the first answer."""
PAUSE_S = 1.0
"""Seconds between two tries while a server is away, and between two looks at the breaker."""


class WarmUp:
    """Keeps one model warm in the background. Schemas are told apart by identity. One event loop."""

    def __init__(self, stage: str, model: Model, breaker: CircuitBreaker, asks: Callable[[], Sequence[Ask]]) -> None:
        """Begins at once; needs a running event loop. `asks` gives a question of each schema there is now."""
        self._log = get_logger(__name__).bind(stage=stage, kind=model.backend.rung)
        self._model = model
        self._breaker = breaker
        self._asks = asks
        self._warm: dict[int, Ask] = {}
        """By identity of the schema; the question keeps it, so that no other schema gets its identity."""
        self._is_away: bool | None = None
        self._repeated = Periodic("warm_up", self._look, PAUSE_S)
        self._repeated.start()

    def is_warm(self, ask: Ask) -> bool:
        """Whether a schema has been asked about since the server was last away."""
        return id(ask.schema) in self._warm

    async def close(self) -> None:
        """Stops, and cancels the request under way."""
        await self._repeated.stop(cancel=True)

    async def _look(self) -> None:
        """Asks about every schema that is not warm, until the server turns out to be away."""
        if self._breaker.state is not BreakerState.CLOSED:
            self._warm.clear()
        asks = self._asks()
        self._warm = {id(ask.schema): ask for ask in asks if self.is_warm(ask)}
        cold = [ask for ask in asks if not self.is_warm(ask)]
        for ask in cold:
            if not await self._warms_up(ask):
                return
        if cold:
            self._tell(is_away=False, reason="ok")

    async def _warms_up(self, ask: Ask) -> bool:
        """Whether the server answers in time, whatever it says."""
        permit = self._breaker.probe()
        for timeout_s in (WAIT_S, None):
            try:
                await self._model.complete(ask, timeout_s)
            except ModelError as error:
                if error.is_down:
                    self._breaker.failed(permit)
                    self._tell(is_away=True, reason=error.reason)
                    return False
        self._breaker.succeeded(permit)
        self._warm[id(ask.schema)] = ask
        return True

    def _tell(self, *, is_away: bool, reason: str) -> None:
        """Logs a change, once."""
        if is_away != self._is_away:
            self._log.info("model_away" if is_away else "model_warm", reason=reason)
        self._is_away = is_away
