"""What a roll-out under load shows: failed turns, conversations that changed track, the measured share. Pure."""

import math
import statistics
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from tests.mesh.tools.traffic import Sent, Turn

Z_99 = 2.5758293035489004
"""Of a two-sided interval of 99 %."""


@dataclass(frozen=True)
class Restart:
    """Processes that were restarted together."""

    names: tuple[str, ...]
    seconds: float
    """Until Envoy gave the new ones calls."""


@dataclass(frozen=True)
class PhaseResult:
    """One phase."""

    percent: int
    messages: int
    conversations: int
    """Conversations that wrote after it had settled."""
    on_slm: int
    """How many of them were on the slm track."""
    p50_ms: float
    p95_ms: float

    @property
    def interval(self) -> tuple[float, float]:
        """The 99 % interval of the share, in per cent."""
        low, high = wilson(self.on_slm, self.conversations)
        return 100 * low, 100 * high

    @property
    def fits(self) -> bool:
        """Whether the share that was set is in it."""
        low, high = self.interval
        return low <= self.percent <= high


@dataclass(frozen=True)
class Result:
    """The whole run."""

    phases: tuple[PhaseResult, ...]
    restarts: tuple[Restart, ...]
    failed: Mapping[str, int]
    """Why a message got no proper reply → how many did not."""
    moved: int
    """Conversations that changed track otherwise than the share did."""
    instead: int
    """Turns in which the gateway asked the other track."""
    messages: int

    @property
    def kept(self) -> bool:
        """Whether nothing was broken."""
        return not self.failed and not self.moved and all(phase.fits for phase in self.phases)


def wilson(hits: int, count: int) -> tuple[float, float]:
    """Wilson's 99 % interval of a share."""
    if not count:
        return 0.0, 1.0
    share, square = hits / count, Z_99**2
    middle = (share + square / (2 * count)) / (1 + square / count)
    half = Z_99 * math.sqrt(share * (1 - share) / count + square / (4 * count**2)) / (1 + square / count)
    return max(0.0, round(middle - half, 12)), min(1.0, round(middle + half, 12))


def judge(
    percents: Sequence[int], sent: Sequence[Sent], turns: Mapping[str, Turn], restarts: tuple[Restart, ...]
) -> Result:
    """Puts what customers saw and what the gateways stored together."""
    phases = tuple(_phase(percent, number, sent, turns) for number, percent in enumerate(percents))
    failed = Counter(problem for one in sent if (problem := _problem(one, turns.get(one.sid))))
    moved = _moved(percents, sent, turns)
    instead = sum(1 for one in sent if one.sid in turns and turns[one.sid].instead)
    return Result(phases, restarts, dict(failed), moved, instead, len(sent))


def _problem(sent: Sent, turn: Turn | None) -> str:
    """Why a message counts as failed: no reply within Twilio's time, or a turn that was not wholly run."""
    if sent.problem:
        return sent.problem
    if turn is None:
        return "no turn"
    return "" if turn.outcome == "ok" else f"turn {turn.outcome}"


def _phase(percent: int, number: int, sent: Sequence[Sent], turns: Mapping[str, Turn]) -> PhaseResult:
    here = [one for one in sent if one.phase == number]
    tracks = {one.customer: turns[one.sid].track for one in here if one.settled and one.sid in turns}
    times = [one.ms for one in here] or [0.0, 0.0]
    cuts = statistics.quantiles(times, n=20) if len(times) > 1 else [times[0]] * 19
    on_slm = sum(track == "slm" for track in tracks.values())
    return PhaseResult(percent, len(here), len(tracks), on_slm, cuts[9], cuts[18])


def _moved(percents: Sequence[int], sent: Sequence[Sent], turns: Mapping[str, Turn]) -> int:
    """Conversations with a change of track that no change of the share explains."""
    seen: dict[int, list[tuple[int, str]]] = defaultdict(list)
    for one in sent:
        if one.settled and one.sid in turns:
            seen[one.customer].append((one.phase, turns[one.sid].track))
    moved = 0
    for steps in seen.values():
        ordered = sorted(steps, key=lambda step: step[0])
        moved += any(_unexplained(percents, before, after) for before, after in pairwise(ordered))
    return moved


def _unexplained(percents: Sequence[int], before: tuple[int, str], after: tuple[int, str]) -> bool:
    if before[1] == after[1]:
        return False
    shares = percents[before[0] : after[0] + 1]
    grew = any(later > earlier for earlier, later in pairwise(shares))
    shrank = any(later < earlier for earlier, later in pairwise(shares))
    return not (grew if after[1] == "slm" else shrank)


def report(result: Result, rate: float, customers: int, arguments: str) -> str:
    """The run as a page of Markdown."""
    rows = "\n".join(
        f"| {phase.percent} % | {phase.messages} | {phase.conversations} | {phase.on_slm} |"
        f" {100 * phase.on_slm / max(1, phase.conversations):.1f} % |"
        f" {phase.interval[0]:.1f}–{phase.interval[1]:.1f} % | {phase.p50_ms:.0f} | {phase.p95_ms:.0f} |"
        for phase in result.phases
    )
    restarts = "\n".join(f"| {', '.join(one.names)} | {one.seconds:.0f} |" for one in result.restarts)
    fits = "in every phase" if all(phase.fits for phase in result.phases) else "NOT in every phase"
    failed = ", ".join(f"{count} × {why}" for why, count in sorted(result.failed.items())) or "0"
    return f"""# A roll-out under load

Written by `make rollout` (`python -m tests.mesh.tools.rollout {arguments}`): two of everything on PostgreSQL behind one
Envoy, {customers} customers who together write {rate:g} messages a second through signed webhooks, while the share
of the slm track is changed in the watched file and every service is restarted, one replica after the other.

| what was promised | seen |
| --- | --- |
| failed turns, of {result.messages} messages | {failed} |
| conversations that changed track otherwise than the share did | {result.moved} |
| share within its 99 % interval | {fits} |

A message counts as failed when its one webhook, never sent again, got no reply with text within Twilio's 15 s, or
when its turn is stored as anything else than `ok` (a stage without an answer makes it `degraded`). In
{result.instead} turns the gateway itself asked the other track because the turn's own had no answer.

| share set | messages | conversations | of these on slm | measured | 99 % interval | p50 ms | p95 ms |
| --- | --- | --- | --- | --- | --- | --- | --- |
{rows}

The share is counted in conversations, from 3 s after the change on; the interval is Wilson's. At the beginning of
the second phase of 50 % both of the canary's extractors were killed with SIGKILL.

| restarted together | seconds until Envoy gave the new ones calls |
| --- | --- |
{restarts}
"""
