"""`pulpo canary report`: compares the slm track with the legacy one and recommends what to do."""

import asyncio
import json
import re
import time
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Annotated, Any

import typer

from cli.canary.command import (
    KEY,
    SELECTOR,
    ConfigMapOption,
    JsonOption,
    KeyOption,
    NamespaceOption,
    SelectorOption,
    share_at,
)
from cli.canary.samples import asked_of, latencies_of, samples_of
from cli.canary.share import PHASES, Change, Share
from cli.canary.track_source import SourceError
from cli.canary.verdict import CanaryVerdict, Recommendation, judge
from cli.support.databases import opened
from cli.support.errors import fail
from cli.support.quantile import quantile
from gateway.settings import GatewayDatabaseSettings
from gateway.storage.evidence import Evidence, Figures
from gateway.tracks.track import LEGACY, SLM
from runtime.errors import PulpoError
from runtime.settings import load

WATCH_S = 30.0
"""Seconds between two looks of --watch."""
_UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86_400}
SinceOption = Annotated[str, typer.Option(help="How far back to look, e.g. 10m, 6h; never beyond the last change.")]
DatabaseOption = Annotated[
    str, typer.Option("--database", help="The gateway's database; as its settings say when not given.")
]
WorkspaceOption = Annotated[str, typer.Option("--workspace", "-w", help="Only this business; all when not given.")]
AutoOption = Annotated[
    bool, typer.Option("--auto", help="Act on the verdict: a step up at most, and never the first one.")
]
WatchOption = Annotated[bool, typer.Option("--watch", help="Again every 30 s, until Ctrl-C.")]


@dataclass(frozen=True)
class _Look:
    """One evaluation of the tracks, and what was done about it."""

    figures: Figures
    verdict: CanaryVerdict
    percent: int
    change: Change | None

    def as_json(self) -> dict[str, Any]:
        return {
            "verdict": self.verdict.recommendation.value,
            "reasons": self.verdict.reasons,
            "slm_percent": self.percent,
            "since": datetime.fromtimestamp(self.figures.since, UTC).isoformat(timespec="seconds"),
            "turns": {track: len(latencies_of(self.figures, track)) for track in (SLM, LEGACY)},
            "p90_ms": {track: quantile(latencies_of(self.figures, track), 0.9) for track in (SLM, LEGACY)},
            "pairs": len(self.figures.pairs),
            "asked": dict(zip(("asked", "read"), asked_of(self.figures), strict=True)),
            "checks": [asdict(check) for check in self.verdict.checks],
            "acted": asdict(self.change) if self.change else None,
        }


def report(
    since: SinceOption = "10m",
    database: DatabaseOption = "",
    workspace: WorkspaceOption = "",
    auto: AutoOption = False,
    watch: WatchOption = False,
    configmap: ConfigMapOption = "",
    namespace: NamespaceOption = "default",
    key: KeyOption = KEY,
    pods: SelectorOption = SELECTOR,
    as_json: JsonOption = False,
) -> None:
    """Compares the tracks and says promote, hold or roll back, with the reasons. Only what happened since the
    share was changed last counts. Status 1 when the verdict is to roll back."""
    began, age_s = time.time(), _seconds(since)
    share = share_at(configmap, namespace, key, pods)
    url = database or load(GatewayDatabaseSettings).database_url
    while True:
        told = _look(url, share, workspace, age_s + (time.time() - began), auto)
        print(json.dumps(told.as_json()) if as_json else _text(told), flush=True)
        if not watch:
            raise typer.Exit(1 if told.verdict.recommendation is Recommendation.ROLL_BACK else 0)
        try:
            time.sleep(WATCH_S)
        except KeyboardInterrupt:
            raise typer.Exit(0) from None


def _look(url: str, share: Share, workspace: str, age_s: float, auto: bool) -> _Look:
    """One report, acted on with `auto`. Ends the command when the share or the database cannot be had."""
    try:
        percent, changed = share.split().slm_percent, share.changed_at()
        figures = asyncio.run(_figures(url, age_s, changed.timestamp() if changed else 0.0, workspace))
        verdict = judge(samples_of(figures))
        return _Look(figures, verdict, percent, act(verdict.recommendation, share, percent) if auto else None)
    except SourceError as error:
        fail(f"canary: {error}")
    except PulpoError as error:
        fail(f"canary: {error.reason}: {error.message}")


def act(recommendation: Recommendation, share: Share, percent: int) -> Change | None:
    """Does what a verdict says; None when there is nothing to do. From nobody to the first share is a person's
    step, so that what was rolled back stays so. Raises SourceError."""
    if recommendation is Recommendation.ROLL_BACK and percent > 0:
        return share.roll_back(datetime.now(UTC))
    if recommendation is Recommendation.PROMOTE and 0 < percent < PHASES[-1]:
        return share.promote(datetime.now(UTC))
    return None


async def _figures(url: str, age_s: float, not_before: float, workspace: str) -> Figures:
    async with opened("gateway", url) as database:
        return await Evidence(database).figures(age_s, not_before, workspace)


def _text(told: _Look) -> str:
    """The report for the terminal."""
    lines = [f"{told.verdict.recommendation.value.upper()}: " + "; ".join(told.verdict.reasons), ""]
    since = datetime.fromtimestamp(told.figures.since, UTC).isoformat(timespec="seconds")
    lines.append(f"share {told.percent} % on slm, evidence since {since}")
    for track in (SLM, LEGACY):
        took = latencies_of(told.figures, track)
        p90 = quantile(took, 0.9)
        lines.append(f"  {track:<7} {len(took):>6} turns" + (f", p90 {p90:.0f} ms" if p90 is not None else ""))
    lines.append(f"  both    {len(told.figures.pairs):>6} turns")
    asked, read = asked_of(told.figures)
    if read:
        lines.append(f"  a model was asked about {asked} of {read} messages of slm, {100 * asked / read:.0f} %")
    lines += [f"  {check.state.value:<14} {check.said}" for check in told.verdict.checks]
    if not told.figures.pairs:
        lines.append("Nothing was compared; `pulpo canary shadow PERCENT` has both tracks read a share of turns.")
    if told.change:
        lines.append(f"Acted: slm {told.change.before} % → {told.change.after} % of conversations.")
    return "\n".join(lines)


def _seconds(text: str) -> float:
    """A duration like 90s, 10m, 6h or 2d in seconds. Ends the command for anything else."""
    match = re.fullmatch(r"(\d{1,6})([smhd])", text)
    if not match:
        fail(f"canary: --since: expected a duration like 10m, 6h or 2d, got {text!r}")
    return int(match[1]) * _UNITS[match[2]]
