"""The figures of an evaluation as one HTML page that needs nothing else: plots are inline SVG, all data is escaped.

Needs scikit-learn, matplotlib and jinja2, which are in the development extra alone; import it only to write a page.
"""

import io
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import matplotlib as mpl
from jinja2 import Environment, FileSystemLoader, StrictUndefined, Template
from markupsafe import Markup
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import PercentFormatter
from sklearn.calibration import CalibrationDisplay
from sklearn.metrics import ConfusionMatrixDisplay, confusion_matrix, precision_recall_fscore_support

from turn.vocabulary import INTENTS

INTENT_TARGET = 0.95
"""Share of right intents that each group of messages should reach."""
_GOOD, _BAD, _INK = "#2f855a", "#c53030", "#1f2933"
_STYLE: dict[Any, Any] = {
    "svg.fonttype": "none",
    "svg.hashsalt": "pulpo",
    "text.parse_math": False,
    "font.family": "sans-serif",
}
"""Text stays text, the same figures give the same page, and a dollar sign in a group's name is no formula."""
_NO_METADATA: dict[str, Any] = dict.fromkeys(("Creator", "Date", "Format", "Type"))


def page(summary: Mapping[str, Any], title: str) -> str:
    """The whole page of `figures.summarise`'s data. `title` says what was measured."""
    groups = [(name, group["intent_accuracy"], group["messages"]) for name, group in sorted(summary["groups"].items())]
    slots = [(name, score["f1"], score["true"]) for name, score in summary["slots"].items()]
    plots = {
        "groups": plot(lambda axes: bars(axes, groups, INTENT_TARGET), 8, 0.9 + 0.32 * len(groups)),
        "slots": plot(lambda axes: bars(axes, slots), 8, 0.9 + 0.32 * len(slots)),
        "confusions": plot(lambda axes: _confusions(axes, summary["confusions"]), 8, 7),
        "reliability": plot(lambda axes: _reliability(axes, summary["reliability"]), 4.5, 4.5),
    }
    return template("report.html").render(
        title=title,
        tiles=_tiles(summary),
        plots=plots,
        intents=_intents(summary["confusions"]),
        mistakes=summary["mistakes"],
    )


def template(name: str) -> Template:
    """One of the pages beside this module."""
    templates = Environment(
        loader=FileSystemLoader(Path(__file__).parent), autoescape=True, undefined=StrictUndefined, trim_blocks=True
    )
    return templates.get_template(name)


def plot(draw: Callable[[Axes], None], width: float, height: float) -> Markup:
    """What `draw` draws as SVG to stand inside a page; sizes in inches."""
    file = io.StringIO()
    with mpl.rc_context(_STYLE):
        figure = Figure(figsize=(width, height), layout="constrained")
        draw(figure.add_subplot())
        figure.savefig(file, format="svg", metadata=_NO_METADATA)
    text = file.getvalue()
    return Markup(text[text.index("<svg") :])  # noqa: S704 - matplotlib escapes what it is given


def bars(axes: Axes, rows: Sequence[tuple[str, float, int]], target: float | None = None) -> None:
    """Horizontal bars of shares from 0 to 1: (name, share, out of how many). Under the target they are red."""
    shares = [share for _, share, _ in rows]
    colours = [_BAD if target is not None and share < target else _GOOD for share in shares]
    drawn = axes.barh(range(len(rows)), shares, color=colours)
    axes.bar_label(drawn, [f"{100 * share:.1f} % of {count}" for _, share, count in rows], padding=4)
    axes.set_yticks(range(len(rows)), [name for name, _, _ in rows])
    axes.invert_yaxis()
    axes.set_xlim(0, 1.25)
    axes.set_xticks([0, 0.25, 0.5, 0.75, 1])
    axes.xaxis.set_major_formatter(PercentFormatter(1))
    axes.spines[["top", "right"]].set_visible(False)
    if target is not None:
        axes.axvline(target, color=_INK, linestyle="--", linewidth=1)


def _confusions(axes: Axes, table: Mapping[str, Mapping[str, int]]) -> None:
    true, got, counts = _labels(table)
    known = [intent.value for intent in INTENTS]
    names = [*known, *sorted({*got} - {*known})]
    counted = confusion_matrix(true, got, labels=names, sample_weight=counts)
    ConfusionMatrixDisplay(counted, display_labels=names).plot(
        ax=axes, cmap="Greens", colorbar=False, xticks_rotation=40, values_format="d"
    )
    axes.set(xlabel="understood", ylabel="meant")


def _reliability(axes: Axes, rows: Sequence[Mapping[str, Any]]) -> None:
    accuracy, confidence = [row["accuracy"] for row in rows], [row["confidence"] for row in rows]
    CalibrationDisplay(accuracy, confidence, confidence).plot(ax=axes, color=_GOOD, ref_line=True)
    most = max((row["count"] for row in rows), default=1)
    axes.scatter(confidence, accuracy, [20 + 200 * row["count"] / most for row in rows], color=_GOOD, alpha=0.65)
    axes.set(xlabel="mean confidence", ylabel="share that is right", xlim=(0, 1.05), ylim=(0, 1.05))
    if legend := axes.get_legend():
        legend.remove()


def _intents(table: Mapping[str, Mapping[str, int]]) -> list[dict[str, Any]]:
    """Precision, recall and F1 of each intent that a message has."""
    true, got, counts = _labels(table)
    names = sorted(set(true))
    columns = precision_recall_fscore_support(true, got, labels=names, sample_weight=counts, zero_division=0)
    return [
        {"name": name, "precision": precision, "recall": recall, "f1": f1, "messages": int(messages)}
        for name, precision, recall, f1, messages in zip(names, *columns, strict=True)
    ]


def _labels(table: Mapping[str, Mapping[str, int]]) -> tuple[list[str], list[str], list[int]]:
    """A table of confusions as scikit-learn takes it: true and predicted labels, and how often they meet."""
    cells = [(true, got, count) for true, row in table.items() for got, count in row.items()]
    return [true for true, _, _ in cells], [got for _, got, _ in cells], [count for _, _, count in cells]


def _tiles(summary: Mapping[str, Any]) -> list[tuple[str, str]]:
    times = summary["latency_ms"]
    return [
        ("Messages", str(summary["messages"])),
        ("Intent right", f"{100 * summary['intent_accuracy']:.1f} %"),
        ("Slots (F1)", f"{100 * summary['slots']['micro']['f1']:.1f} %"),
        ("All right", f"{100 * summary['exact_match']:.1f} %"),
        ("Calibration error", f"{summary['ece']:.3f}"),
        ("Median time", f"{times['p50']:.1f} ms"),
        ("99 % within", f"{times['p99']:.1f} ms"),
    ]
