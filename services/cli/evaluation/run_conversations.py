"""Runs whole conversations through an ephemeral mesh, judges them by replies and agenda, and reports."""

import asyncio
import json
import re
import statistics
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import Any

import httpx2

from cli.evaluation.conversations import Conversation, FileError, Transcript, judge, read_file
from cli.local.ephemeral_mesh import EphemeralMesh, ephemeral_mesh
from cli.local.supervisor import StartError
from cli.support.webhook import WebhookError

_BOOKING_ID = re.compile(r"PB-[A-Z0-9]{6}")


@dataclass(frozen=True)
class ConversationResult:
    """The outcome of all runs of one conversation."""

    conversation: Conversation
    """What was run."""
    failures: tuple[tuple[str, ...], ...]
    """What was not as expected, a tuple for each run."""
    transcript: Transcript
    """The first failed run, or the last one."""

    @property
    def passed(self) -> bool:
        """Whether every run passed."""
        return not any(self.failures)


def eval_conversations(file: Path, workspaces: Path, repeat: int, *, as_json: bool) -> int:
    """Runs a file and prints the report. Returns the exit status: 0 all passed, 1 not, 2 unusable file."""
    try:
        conversations = read_file(file)
        results = asyncio.run(_run_all(conversations, workspaces, repeat))
    except (FileError, StartError, WebhookError) as error:
        print(f"pulpo eval conversations: {error}", file=sys.stderr)
        return 2
    summary = summarise(results, repeat)
    print(json.dumps(summary, ensure_ascii=False) if as_json else render(summary))
    return 0 if all(result.passed for result in results) else 1


async def _run_all(conversations: list[Conversation], workspaces: Path, repeat: int) -> list[ConversationResult]:
    results: list[ConversationResult] = []
    ordered = sorted(conversations, key=lambda each: each.reference_time)
    for clock, group in groupby(ordered, key=lambda each: each.reference_time):
        with tempfile.TemporaryDirectory(prefix="pulpo-eval-") as folder:
            async with ephemeral_mesh(Path(folder), clock, workspaces) as mesh:
                for together in _races(list(group)):
                    results += await _run_repeatedly(mesh, together, repeat)
                    _progress(len(results), len(conversations))
    return results


def _races(conversations: list[Conversation]) -> Iterator[list[Conversation]]:
    """Conversations that run at the same time, together; all others alone."""
    by_id = {conversation.id: conversation for conversation in conversations}
    done: set[str] = set()
    for conversation in conversations:
        if conversation.id in done:
            continue
        partners = {conversation.id, conversation.race_with} | {
            each.id for each in conversations if each.race_with == conversation.id
        }
        together = [by_id[name] for name in by_id if name in partners]
        done |= {each.id for each in together}
        yield together


async def _run_repeatedly(mesh: EphemeralMesh, together: list[Conversation], repeat: int) -> list[ConversationResult]:
    runs: list[list[tuple[tuple[str, ...], Transcript]]] = [[] for _ in together]
    for _ in range(repeat):
        mesh.forget_everything()
        transcripts = await _run_together(mesh, together)
        for collected, conversation, transcript in zip(runs, together, transcripts, strict=True):
            collected.append((tuple(judge(conversation, transcript)), transcript))
    return [
        ConversationResult(
            conversation,
            tuple(failures for failures, _ in collected),
            next((transcript for failures, transcript in collected if failures), collected[-1][1]),
        )
        for conversation, collected in zip(together, runs, strict=True)
    ]


async def _run_together(mesh: EphemeralMesh, conversations: list[Conversation]) -> list[Transcript]:
    """Runs conversations at the same time."""
    async with httpx2.AsyncClient() as client:
        return list(await asyncio.gather(*(_run(mesh, client, conversation) for conversation in conversations)))


async def _run(mesh: EphemeralMesh, client: httpx2.AsyncClient, conversation: Conversation) -> Transcript:
    """Sends a script's messages one after the other, and notes replies and appointments."""
    sender = mesh.sender(conversation.workspace, conversation.customer)
    transcript, last_id = Transcript(), ""
    for text in conversation.turns:
        said = text.replace("{booking_id}", last_id)
        reply = await sender.send(client, said)
        found = _BOOKING_ID.findall(reply)
        last_id = found[-1] if found else last_id
        transcript.lines.append((said, reply))
        _note_appointments(mesh.appointments(conversation.customer), transcript)
    return transcript


def _note_appointments(rows: list[dict[str, Any]], transcript: Transcript) -> None:
    known = {row["booking_id"] for row in transcript.created}
    transcript.created += [row for row in rows if row["booking_id"] not in known]
    by_id = {row["booking_id"]: row for row in rows}
    transcript.final = [by_id[row["booking_id"]] for row in transcript.created]
    if transcript.created and transcript.messages_to_booking is None:
        transcript.messages_to_booking = len(transcript.lines)


def summarise(results: list[ConversationResult], repeat: int) -> dict[str, Any]:
    """The report as data: pass rates, messages per booking, failures with their transcripts."""
    groups: dict[str, list[ConversationResult]] = {}
    for result in results:
        groups.setdefault(result.conversation.group, []).append(result)
    messages = [
        result.transcript.messages_to_booking for result in results if result.transcript.messages_to_booking is not None
    ]
    runs = sum(len(result.failures) for result in results)
    return {
        "conversations": len(results),
        "repeat": repeat,
        "pass_1": sum(not failures for result in results for failures in result.failures) / max(runs, 1),
        f"pass_{repeat}": _rate(results),
        "groups": {name: {"conversations": len(members), "passed": _rate(members)} for name, members in groups.items()},
        "median_messages_per_booking": statistics.median(messages) if messages else None,
        "failures": [
            {
                "id": result.conversation.id,
                "group": result.conversation.group,
                "problems": next(failures for failures in result.failures if failures),
                "transcript": result.transcript.text(),
            }
            for result in results
            if not result.passed
        ],
    }


def _rate(results: list[ConversationResult]) -> float:
    return sum(result.passed for result in results) / max(len(results), 1)


def render(summary: dict[str, Any]) -> str:
    """The report as text."""
    repeat = summary["repeat"]
    lines = [f"conversations {summary['conversations']}, runs of each {repeat}", f"pass^1 {summary['pass_1']:.4f}"]
    if repeat > 1:
        lines.append(f"pass^{repeat} {summary[f'pass_{repeat}']:.4f}")
    lines.append(f"messages per booking, median {summary['median_messages_per_booking']}")
    lines += [
        f"  {name:<24} {group['passed']:.3f} of {group['conversations']}" for name, group in summary["groups"].items()
    ]
    for failure in summary["failures"]:
        lines += ["", f"FAILED {failure['id']} ({failure['group']})", *(f"  - {each}" for each in failure["problems"])]
        lines += [f"    {line}" for line in failure["transcript"].splitlines()]
    return "\n".join(lines)


def _progress(done: int, total: int) -> None:
    if sys.stderr.isatty():
        print(f"\r{done} of {total} conversations", end="" if done < total else "\n", file=sys.stderr, flush=True)
