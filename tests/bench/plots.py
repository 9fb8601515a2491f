"""The plots of a run, as SVG. Colours tell processes apart, shapes of lines databases."""

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from matplotlib import rc_context
from matplotlib.figure import Figure

from tests.bench.figures import Document

SERVICES = ("gateway", "broker", "agenda", "extractor", "planner", "nlg")
"""The dearest below."""
FLOOR = "#888888"
SIZE = (8.0, 3.6)
STYLE: Any = {"svg.fonttype": "none", "svg.hashsalt": "pulpo", "font.size": 9, "axes.spines.top": False}
STYLE |= {"axes.spines.right": False, "axes.grid": True, "grid.alpha": 0.3, "axes.axisbelow": True}


def draw(folder: Path, found: Document) -> dict[str, list[Path]]:
    """Draws what there are figures of. The files, by part."""
    folder.mkdir(parents=True, exist_ok=True)
    drawn: dict[str, list[Path]] = {}
    for name, what, plot in PLOTS:
        if name in found:
            drawn.setdefault(name, []).append(_drawn(folder / f"{what}.svg", plot, found[name]))
    return drawn


def _drawn(file: Path, plot: Callable[[Any, Any], None], part: Document) -> Path:
    with rc_context(STYLE):
        figure = Figure(figsize=SIZE, layout="constrained")
        plot(figure.add_subplot(), part)
        figure.legend(loc="outside right upper")
        figure.savefig(file, metadata={"Date": None})
    return file


def _costs(axes: Any, part: Document) -> None:
    """CPU of a message by process, beside the floor's."""
    rows = part["turns"]
    below = [0.0] * len(rows)
    for name in SERVICES:
        spent = [row["mesh"]["cpu_ms_of"][name] for row in rows.values()]
        axes.bar(range(len(rows)), spent, 0.38, below, label=name, align="edge")
        below = [a + b for a, b in zip(below, spent, strict=True)]
    floor = [row["floor"]["cpu_ms"] if "floor" in row else 0.0 for row in rows.values()]
    axes.bar(range(len(rows)), floor, -0.38, label="the floor, all", color=FLOOR, align="edge")
    axes.set_xticks(range(len(rows)), [name.replace(", ", ",\n") for name in rows])
    axes.set_ylabel("CPU for one message, ms")


def _goodput(axes: Any, part: Document) -> None:
    """Good answers by what is offered, up to three times saturation."""
    for database, line in _by_database(part):
        steps = [*part[database]["steps"], part[database]["overload"]]
        offered = [one["offered"] for one in steps]
        axes.plot(offered, [one["throughput"] for one in steps], line, color=FLOOR, label=f"throughput, {database}")
        axes.plot(
            offered, [one["goodput"] for one in steps], line, color="C0", marker="o", label=f"goodput, {database}"
        )
    axes.set_xlabel("offered, messages/s")
    axes.set_ylabel("answered, messages/s")
    axes.set_ylim(bottom=0)


def _latency(axes: Any, part: Document) -> None:
    """Percentiles by what is offered."""
    for database, line in _by_database(part):
        steps = [*part[database]["steps"], part[database]["overload"]]
        for number, name in enumerate(("p50", "p95", "p99")):
            values = [one[name] for one in steps]
            axes.plot([one["offered"] for one in steps], values, line, color=f"C{number}", label=f"{name}, {database}")
    axes.set_yscale("log")
    axes.set_xlabel("offered, messages/s")
    axes.set_ylabel("from the intended start, ms")


def _sizes(what: str, other: str, label: str) -> Callable[[Any, Document], None]:
    """CPU of a booking and a greeting by one size, the other one at its least."""

    def plot(axes: Any, part: Document) -> None:
        measured = [one for one in part["sizes"] if "greeting" in one]
        least = min((one[other] for one in measured), default=0)
        for database, line in _by_database({one["database"]: None for one in measured}):
            rows = [one for one in measured if one["database"] == database and one[other] == least]
            rows.sort(key=lambda one: one[what])
            for number, kind in enumerate(("greeting", "price", "booking")):
                values = [one[kind]["cpu_ms"] for one in rows]
                axes.plot(
                    [one[what] for one in rows],
                    values,
                    line,
                    color=f"C{number}",
                    marker="o",
                    label=f"{kind}, {database}",
                )
        axes.set_xscale("log")
        axes.set_ylim(bottom=0)
        axes.set_xlabel(label)
        axes.set_ylabel("CPU for one message, ms")

    return plot


def _starts(axes: Any, part: Document) -> None:
    """Seconds until each service is ready, by businesses."""
    started = [one for one in part["sizes"] if "start_s" in one]
    least = min((one["conversations"] for one in started), default=0)
    rows = [one for one in started if one["conversations"] == least and one["database"] == started[0]["database"]]
    rows.sort(key=lambda one: one["workspaces"])
    for place, name in enumerate(SERVICES):
        seconds = [one["start_of"][name]["ready_s"] for one in rows]
        axes.bar([at + 0.13 * place - 0.33 for at in range(len(rows))], seconds, 0.13, label=name)
    axes.set_xticks(range(len(rows)), [f"{one['workspaces']:,}" for one in rows])
    axes.set_xlabel("businesses")
    axes.set_ylabel("seconds until ready")


def _by_database(found: Iterable[str]) -> Iterable[tuple[str, str]]:
    return zip(found, ("-", "--"), strict=False)


PLOTS: tuple[tuple[str, str, Callable[[Any, Document], None]], ...] = (
    ("turns", "cpu-of-a-message", _costs),
    ("arrivals", "goodput", _goodput),
    ("arrivals", "latency", _latency),
    ("sizes", "cpu-by-conversations", _sizes("conversations", "workspaces", "stored conversations")),
    ("sizes", "cpu-by-businesses", _sizes("workspaces", "conversations", "businesses")),
    ("sizes", "start-up", _starts),
)
"""Part, name of the file, and what draws it."""
