"""Who reads a message on the slm track: the small model, a larger one where there is one, and code when
neither gives an answer that can be used."""

import time
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime

from extractor.metrics import MODELS
from extractor.reading.message import MessageInContext, Reading
from extractor.slm.model_reader import ModelReader
from runtime.models.backend import Model
from runtime.models.rungs import Rungs

_HELLO = MessageInContext("hola", datetime(2026, 3, 11, 13, tzinfo=UTC))
"""What models are asked about to warm up."""


class Ladder:
    """The rungs of one extractor. One event loop."""

    def __init__(
        self,
        models: Sequence[Model],
        readers: Mapping[str, ModelReader],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """`models` best first; `readers` by workspace."""
        self._rungs = Rungs(models, MODELS, clock)
        self._readers = readers

    def start(self) -> None:
        """Keeps the models warm in the background from now on."""
        self._rungs.start(lambda: [reader.ask(_HELLO) for reader in self._readers.values()])

    async def close(self) -> None:
        """Ends what `start` began."""
        await self._rungs.close()

    async def read(self, workspace_id: str, message: MessageInContext, floor: Reading) -> Reading:
        """The best reading that can be had. `floor` is the one by code, which is always there."""
        reader = self._readers[workspace_id]
        found = await self._rungs.first(
            reader.ask(message), lambda completion, backend: reader.read(message, completion, floor, backend)
        )
        reading, rung = (found[0], found[1].rung) if found else (floor, "cpu")
        self._rungs.count(rung, "ok")
        return reading
