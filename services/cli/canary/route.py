"""`pulpo route`: explains which track a conversation takes."""

import json
import re
from typing import Annotated, Any

import typer

from cli.canary.track_source import FileSource, SourceError, values_in
from cli.support.errors import fail
from cli.support.workspaces import known_workspaces
from gateway.domain.message import conversation_id
from gateway.settings import TrackSettings
from gateway.tracks.share_file import ENABLED, PERCENT, TrackValues, lines_in
from gateway.tracks.track import BUCKETS, Decision, Row, explain
from runtime.settings import load
from workspace.errors import ManifestError

_ID = re.compile(r"[0-9a-f]{32}")
_PUNCTUATION = re.compile(r"[\s().-]")
ConversationArgument = Annotated[
    str, typer.Argument(help="Phone, E.164; channel address, e.g. whatsapp:AR.15025; or a conversation's id.")
]
WorkspaceOption = Annotated[
    str, typer.Option("--workspace", "-w", help="Id of the business; the first when not given.")
]
PercentOption = Annotated[int | None, typer.Option(min=0, max=100, help="As if SLM_CANARY_PERCENT were this.")]
AskedOption = Annotated[
    str, typer.Option("--header", help="As if a trusted caller asked for this track: slm or legacy.")
]
JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON.")]


def route(
    conversation: ConversationArgument,
    workspace: WorkspaceOption = "",
    percent: PercentOption = None,
    header: AskedOption = "",
    as_json: JsonOption = False,
) -> None:
    """Explains which track a conversation takes: its place, the settings that hold, and which of them decided.
    Reads the environment and the watched file as the gateway does; run it where the gateway's settings are."""
    settings = load(TrackSettings)
    told = _told(settings, _workspace(settings, workspace), conversation, percent, header)
    if as_json:
        print(json.dumps(told))
        return
    print(f"{told['track']}: {told['why']}")
    print(f"  conversation  {told['conversation']} of {told['workspace']}")
    print(f"  place         {told['bucket']} of {BUCKETS}: on slm from a share of {told['bucket'] // 100 + 1} % on")
    print(f"  {ENABLED}  {str(told['enabled']).lower()} ({told['enabled_from']})")
    print(f"  {PERCENT}   {told['percent']} ({told['percent_from']})")


def _told(
    settings: TrackSettings, workspace_id: str, conversation: str, percent: int | None, header: str
) -> dict[str, Any]:
    """What the command prints, as JSON data. Ends the command when the settings cannot be read."""
    source = FileSource(settings.track_path)
    try:
        text = source.read()
        values = values_in(text, settings.track_lines())
    except SourceError as error:
        fail(f"route: {error}")
    lines = lines_in(text)
    if percent is not None:
        values = TrackValues(values.enabled, percent, values.shadow_percent)
    identity = _identity(workspace_id, conversation)
    decision = explain(values.enabled, values.percent, workspace_id, identity, header)
    return {
        "workspace": workspace_id,
        "conversation": identity,
        "track": decision.track,
        "decided_by": decision.row.value,
        "why": _why(decision, values),
        "bucket": decision.bucket,
        "buckets": BUCKETS,
        "enabled": values.enabled,
        "enabled_from": source.name if ENABLED in lines else "environment",
        "percent": values.percent,
        "percent_from": "--percent" if percent is not None else source.name if PERCENT in lines else "environment",
        "slm_percent": values.split.slm_percent,
    }


def _workspace(settings: TrackSettings, wanted: str) -> str:
    """The business's id. Ends the command when there is none of that id."""
    try:
        registry = known_workspaces(settings.workspaces_dir)
    except ManifestError as error:
        fail(f"route: {error}")
    known = [each.id for each in registry]
    if wanted and wanted not in known:
        fail(f"route: unknown workspace {wanted!r}; there are: {', '.join(known)}")
    return wanted or known[0]


def _identity(workspace_id: str, conversation: str) -> str:
    """The conversation's id: as given, or of the address or phone that was given."""
    if _ID.fullmatch(conversation):
        return conversation
    if ":" in conversation:
        return conversation_id(workspace_id, conversation)
    phone = _PUNCTUATION.sub("", conversation)
    if not re.fullmatch(r"\+[1-9]\d{6,14}", phone):
        fail("route: expected a phone like +5491155551234, an address like whatsapp:+5491155551234, or its id")
    return conversation_id(workspace_id, f"whatsapp:{phone}")


def _why(decision: Decision, values: TrackValues) -> str:
    match decision.row:
        case Row.ASKED:
            return "a trusted caller asks for it by x-pulpo-track"
        case Row.OFF:
            return f"{ENABLED} is false"
        case Row.EVERYBODY:
            return f"{ENABLED} is true and {PERCENT} is 0 or unset: everybody is on slm"
        case _:
            within = "within" if decision.track == "slm" else "not within"
            return f"its place is {within} the first {values.percent} % of conversations"
