"""The figures of an evaluation of readings as text."""

import json
from collections.abc import Mapping
from typing import Any


def render(summary: Mapping[str, Any], *, verbose: bool = False) -> str:
    """The report as text; with `verbose`, every reading that is not as labelled."""
    lines = _figures(summary)
    for language, figures in summary["languages"].items():
        lines += ["", f"language {language}", *_figures(figures)]
    if verbose:
        lines += [line for mistake in summary["mistakes"] for line in ("", *_mistake(mistake))]
    return "\n".join(lines)


def _figures(figures: Mapping[str, Any]) -> list[str]:
    total, parts = figures["readings"], figures["all_parts"]
    first = figures["first_form"]
    wrong, right = figures["wrong_in_a_value"], figures["right_in_all_values"]
    return [
        f"readings {total}   whole {_share(figures['whole'], total)}   all parts F1 {parts['f1']:.4f}",
        f"sure as labelled {_share(figures['sure_is_right'], total)}",
        f"unsure of those wrong in a value {_share(wrong['unsure'], wrong['readings'])}, "
        f"of those right and labelled sure {_share(right['unsure'], right['readings'])}",
        f"first form computed from the second agrees with the reader's own: intent "
        f"{_share(first['same_intent'], total)}, intent and slots {_share(first['same'], total)}",
        f"{'part':<12} {'there':>6} {'found':>6} {'right':>6} {'F1':>7}",
        *(
            f"{name:<12} {one['there']:>6} {one['found']:>6} {one['right']:>6} {one['f1']:>7.4f}"
            for name, one in figures["parts"].items()
        ),
    ]


def _share(count: int, total: int) -> str:
    return f"{count / total:.4f} ({count} of {total})" if total else "none of 0"


def _mistake(mistake: Mapping[str, Any]) -> list[str]:
    got, wanted = mistake["got"], mistake["wanted"]
    parts = [f"  {part}: read {_json(got.get(part))}, labelled {_json(wanted.get(part))}" for part in mistake["wrong"]]
    return [f"{mistake['id']}: {mistake['text']}", *parts]


def _json(value: object) -> str:
    return "nothing" if value is None else json.dumps(value, ensure_ascii=False)
