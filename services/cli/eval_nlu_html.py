"""The report of an evaluation as one HTML page that needs nothing else."""

from collections.abc import Mapping, Sequence
from html import escape
from typing import Any

from cli.eval_nlu_file import INTENTS
from cli.eval_nlu_svg import bars, matrix, reliability_plot

_STYLE = """
body{font:15px/1.5 system-ui,sans-serif;color:#1f2933;max-width:860px;margin:32px auto;padding:0 16px}
h1{font-size:26px;margin-bottom:4px}h2{font-size:18px;margin:36px 0 8px}
.tiles{display:flex;flex-wrap:wrap;gap:12px}.tile{border:1px solid #e4e7eb;border-radius:8px;
padding:12px 16px;min-width:130px}
.tile b{display:block;font-size:24px}.note{color:#616e7c}svg{max-width:100%;height:auto}
table{border-collapse:collapse;width:100%}td,th{text-align:left;padding:6px 8px;
border-bottom:1px solid #e4e7eb;vertical-align:top}
.bad{color:#c53030}
"""


def page(summary: Mapping[str, Any], title: str) -> str:
    """The whole page. `title` says what was measured."""
    groups = [
        (name, group["intent_accuracy"], f"of {group['messages']}") for name, group in sorted(summary["groups"].items())
    ]
    slots = [(name, score["f1"], f"of {score['true']}") for name, score in summary["slots"].items()]
    sections = [
        f"<h1>How well messages are understood</h1><p class=note>{escape(title)}</p>",
        _tiles(summary),
        _section("Intent, by kind of message", "Share of messages whose intent is right.", bars(groups, target=0.95)),
        _section("Details found", "F1 of each slot: 100 % is every value found and none made up.", bars(slots)),
        _section(
            "What is taken for what",
            "Each row is what customers meant, each column what was understood. Red cells are mistakes.",
            matrix(summary["confusions"], INTENTS),
        ),
        _section(
            "Does it know when it is unsure?",
            "On the dashed line, confidence can be taken at its word; below it, it is too sure of itself.",
            reliability_plot(summary["reliability"]),
        ),
        _section(
            "Worst mistakes", "The surest wrong intents first, then wrong details.", _mistakes(summary["mistakes"])
        ),
    ]
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width,initial-scale=1">'
        f"<title>{escape(title)}</title><style>{_STYLE}</style></head><body>{''.join(sections)}</body></html>\n"
    )


def _tiles(summary: Mapping[str, Any]) -> str:
    times = summary["latency_ms"]
    tiles = [
        ("Messages", str(summary["messages"])),
        ("Intent right", f"{100 * summary['intent_accuracy']:.1f} %"),
        ("Details (F1)", f"{100 * summary['slots']['micro']['f1']:.1f} %"),
        ("All right", f"{100 * summary['exact_match']:.1f} %"),
        ("Calibration error", f"{summary['ece']:.3f}"),
        ("Typical time", f"{times['p50']:.1f} ms"),
        ("Slowest 1 %", f"{times['p99']:.1f} ms"),
    ]
    return (
        "<div class=tiles>"
        + "".join(f"<div class=tile>{escape(name)}<b>{escape(value)}</b></div>" for name, value in tiles)
        + "</div>"
    )


def _section(title: str, note: str, body: str) -> str:
    return f"<h2>{escape(title)}</h2><p class=note>{escape(note)}</p>{body}"


def _mistakes(rows: Sequence[Mapping[str, Any]]) -> str:
    if not rows:
        return "<p>None.</p>"
    lines = "".join(
        f"<tr><td>{escape(row['id'])}</td><td>{escape(row['text'])}</td>"
        f"<td>{escape(row['intent'])}<br>{_pairs(row['slots'])}</td>"
        f"<td><span class={'ok' if row['intent_is_right'] else 'bad'}>{escape(row['got_intent'])}</span> "
        f"({row['confidence']:.2f})<br>{_pairs(row['got_slots'])}</td></tr>"
        for row in rows
    )
    return f"<table><tr><th>id</th><th>message</th><th>expected</th><th>understood</th></tr>{lines}</table>"


def _pairs(slots: Mapping[str, str]) -> str:
    return "<br>".join(escape(f"{name}: {value}") for name, value in slots.items())
