"""The secrets of each process of a mesh: its own key, the tokens that it shows to the services that it calls, and the
secrets of its role. All keys are derived from the mesh's secret, a file of the data folder."""

import os
import re
import secrets
from collections.abc import Mapping
from pathlib import Path

from cli.support.errors import SetUpError
from envoy_config.table import load_table
from runtime.errors import PulpoError
from runtime.private import make_folder
from runtime.rpc.identity import UNNAMED, Listed, caller_token, listed_in, service_key

FILE = "mesh-secret"
"""Name of the file in the data folder."""
VARIABLE = "PULPO_MESH_SECRET"
"""Variable that stands in for the file: the new secret and, while it is being replaced, the old one, by a comma."""
SUPERVISED = "PULPO_SUPERVISED"
"""Variable that tells a process that all its settings are in its environment, and `.env` is not to be read."""
CALLS = {
    "gateway": ("extractor", "planner", "broker", "nlg"),
    "extractor": ("gateway",),
    "planner": ("gateway",),
    "broker": ("agenda", "gateway"),
    "nlg": ("gateway",),
    "agenda": ("gateway",),
}
"""Service -> those that it calls, as in k8s/edges.yaml."""
SERVICES = ("gateway", "extractor", "planner", "broker", "nlg", "agenda")
_OWN = re.compile(r"PULPO_|SLM_|OTEL_")
_SECRET_LIKE = re.compile(r"TOKEN|SECRET|PASSW|CREDENTIAL|PRIVATE|_KEY$|_PAT$", re.IGNORECASE)
_MODELS = ("extractor", "planner", "nlg")


def mesh_secret(environment: Mapping[str, str]) -> str:
    """The secret of the mesh: the variable's, or the data folder's, which is made when there is none. Raises
    SetUpError when it cannot be kept."""
    if given := environment.get(VARIABLE):
        return given
    file = Path(environment.get("PULPO_DATA_DIR") or "data") / FILE
    try:
        if not file.exists():
            _make(file)
        return file.read_text(encoding="ascii").strip()
    except (OSError, PulpoError) as error:
        said = error.message if isinstance(error, PulpoError) else f"{file}: {error.strerror}"
        raise SetUpError(said) from error


def _make(file: Path) -> None:
    """Writes a new secret that only its owner may read, whole from its first moment; the first of several stays."""
    make_folder(file.parent)
    fresh = file.with_name(f"{file.name}.{secrets.token_hex(8)}")
    descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "w", encoding="ascii") as opened:
            opened.write(secrets.token_hex(32) + "\n")
            opened.flush()
            os.fsync(opened.fileno())
        try:
            os.link(fresh, file)
        except FileExistsError:
            return
    finally:
        fresh.unlink()


def identity_of(service: str, secret: str) -> dict[str, str]:
    """The variables by which a service knows its callers and is known to those that it calls. Of two secrets, by a
    comma, both prove and the first one is shown."""
    each = [part.strip() for part in secret.split(",") if part.strip()]
    shown = [f"{callee}={caller_token(service_key(each[0], callee), service)}" for callee in CALLS.get(service, ())]
    keys = ",".join(service_key(one, service) for one in each)
    return {"PULPO_MESH_KEY": keys} | ({"PULPO_MESH_TOKENS": ",".join(shown)} if shown else {})


def own_environment(service: str, base: Mapping[str, str], secret: str) -> dict[str, str]:
    """The environment of a service's process: the given one without the secrets of others, with its identity. Raises
    SetUpError for callers' tokens that cannot be read."""
    kept = without_others(service, base)
    kept |= {name: value.replace("{service}", service) for name, value in kept.items() if name.startswith("PULPO_TLS_")}
    listed = _listed_for(service, kept.pop("PULPO_CALLER_TOKENS", ""))
    callers = {"PULPO_CALLER_TOKENS": listed} if listed else {}
    return {**kept, **callers, **identity_of(service, secret), SUPERVISED: "1"}


def without_others(service: str, base: Mapping[str, str]) -> dict[str, str]:
    """An environment without secrets but those of a service; of a program that is not ours, "", without any."""
    return {name: value for name, value in base.items() if _is_for(service, name)}


def _is_for(service: str, name: str) -> bool:
    """Whether a process gets a variable. What is no secret goes to all."""
    if name.startswith("TWILIO_") or name == "PULPO_TWILIO_ACCOUNTS":
        return service == "gateway"
    if name.endswith("_DATABASE_URL") and name.startswith("PULPO_"):
        return name == f"PULPO_{service.upper()}_DATABASE_URL"
    if name == "SLM_API_KEY":
        return service in _MODELS
    if name == "PULPO_CALLER_TOKENS":
        return bool(service)
    if name in (VARIABLE, "PULPO_MESH_KEY", "PULPO_MESH_TOKENS"):
        return False
    return bool(_OWN.match(name)) or not _SECRET_LIKE.search(name)


def _listed_for(service: str, text: str) -> str:
    """Of the callers outside the mesh, those that may call something of this service."""
    row = load_table().services[service]
    does = {*row.reads, *row.writes, *(("track",) if service == "gateway" else ())}
    return ",".join(_written(each) for each in _readable(text) if each.grants & does)


def _readable(text: str) -> tuple[Listed, ...]:
    try:
        return listed_in(text)
    except ValueError as error:
        raise SetUpError(f"PULPO_CALLER_TOKENS: {error}") from error


def _written(each: Listed) -> str:
    return each.token if each.name == UNNAMED else f"{each.name}:{'+'.join(sorted(each.grants))}={each.token}"
