"""Figures, and how they are printed and kept."""

import statistics
import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from tests.bench.customers import Tally


@dataclass
class Given:
    """What a run is asked for."""

    seconds: float = 10
    """How long each measurement lasts."""
    overload_s: float = 300
    """How long three times too much comes."""
    rest_s: float = 30
    """How long a mesh is left alone after it."""
    at_once: int = 16
    seed: int = 1
    trials: int = 5_000
    messages: int = 60
    """Turns of each kind; and so many customers follow the script, in both ways together."""
    databases: tuple[str, ...] = ("sqlite", "postgres")
    workspaces: tuple[int, ...] = (1, 100)
    conversations: tuple[int, ...] = (1_000, 100_000)
    patience_s: float = 180
    """How long a mesh may take to start."""


Document = dict[str, Any]
"""What a part found, as JSON."""


def centile(values: Sequence[float], percent: float) -> float:
    """The value that so many per cent do not exceed; 0 without values."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * percent / 100))] if ordered else 0.0


def latencies(tally: Tally) -> Document:
    """A tally's figures."""
    figures = {f"p{percent}": round(centile(tally.taken_ms, percent), 2) for percent in (50, 95, 99)}
    return {"answered": tally.answered, "failed": tally.failed, "refused": tally.refused, **figures}


def show(name: str, taken_ms: Sequence[float], failed: int = 0) -> None:
    """One line of latencies."""
    figures = ", ".join(f"p{percent:g} {centile(taken_ms, percent):.2f}" for percent in (50, 95, 99, 99.9))
    mean = statistics.fmean(taken_ms) if taken_ms else 0.0
    tell(name, f"{figures}, mean {mean:.2f} ms of {len(taken_ms)}" + (f", {failed} failed" if failed else ""))


def tell(name: str, said: Any) -> None:
    """One line."""
    sys.stdout.write(f"{name:<48} {said}\n")
    sys.stdout.flush()


def say(line: str) -> None:
    """What is being done, for who waits."""
    sys.stderr.write(f"… {line}\n")
    sys.stderr.flush()


def table(heads: Sequence[str], rows: Iterable[Sequence[Any]]) -> str:
    """A table of Markdown: the first column are words, the others figures."""
    lines = [f"| {' | '.join(heads)} |", f"| --- |{' ---: |' * (len(heads) - 1)}"]
    lines += [f"| {' | '.join(map(_spelt, row))} |" for row in rows]
    return "\n".join(lines)


def _spelt(value: Any) -> str:
    if isinstance(value, float):
        return f"{value:.0f}" if value >= 100 else f"{value:.1f}" if value >= 10 else f"{value:.2f}"
    return f"{value:,}" if isinstance(value, int) else str(value)
