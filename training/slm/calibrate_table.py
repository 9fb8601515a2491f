"""A table from a model's probability to how often it is right, fitted on labelled readings. Pure."""

from collections.abc import Sequence

CELLS = 8
_MOST = 0.99
"""Nothing is surer than this."""


def table_of(rows: Sequence[tuple[float, bool]], cells: int = CELLS) -> list[tuple[float, float]]:
    """Raw and true probabilities, both growing: equal cells of rows by probability, joined where the share of
    right ones falls (pool adjacent violators)."""
    ordered = sorted(rows)
    size = max(1, len(ordered) // cells)
    pools: list[list[tuple[float, bool]]] = []
    for at in range(0, len(ordered), size):
        pools.append(ordered[at : at + size])
        while len(pools) > 1 and _right(pools[-2]) >= _right(pools[-1]):
            last = pools.pop()
            pools[-1] = pools[-1] + last
    points = [(round(sum(raw for raw, _ in pool) / len(pool), 4), round(min(_right(pool), _MOST), 4)) for pool in pools]
    return [point for at, point in enumerate(points) if at == 0 or point[0] > points[at - 1][0]]


def _right(pool: Sequence[tuple[float, bool]]) -> float:
    """Share of right ones, a little towards one half where there are few."""
    return (sum(right for _, right in pool) + 1) / (len(pool) + 2)


def written(table: Sequence[tuple[float, float]]) -> str:
    """As SLM_EXTRACTOR_CALIBRATION has it."""
    return ",".join(f"{raw:g}:{true:g}" for raw, true in table)
