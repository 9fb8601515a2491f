"""Whose words a reply has on the slm track: a model's where they say the same, else the template's."""

import time
from collections.abc import Callable, Sequence
from dataclasses import replace

from nlg.metrics import MODELS
from nlg.phrases import Phrases
from nlg.rephrasing import Rephraser, Wording
from nlg.turn import Reply, Turn
from runtime.models.backend import Model
from runtime.models.rungs import Rungs
from workspace.model import Workspace

_HELLO = Wording("¡Hola! ¿En qué te ayudo?", "es-AR", frozenset())
"""What models are asked about to warm up."""


class Ladder:
    """The rungs of one NLG. One event loop."""

    def __init__(
        self, models: Sequence[Model], rephraser: Rephraser, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._rungs = Rungs(models, MODELS, clock)
        self._rephraser = rephraser

    def start(self) -> None:
        """Keeps the models warm in the background from now on."""
        self._rungs.start(lambda: [self._rephraser.ask(_HELLO)])

    async def close(self) -> None:
        """Ends what `start` began."""
        await self._rungs.close()

    async def reword(self, reply: Reply, turn: Turn, workspace: Workspace, phrases: Phrases) -> Reply:
        """The reply, perhaps in other words. Only its message can change."""
        wording = self._rephraser.wording(reply.message, turn, workspace, phrases)
        if wording is None:
            self._rungs.count("template", "settled")
            return reply
        found = await self._rungs.first(
            self._rephraser.ask(wording), lambda completion, _: self._rephraser.parse(completion.text, wording)
        )
        self._rungs.count(found[1].rung if found else "template", "ok")
        return replace(reply, message=found[0]) if found else reply
