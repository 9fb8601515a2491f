"""Who reads a message on the slm track: the small model, a larger one where there is one, and code when neither gives
an answer that can be used, or when none needs to be asked."""

import asyncio
import contextvars
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime

from extractor.metrics import ASKED, MODELS, SHADOW
from extractor.reading.message import MessageInContext, Reading, Source
from extractor.slm.asking import Asking, outcome
from extractor.slm.model_reader import ModelReader
from runtime.models.backend import Model
from runtime.models.rungs import Rungs

_HELLO = MessageInContext("hola", datetime(2026, 3, 11, 13, tzinfo=UTC))
"""What models are asked about to warm up."""
UNASKED: Source = "unasked"
"""Source of a reading by code for which no model was asked on purpose."""


class Ladder:
    """The rungs of one extractor. One event loop."""

    def __init__(
        self,
        models: Sequence[Model],
        readers: Mapping[str, ModelReader],
        asking: Asking = Asking(),  # noqa: B008 - frozen
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """`models` best first; `readers` by workspace."""
        self._rungs = Rungs(models, MODELS, clock)
        self._readers = readers
        self._asking = asking
        self._shadow: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Keeps the models warm in the background from now on."""
        self._rungs.start(lambda: [reader.ask(_HELLO) for reader in self._readers.values() if reader.is_allowed])

    async def close(self) -> None:
        """Ends what `start` and `read` began."""
        if self._shadow:
            self._shadow.cancel()
            await asyncio.gather(self._shadow, return_exceptions=True)
        await self._rungs.close()

    async def read(self, workspace_id: str, message: MessageInContext, floor: Reading) -> Reading:
        """The best reading that can be had. `floor` is the one by code, which is always there."""
        reader = self._readers[workspace_id]
        why = self._asking.why(floor) if reader.is_allowed else ""
        if not why:
            ASKED.labels("sure" if reader.is_allowed else "forbidden").inc()
            if reader.is_allowed and self._asking.is_sampled(message):
                self._learn(reader, message, floor)
            return replace(floor, source=UNASKED)
        ASKED.labels(why).inc()
        found = await self._first(reader, message, floor, whole=False)
        reading, rung = found if found else (floor, "cpu")
        self._rungs.count(rung, "ok")
        return reading

    async def _first(
        self, reader: ModelReader, message: MessageInContext, floor: Reading, *, whole: bool
    ) -> tuple[Reading, str] | None:
        found = await self._rungs.first(
            reader.ask(message),
            lambda completion, backend: reader.read(message, completion, floor, backend, whole=whole),
        )
        return (found[0], found[1].rung) if found else None

    def _learn(self, reader: ModelReader, message: MessageInContext, floor: Reading) -> None:
        """Asks about a message that code is sure of, after its reading has been given, and counts what would have been
        otherwise. One at a time, so that a slow model is asked about fewer, and none waits."""
        if self._shadow and not self._shadow.done():
            return

        async def ask() -> None:
            found = await self._first(reader, message, floor, whole=True)
            SHADOW.labels(outcome(floor, found[0] if found else None)).inc()

        self._shadow = asyncio.create_task(ask(), context=contextvars.Context())  # the caller's deadline is not its own
