"""The figures of a live evaluation as one HTML page. Needs what `html_report` needs; import it only to write a page."""

from collections.abc import Mapping
from typing import Any

from markupsafe import Markup

from cli.evaluation.html_report import bars, plot, template

REACHED_TARGET, CLEAN_TARGET = 0.97, 0.85
"""Shares that each kind of task should come to."""


def page(summary: Mapping[str, Any], title: str) -> str:
    """The whole page of `report.summarise`'s data. `title` says what was played."""
    groups = summary["by"]["group"]
    targets = {"reached": REACHED_TARGET, "clean": CLEAN_TARGET}
    return template("live.html").render(
        title=title,
        tiles=_tiles(summary),
        plots={name: _plot(groups, name, target) for name, target in targets.items()},
        by=summary["by"],
        failures=summary["failures"],
    )


def _plot(groups: Mapping[str, Mapping[str, Any]], name: str, target: float) -> Markup:
    rows = [(each, group[name], group["runs"]) for each, group in groups.items()]
    return plot(lambda axes: bars(axes, rows, target), 8, 0.9 + 0.32 * len(rows))


def _tiles(summary: Mapping[str, Any]) -> list[tuple[str, str]]:
    times = summary["times"]
    return [
        ("Runs", str(summary["runs"])),
        ("Reached", f"{100 * summary['reached']:.1f} %"),
        ("Clean", f"{100 * summary['clean']:.1f} %"),
        (f"All {times} seeds reached", f"{100 * summary[f'pass_{times}']:.1f} %"),
        ("Messages to a booking", str(summary["median_messages_to_booking"])),
        ("Repeated replies", str(summary["repeated"])),
        ("Untrue replies", str(summary["untrue"])),
        ("Wrong writes", str(summary["wrong_writes"])),
    ]
