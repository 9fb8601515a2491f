"""Small plots as inline SVG. Everything that comes from data is escaped."""

from collections.abc import Mapping, Sequence
from html import escape
from typing import Any

_INK, _SOFT, _GOOD, _BAD = "#1f2933", "#9aa5b1", "#2f855a", "#c53030"


def bars(rows: Sequence[tuple[str, float, str]], target: float | None = None, width: int = 640) -> str:
    """Horizontal bars of shares from 0 to 1: (name, share, note). A target is a dashed line."""
    left, step = 190, 26
    span = width - left - 150
    height = step * len(rows) + 24
    parts = []
    for at, (name, value, note) in enumerate(rows):
        top = 8 + at * step
        colour = _GOOD if target is None or value >= target else _BAD
        parts += [
            _text(left - 8, top + 14, name, "end"),
            f'<rect x="{left}" y="{top}" width="{span * _unit(value):.1f}" height="18" rx="3" fill="{colour}"/>',
            _text(left + span * _unit(value) + 6, top + 14, f"{100 * value:.1f} %  {note}"),
        ]
    if target is not None:
        x = left + span * _unit(target)
        parts.append(
            f'<line x1="{x:.1f}" y1="2" x2="{x:.1f}" y2="{height - 16}" stroke="{_INK}" stroke-dasharray="4 3"/>'
        )
    return _svg(width, height, parts, "bars")


def reliability_plot(rows: Sequence[Mapping[str, Any]], side: int = 340) -> str:
    """Confidence (across) against accuracy (up); a point's area grows with its messages."""
    edge, most = 44, max((row["count"] for row in rows), default=1)
    span = side - 2 * edge
    parts = [
        f'<rect x="{edge}" y="{edge}" width="{span}" height="{span}" fill="none" stroke="{_SOFT}"/>',
        f'<path d="M{edge} {edge + span}L{edge + span} {edge}" stroke="{_SOFT}" stroke-dasharray="4 3"/>',
        _text(side / 2, side - 10, "how sure it said it was", "middle"),
        _text(edge, edge - 12, "how often it was right"),
    ]
    for row in rows:
        x, y = edge + span * _unit(row["confidence"]), edge + span * (1 - _unit(row["accuracy"]))
        radius = 4 + 12 * (row["count"] / most) ** 0.5
        label = f"{row['count']} messages: said {row['confidence']:.2f}, right {row['accuracy']:.2f}"
        parts.append(
            f'<circle cx="{x:.1f}" cy="{y:.1f}" r="{radius:.1f}" fill="{_GOOD}" fill-opacity="0.65">'
            f"<title>{escape(label)}</title></circle>"
        )
    return _svg(side, side, parts, "reliability")


def matrix(table: Mapping[str, Mapping[str, int]], names: Sequence[str], cell: int = 56) -> str:
    """A confusion matrix: truth down, answer across. The diagonal is green, mistakes are red."""
    left, top = 120, 92
    parts = []
    for at, name in enumerate(names):
        middle = at * cell + cell / 2
        parts.append(_text(left - 8, top + middle + 4, name, "end"))
        x = left + middle
        parts.append(f'<g transform="translate({x:.0f} {top - 8}) rotate(-40)">{_text(0, 0, name)}</g>')
    for down, true in enumerate(names):
        total = sum(table.get(true, {}).values()) or 1
        for across, got in enumerate(names):
            count = table.get(true, {}).get(got, 0)
            parts += _cell(left + across * cell, top + down * cell, cell, count, count / total, true == got)
    return _svg(left + cell * len(names) + 70, top + cell * len(names) + 8, parts, "confusions")


def _cell(x: float, y: float, side: int, count: int, share: float, good: bool) -> list[str]:
    opacity = 0.0 if not count else 0.18 + 0.6 * share
    colour = _GOOD if good else _BAD
    box = (
        f'<rect x="{x}" y="{y}" width="{side - 2}" height="{side - 2}" fill="{colour}" '
        f'fill-opacity="{opacity:.2f}" stroke="#e4e7eb"/>'
    )
    return [box, _text(x + side / 2, y + side / 2 + 4, str(count), "middle")] if count else [box]


def _unit(value: float) -> float:
    return min(1.0, max(0.0, value))


def _text(x: float, y: float, text: str, anchor: str = "start") -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" font-size="12" fill="{_INK}" text-anchor="{anchor}">{escape(text)}</text>'


def _svg(width: float, height: float, parts: Sequence[str], label: str) -> str:
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" role="img" aria-label="{escape(label)}" '
        f'viewBox="0 0 {width:.0f} {height:.0f}" width="{width:.0f}" height="{height:.0f}">{"".join(parts)}</svg>'
    )
