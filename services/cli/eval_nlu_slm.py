"""The extractor's slm track as an evaluation asks it: in this process, with a real model server."""

import asyncio
import threading
import time
from collections import Counter
from collections.abc import Coroutine, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, TypeVar

from cli.eval_nlu_file import Labelled
from cli.eval_nlu_readers import Ask, ReaderError, message_of, workspace_of
from cli.nlu_metrics import Answer, Pair, intent_is_right, is_exact, share, slot_scores
from extractor.message import Reading
from extractor.reader import Reader
from extractor.settings import ExtractorSettings
from extractor.wiring import make_model_reader
from runtime.models.backend import Completion, ModelError
from runtime.models.client import ChatModel, make_http_client
from runtime.models.warm_up import WAIT_S

T = TypeVar("T")
NOTHING = Answer("", {}, 0.0, 0.0)
"""An answer that is wrong whatever the truth."""


@dataclass(frozen=True)
class Trace:
    """What a model did with one message."""

    reason: str
    """"ok", or why its answer could not be used."""
    said: Answer = NOTHING
    """What it wrote, before it was merged with what code reads."""
    completion: Completion | None = None


class SlmReader:
    """Reads with the extractor's first model; keeps what it did with each message."""

    def __init__(self, settings: ExtractorSettings, workspace_id: str, workspaces: Path, *, fallback: bool) -> None:
        """Without `fallback` what the model cannot read stays unread, and what it is not sure of counts."""
        if not settings.slm_extractor_url:
            raise ReaderError(
                "--track slm: needs SLM_EXTRACTOR_URL and SLM_EXTRACTOR_MODEL, or --model-url and --model"
            )
        workspace = workspace_of(workspace_id, workspaces)
        used = settings if fallback else settings.model_copy(update={"slm_confidence_threshold": 0.0})
        self._code = Reader(workspace)
        self._reader = make_model_reader(workspace, self._code, used)
        self._fallback = fallback
        self._http = make_http_client()
        self._model = ChatModel(settings.backends()[0], self._http)
        self.traces: dict[str, Trace] = {}
        """By id of the message."""

    async def warm_up(self, row: Labelled) -> None:
        """Asks once without a hurry, so that the engine has compiled the schema's grammar."""
        try:
            await self._model.complete(self._reader.ask(message_of(row)), WAIT_S)
        except ModelError as error:
            if error.is_down:
                raise ReaderError(f"{self._model.backend.url}: no answer ({error.reason})") from None

    async def read(self, row: Labelled) -> Answer:
        """One message."""
        message = message_of(row)
        started = time.perf_counter()
        floor = self._code.read(message)
        completion: Completion | None = None
        said, reason = NOTHING, "ok"
        reading: Reading | None = floor if self._fallback else None
        try:
            completion = await self._model.complete(self._reader.ask(message))
            wrote = self._reader.parse(completion.text)
            said = Answer(wrote.intent, dict(wrote.slots), 0.0, 0.0)
            reading = self._reader.read(message, completion, floor, self._model.backend)
        except ModelError as error:
            reason = error.reason
        spent = 1000 * (time.perf_counter() - started)
        self.traces[row.id] = Trace(reason, said, completion)
        if reading is None:
            return replace(NOTHING, milliseconds=spent)
        return Answer(reading.intent, dict(reading.slots), float(reading.confidence), spent)

    async def close(self) -> None:
        """Ends its connections."""
        await self._http.aclose()


@contextmanager
def with_model(reader: SlmReader, first: Labelled) -> Iterator[Ask]:
    """Asks from any thread; the model is warm. Raises ReaderError."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()

    def run(work: Coroutine[Any, Any, T]) -> T:
        return asyncio.run_coroutine_threadsafe(work, loop).result()

    try:
        run(reader.warm_up(first))
        yield lambda row: run(reader.read(row))
        run(reader.close())
    finally:
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()


def model_figures(pairs: Sequence[Pair], traces: dict[str, Trace]) -> dict[str, Any]:
    """What a model did, apart from what code added to it."""
    alone = [(truth, traces[truth.id].said) for truth, _ in pairs]
    answered = [trace.completion for trace in traces.values() if trace.completion]
    prompt, cached = (sum(getattr(one, f"{kind}_tokens") for one in answered) for kind in ("prompt", "cached"))
    written = sum(one.completion_tokens for one in answered)
    return {
        "rungs": dict(Counter(trace.reason for trace in traces.values()).most_common()),
        "schema_valid": sum(trace.said is not NOTHING for trace in traces.values()) / max(1, len(traces)),
        "alone": {
            "intent_accuracy": share(alone, intent_is_right),
            "slots_f1": slot_scores(alone)["micro"].f1,
            "exact_match": share(alone, is_exact),
        },
        "output_tokens": written / max(1, len(answered)),
        "prompt_tokens": prompt / max(1, len(answered)),
        "cached_share": cached / max(1, prompt),
    }
