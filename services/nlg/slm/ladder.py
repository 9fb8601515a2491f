"""Chooses the wording of a reply on the slm track: a model's where it says the same, else the template's."""

import time
from collections.abc import Callable, Sequence
from dataclasses import replace

from nlg.metrics import MODELS
from nlg.slm.rephrasing import Rephraser, Wording
from nlg.turn import ComposedReply, ReplyTurn
from nlg.writing.phrases import Phrases
from runtime.models.backend import Model
from runtime.models.rungs import Rungs
from workspace.model import Workspace

_HELLO = Wording("¡Hola! ¿En qué te ayudo?", "es-AR", frozenset())
"""The message that warm-up calls ask about."""


class Ladder:
    """Asks the models of one NLG process, in order. Belongs to one event loop."""

    def __init__(
        self, models: Sequence[Model], rephraser: Rephraser, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._rungs = Rungs(models, MODELS, clock)
        self._rephraser = rephraser

    def start(self) -> None:
        """Starts a background task that keeps the models warm."""
        self._rungs.start(lambda: [self._rephraser.ask(_HELLO)])

    async def close(self) -> None:
        """Stops that task."""
        await self._rungs.close()

    async def reword(
        self, reply: ComposedReply, turn: ReplyTurn, workspace: Workspace, phrases: Phrases
    ) -> ComposedReply:
        """The reply with a model's wording, or unchanged. Only `message` can differ."""
        if not workspace.language_model.allowed:
            self._rungs.count("template", "forbidden")
            return reply
        wording = self._rephraser.wording(reply.message, turn, workspace, phrases)
        if wording is None:
            self._rungs.count("template", "settled")
            return reply
        budget = workspace.language_model
        ask = self._rephraser.ask(wording)
        ask = replace(ask, most_s=budget.most_s(), max_tokens=budget.tokens(ask.max_tokens))
        found = await self._rungs.first(ask, lambda completion, _: self._rephraser.parse(completion.text, wording))
        self._rungs.count(found[1].rung if found else "template", "ok")
        return replace(reply, message=found[0]) if found else reply
