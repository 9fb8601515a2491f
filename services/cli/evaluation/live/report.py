"""The figures of a live evaluation as data and as text. Pure."""

import statistics
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from cli.evaluation.live.score import Run, Verdict
from cli.evaluation.live.tasks import Task

Result = tuple[Task, list[tuple[Run, Verdict]]]
"""A task with its runs."""
GROUPINGS: dict[str, Callable[[Task], str]] = {
    "group": lambda task: task.kind_of_task,
    "business": lambda task: task.workspace,
    "variety": lambda task: task.variety,
    "style": lambda task: task.persona.style,
    "reveals": lambda task: task.persona.reveals,
}
"""By what figures are given, and how it is found in a task."""


def summarise(results: Sequence[Result], times: int) -> dict[str, Any]:
    """The report as data."""
    verdicts = [verdict for _, runs in results for _, verdict in runs]
    bookings = [each.messages_to_booking for each in verdicts if each.messages_to_booking is not None]
    replies = sum(each.replies for each in verdicts)
    return {
        "tasks": len(results),
        "times": times,
        "runs": len(verdicts),
        "reached": _share([each.reached for each in verdicts]),
        "clean": _share([each.clean for each in verdicts]),
        f"pass_{times}": _share([all(verdict.reached for _, verdict in runs) for _, runs in results]),
        f"clean_{times}": _share([all(verdict.clean for _, verdict in runs) for _, runs in results]),
        "median_messages_to_booking": statistics.median(bookings) if bookings else None,
        "replies": replies,
        "repeated": sum(each.repeated for each in verdicts),
        "untrue": sum(each.untrue for each in verdicts),
        "untold": sum(each.untold for each in verdicts),
        "wrong_writes": sum(each.wrong for each in verdicts),
        "asked_again": sum(each.asked_again for each in verdicts),
        "by": {name: _by(results, key) for name, key in GROUPINGS.items()},
        "failures": [
            _failure(task, run, verdict) for task, runs in results for run, verdict in runs if verdict.problems
        ],
    }


def _by(results: Sequence[Result], key: Callable[[Task], str]) -> dict[str, dict[str, Any]]:
    groups: dict[str, list[Verdict]] = {}
    for task, runs in results:
        groups.setdefault(key(task), []).extend(verdict for _, verdict in runs)
    return {
        name: {
            "runs": len(members),
            "reached": _share([each.reached for each in members]),
            "clean": _share([each.clean for each in members]),
        }
        for name, members in sorted(groups.items())
    }


def _played(results: Sequence[Result]) -> Iterator[tuple[Task, Run, Verdict]]:
    return ((task, run, verdict) for task, runs in results for run, verdict in runs)


def _failure(task: Task, run: Run, verdict: Verdict) -> dict[str, Any]:
    problems = Counter(verdict.problems)
    return {
        "id": task.id,
        "group": task.kind_of_task,
        "seed": run.seed,
        "reached": verdict.reached,
        "problems": [f"{line} ({count} times)" if count > 1 else line for line, count in problems.items()],
        "transcript": run.text(),
    }


def _share(values: Sequence[bool]) -> float:
    return sum(values) / max(len(values), 1)


def render(summary: dict[str, Any]) -> str:
    """The report as text."""
    times, replies = summary["times"], max(summary["replies"], 1)
    lines = [
        f"tasks {summary['tasks']}, runs of each {times}",
        f"reached {summary['reached']:.4f}   clean {summary['clean']:.4f}",
    ]
    if times > 1:
        lines.append(f"pass^{times} {summary[f'pass_{times}']:.4f}   clean^{times} {summary[f'clean_{times}']:.4f}")
    lines += [
        f"messages to a booking, median {summary['median_messages_to_booking']}",
        f"replies {summary['replies']}: repeated {summary['repeated']} ({summary['repeated'] / replies:.4f}), "
        f"untrue {summary['untrue']}, untold changes {summary['untold']}, wrong writes {summary['wrong_writes']}, "
        f"asked again {summary['asked_again']}",
    ]
    for name, groups in summary["by"].items():
        lines += ["", f"{name:<32} {'runs':>5} {'reached':>8} {'clean':>8}"]
        lines += [
            f"  {each:<30} {group['runs']:>5} {group['reached']:>8.3f} {group['clean']:>8.3f}"
            for each, group in groups.items()
        ]
    for failure in summary["failures"]:
        what = "NOT CLEAN" if failure["reached"] else "NOT REACHED"
        lines += ["", f"{what} {failure['id']} ({failure['group']}, seed {failure['seed']})"]
        lines += [f"  - {each}" for each in failure["problems"]]
        lines += [f"    {line}" for line in failure["transcript"].splitlines()]
    return "\n".join(lines)
