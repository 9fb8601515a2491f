"""One workspace's reading by a model in the short form of extractor_v2: what the model judges, in the fewest tokens;
values with a form of their own (e-mail, phone, booking id) are always by code."""

import json
import math
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from extractor.reading.message import MessageInContext
from extractor.slm.confidence import span_probability
from extractor.slm.meaning_reader import MeaningReader
from extractor.slm.model_reader import Said
from extractor.slm.short_form import NAME, as_document, item_spans, short_schema
from extractor.slm.style import Style, StyleName, short_form
from runtime.models.backend import Completion
from turn.meaning import GivenDatum, Meaning
from workspace.model import Workspace


class ShortReader(MeaningReader):
    """Asks about and reads the messages of one workspace's customers in the short form."""

    name = NAME

    @staticmethod
    def schema_of(workspace: Workspace) -> dict[str, Any]:
        """The schema of an answer."""
        return short_schema(workspace)

    @staticmethod
    def style_of(name: StyleName) -> Style:
        """How a model is asked: with examples of the short form."""
        return short_form()

    def document(self, text: str) -> Mapping[str, Any]:
        """An answer as extractor_v2 would say it. Raises ModelError."""
        return as_document(self.answer(text), self._workspace)

    def probability(self, completion: Completion, said: Said) -> float | None:
        """The probability that the model gave to the acts that it wrote."""
        end = min(at for at in (completion.text.find(";"), completion.text.rfind('"')) if at > 0)
        return span_probability(completion, 1, end)

    def items_probability(self, completion: Completion) -> float | None:
        """The probability that it gave to the services and people that it named."""
        answer = json.loads(completion.text)
        found = [span_probability(completion, 1 + start, 1 + end) for start, end in item_spans(answer)]
        return None if not found or None in found else math.prod(one for one in found if one is not None)

    def _meaning(self, document: Mapping[str, Any], message: MessageInContext) -> Meaning:
        meaning = super()._meaning(document, message)
        by_form = [
            GivenDatum(one.slot, one.value)
            for one in self._reader.look(message).data
            if one.value and one.slot != "client_name"
        ]
        return replace(meaning, data=(*meaning.data, *by_form))
