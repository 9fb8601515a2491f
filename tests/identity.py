"""Who calls whom in tests: keys and tokens of a mesh whose secret everybody knows."""

from typing import Any

from runtime.rpc.identity import Credential, caller_token, service_key

SECRET = "5e" * 32
"""The mesh's secret in tests that start no whole mesh."""


def credential(caller: str, callee: str, secret: str = SECRET) -> Credential:
    """What a caller shows to a service."""
    return Credential(caller, caller_token(service_key(secret, callee), caller))


def settings_of(service: str, *callees: str, secret: str = SECRET) -> dict[str, Any]:
    """The settings by which a service knows its callers, and is known to those that it calls."""
    shown = ",".join(f"{callee}={credential(service, callee, secret).token}" for callee in callees)
    return {"mesh_key": service_key(secret, service), "mesh_tokens": shown}
