"""`pulpo canary`: the share of conversations on the slm track, in the watched file or in a ConfigMap."""

import json
import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Annotated

import typer

from cli.canary.share import Change, Share
from cli.canary.track_source import ConfigMapSource, FileSource, SourceError
from cli.settings import CliSettings
from cli.support.errors import fail
from cli.support.lazy import Lazy, group_with
from gateway.settings import TrackSettings
from runtime.settings import load

REPORT = Lazy("report", "cli.canary.report:report", "Compares the tracks and says promote, hold or roll back.")
"""The one command that needs the gateway's database."""
canary_app = typer.Typer(cls=group_with([REPORT]), no_args_is_help=True, help="Rolls the slm track out, and back.")
ConfigMapOption = Annotated[str, typer.Option("--configmap", help="Change this ConfigMap instead of the watched file.")]
NamespaceOption = Annotated[str, typer.Option("--namespace", "-n", help="The ConfigMap's namespace.")]
KeyOption = Annotated[str, typer.Option("--key", help="The ConfigMap's key that holds the lines.")]
SelectorOption = Annotated[
    str, typer.Option("--pods", help="Label selector of the gateway's pods, touched so that they look at once.")
]
JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON.")]
WaitOption = Annotated[
    float,
    typer.Option("--wait", min=0, max=300, help="Seconds to wait until every gateway's metrics show it; 0: do not."),
]
KEY = "tracks.env"
SELECTOR = "app.kubernetes.io/name=gateway"


def share_at(configmap: str, namespace: str, key: str, pods: str) -> Share:
    """The share in the ConfigMap, or in the watched file when none is named."""
    settings = load(TrackSettings)
    if configmap:
        return Share(ConfigMapSource(configmap, namespace, key, pods), settings)
    return Share(
        FileSource(settings.track_path, f"http://127.0.0.1:{load(CliSettings).gateway_metrics_port}/metrics"), settings
    )


@canary_app.command()
def show(
    configmap: ConfigMapOption = "",
    namespace: NamespaceOption = "default",
    key: KeyOption = KEY,
    as_json: JsonOption = False,
) -> None:
    """Shows the effective split and where it stands."""
    share = share_at(configmap, namespace, key, "")
    try:
        split, changed = share.split(), share.changed_at()
    except SourceError as error:
        fail(f"canary: {error}")
    told = {
        "slm_percent": split.slm_percent,
        "shadow_percent": split.shadow_percent,
        "where": share.where,
        "changed_at": changed.isoformat() if changed else None,
    }
    if as_json:
        print(json.dumps(told))
        return
    print(f"slm {split.slm_percent} % of conversations, shadow {split.shadow_percent} % of turns ({share.where})")
    if changed:
        print(f"share unchanged since {changed.isoformat(timespec='seconds')}")


@canary_app.command("set")
def set_(
    percent: Annotated[int, typer.Argument(min=0, max=100, help="0 puts everybody on the legacy track.")],
    configmap: ConfigMapOption = "",
    namespace: NamespaceOption = "default",
    key: KeyOption = KEY,
    pods: SelectorOption = SELECTOR,
    wait: WaitOption = 0,
    as_json: JsonOption = False,
) -> None:
    """Puts this share of conversations on the slm track."""
    _change(
        share_at(configmap, namespace, key, pods), lambda share: share.set(percent, datetime.now(UTC)), wait, as_json
    )


@canary_app.command()
def promote(
    configmap: ConfigMapOption = "",
    namespace: NamespaceOption = "default",
    key: KeyOption = KEY,
    pods: SelectorOption = SELECTOR,
    wait: WaitOption = 0,
    as_json: JsonOption = False,
) -> None:
    """Goes on to the next of the shares 0, 10, 50, 100."""
    _change(share_at(configmap, namespace, key, pods), lambda share: share.promote(datetime.now(UTC)), wait, as_json)


@canary_app.command()
def rollback(
    configmap: ConfigMapOption = "",
    namespace: NamespaceOption = "default",
    key: KeyOption = KEY,
    pods: SelectorOption = SELECTOR,
    wait: WaitOption = 0,
    as_json: JsonOption = False,
) -> None:
    """Puts everybody on the legacy track, by ENABLE_SLM_PIPELINE=false, and shadows no turn. No restart is needed."""
    _change(share_at(configmap, namespace, key, pods), lambda share: share.roll_back(datetime.now(UTC)), wait, as_json)


@canary_app.command()
def shadow(
    percent: Annotated[int, typer.Argument(min=0, max=100, help="0 compares nothing.")],
    configmap: ConfigMapOption = "",
    namespace: NamespaceOption = "default",
    key: KeyOption = KEY,
    pods: SelectorOption = SELECTOR,
) -> None:
    """Has this share of turns read and planned on the other track too, for the report."""
    share = share_at(configmap, namespace, key, pods)
    try:
        share.set_shadow(percent)
    except SourceError as error:
        fail(f"canary: {error}")
    print(f"shadow {percent} % of turns ({share.where})")


def _change(share: Share, act: Callable[[Share], Change], wait_s: float, as_json: bool) -> None:
    """Changes the share and says so; with `wait_s`, also after how long the gateway had taken it up."""
    began = time.monotonic()
    try:
        change = act(share)
    except SourceError as error:
        fail(f"canary: {error}")
    taken_s = _until_taken_up(share, change.after, wait_s) if wait_s else None
    if as_json:
        told = {"before": change.before, "after": change.after, "where": share.where}
        print(json.dumps(told | ({"taken_up_after_s": round(taken_s, 2)} if taken_s is not None else {})))
        return
    same = " as before" if change.before == change.after else f", before {change.before} %"
    print(f"slm {change.after} % of conversations{same} ({share.where})")
    if taken_s is not None:
        print(f"taken up by the gateway {time.monotonic() - began:.1f} s after the command began")


def _until_taken_up(share: Share, percent: int, wait_s: float) -> float:
    """Seconds until every gateway shows a share. Ends the command when one does not in time."""
    began = time.monotonic()
    try:
        while not share.is_taken_up(percent):
            if time.monotonic() - began > wait_s:
                fail(f"canary: set to {percent} % ({share.where}), but not every gateway shows it after {wait_s:.0f} s")
            time.sleep(0.1)
    except SourceError as error:
        fail(f"canary: set to {percent} % ({share.where}), but whether it is taken up is not known: {error}")
    return time.monotonic() - began
