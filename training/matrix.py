"""Examples as sparse matrices."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.sparse import csr_matrix, vstack  # type: ignore[import-untyped]

from extractor.intent.features import SIZE, featurise
from training.corpus import Example
from training.templates import INTENTS, TOPICS


@dataclass(frozen=True)
class Table:
    """Features, labels and weights of some examples, row by row."""

    features: csr_matrix
    intents: npt.NDArray[np.int64]
    topics: npt.NDArray[np.int64]
    weights: npt.NDArray[np.float64]


def table_of(examples: Sequence[Example]) -> Table:
    """Featurises the examples."""
    places: list[int] = []
    values: list[float] = []
    starts = [0]
    for example in examples:
        row_places, row_values = featurise(example.text, example.asked_slot, example.active_intent, example.lexicon)
        places += row_places
        values += row_values
        starts.append(len(places))
    matrix = csr_matrix(
        (np.asarray(values, np.float32), np.asarray(places, np.int32), np.asarray(starts, np.int64)),
        shape=(len(examples), SIZE),
    )
    matrix.sum_duplicates()
    return Table(
        matrix,
        np.asarray([INTENTS.index(example.intent) for example in examples]),
        np.asarray([TOPICS.index(example.topic) for example in examples]),
        np.asarray([example.weight for example in examples]),
    )


def joined(first: Table, second: Table) -> Table:
    """The rows of both."""
    return Table(
        vstack([first.features, second.features]).tocsr(),
        np.concatenate([first.intents, second.intents]),
        np.concatenate([first.topics, second.topics]),
        np.concatenate([first.weights, second.weights]),
    )
