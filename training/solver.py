"""Fits one softmax head, and the temperature that makes its probabilities honest."""

from collections.abc import Callable

import numpy as np
import numpy.typing as npt
from scipy.optimize import minimize, minimize_scalar  # type: ignore[import-untyped]
from scipy.sparse import csr_matrix  # type: ignore[import-untyped]

Floats = npt.NDArray[np.float64]
Labels = npt.NDArray[np.int64]
Say = Callable[[str], None]


def fit_softmax(
    features: csr_matrix,
    labels: Labels,
    weights: Floats,
    classes: int,
    penalty: float,
    steps: int,
    say: Say,
    start: Floats | None = None,
) -> tuple[Floats, Floats]:
    """Weights (features by classes) and biases of a multinomial logistic regression, by L-BFGS.

    `start` holds weights and then biases to begin from; zeros otherwise.
    """
    rows, size = features.shape
    truth = np.zeros((rows, classes), np.float32)
    truth[np.arange(rows), labels] = 1
    share = (weights / weights.sum()).astype(np.float32)[:, None]
    turned = features.T.tocsr()
    done = 0

    def loss(flat: Floats) -> tuple[float, Floats]:
        table = flat.reshape(size + 1, classes)
        chances = log_softmax(features @ table[:-1].astype(np.float32) + table[-1].astype(np.float32))
        error = (np.exp(chances) - truth) * share
        slope = np.vstack([turned @ error, error.sum(axis=0, keepdims=True)]).astype(np.float64)
        slope[:-1] += penalty * table[:-1]
        cost = -float((chances * truth * share).sum()) + 0.5 * penalty * float((table[:-1] ** 2).sum())
        return cost, slope.ravel()

    def tell(_: Floats) -> None:
        nonlocal done
        done += 1
        if done % 20 == 0:
            say(f"  step {done}/{steps}")

    first = np.zeros((size + 1) * classes) if start is None else start.ravel()
    best = minimize(loss, first, jac=True, method="L-BFGS-B", callback=tell, options={"maxiter": steps, "maxcor": 8})
    table = best.x.reshape(size + 1, classes)
    return table[:-1], table[-1]


def log_softmax(logits: npt.NDArray[np.floating]) -> npt.NDArray[np.floating]:
    """Log probabilities, row by row."""
    shifted = logits - logits.max(axis=1, keepdims=True)
    return np.asarray(shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True)))


def fit_temperature(logits: npt.NDArray[np.floating], labels: Labels, weights: Floats) -> float:
    """The temperature under which the labels of held-out rows are likeliest."""
    rows = np.arange(len(labels))

    def cost(log_temperature: float) -> float:
        return -float((weights * log_softmax(logits / np.exp(log_temperature))[rows, labels]).sum())

    return float(np.exp(minimize_scalar(cost, bounds=(-2.0, 2.0), method="bounded").x))
