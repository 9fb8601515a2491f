"""The figures of an evaluation of message understanding as text."""

from typing import Any


def render(summary: dict[str, Any]) -> str:
    """The report as text."""
    times = summary["latency_ms"]
    lines = [
        f"messages {summary['messages']}",
        f"intent accuracy {summary['intent_accuracy']:.4f}   slots F1 {summary['slots']['micro']['f1']:.4f}   "
        f"whole message {summary['exact_match']:.4f}   ECE {summary['ece']:.4f}",
        f"milliseconds p50 {times['p50']:.2f}   p90 {times['p90']:.2f}   p99 {times['p99']:.2f}",
        *_model_lines(summary.get("model")),
        "",
        f"{'group':<24} {'messages':>8} {'intent':>7} {'slots':>7} {'whole':>7} {'ECE':>7} {'p50 ms':>7} {'p99 ms':>7}",
    ]
    lines += [_group_line(name, group) for name, group in sorted(summary["groups"].items())]
    lines += ["", f"{'slot':<24} {'there':>8} {'prec.':>7} {'recall':>7} {'F1':>7}"]
    lines += [
        f"{name:<24} {score['true']:>8} {score['precision']:>7.3f} {score['recall']:>7.3f} {score['f1']:>7.3f}"
        for name, score in summary["slots"].items()
    ]
    lines += ["", "confidence    messages    mean   right"]
    lines += [
        f"{row['low']:.1f} to {row['high']:.1f}    {row['count']:>8} {row['confidence']:>7.3f} {row['accuracy']:>7.3f}"
        for row in summary["reliability"]
    ]
    lines += ["", *_confusion_lines(summary["confusions"])]
    return "\n".join(lines + _mistake_lines(summary["mistakes"]))


def _model_lines(model: dict[str, Any] | None) -> list[str]:
    """What the model did apart from code; nothing when none was asked."""
    if model is None:
        return []
    alone, rungs = model["alone"], model["rungs"]
    return [
        "",
        f"the model alone: intent {alone['intent_accuracy']:.4f}   slots F1 {alone['slots_f1']:.4f}   "
        f"whole message {alone['exact_match']:.4f}   valid {model['schema_valid']:.4f}",
        f"tokens: prompt {model['prompt_tokens']:.1f}, of them cached {model['cached_share']:.4f}; "
        f"written {model['output_tokens']:.1f}",
        "answers: " + ", ".join(f"{reason} {count}" for reason, count in rungs.items()),
    ]


def _group_line(name: str, group: dict[str, Any]) -> str:
    times = group["latency_ms"]
    return (
        f"{name:<24} {group['messages']:>8} {group['intent_accuracy']:>7.3f} {group['slots']['micro']['f1']:>7.3f} "
        f"{group['exact_match']:>7.3f} {group['ece']:>7.3f} {times['p50']:>7.2f} {times['p99']:>7.2f}"
    )


def _confusion_lines(table: dict[str, dict[str, int]]) -> list[str]:
    wrong = [(count, true, got) for true, row in table.items() for got, count in row.items() if got != true]
    return [f"{true} read as {got}: {count}" for count, true, got in sorted(wrong, key=lambda row: (-row[0], row[1:]))]


def _mistake_lines(mistakes: list[dict[str, Any]]) -> list[str]:
    lines = ["", f"worst mistakes ({len(mistakes)})"] if mistakes else []
    for each in mistakes:
        lines.append(f"  {each['confidence']:.2f} {each['id']} ({each['group']}) {each['text']}")
        if not each["intent_is_right"]:
            lines.append(f"         intent {each['got_intent']}, expected {each['intent']}")
        wrong = sorted(name for name in {*each["slots"], *each["got_slots"]} if _differs(each, name))
        lines += [f"         {n} {each['got_slots'].get(n)!r}, expected {each['slots'].get(n)!r}" for n in wrong]
    return lines


def _differs(mistake: dict[str, Any], slot: str) -> bool:
    return bool(mistake["slots"].get(slot) != mistake["got_slots"].get(slot))
