"""`pulpo keys`: prints the keys and tokens by which the services of a deployment identify one another."""

import base64
import json
import secrets
from typing import Annotated

import typer

from cli.local.credentials import SERVICES, identity_of
from cli.settings import CliSettings
from cli.support.errors import fail
from runtime.settings import load

LEAST_CHARS = 32
"""A shorter secret is refused."""
KubernetesOption = Annotated[
    str, typer.Option("--kubernetes", metavar="NAMESPACE", help="Print Secrets for kubectl apply, in this namespace.")
]


def keys(kubernetes: KubernetesOption = "") -> None:
    """Prints each service's PULPO_MESH_KEY and PULPO_MESH_TOKENS, made of PULPO_MESH_SECRET, or of a new secret that
    nobody keeps. Of two secrets separated by a comma both prove, and the first one is shown."""
    secret = load(CliSettings).mesh_secret.get_secret_value() or secrets.token_hex(32)
    if any(len(part.strip()) < LEAST_CHARS for part in secret.split(",")):
        fail(f"keys: PULPO_MESH_SECRET: expected at least {LEAST_CHARS} characters")
    if kubernetes:
        print(json.dumps({"apiVersion": "v1", "kind": "List", "items": manifests(secret, kubernetes)}, indent=1))
        return
    for service in SERVICES:
        print(f"# {service}")
        for name, value in identity_of(service, secret).items():
            print(f"{name}={value}")


def manifests(secret: str, namespace: str) -> list[dict[str, object]]:
    """A Secret for each service, pulpo-mesh-SERVICE, with the variables that its pods take from it."""
    return [
        {
            "apiVersion": "v1",
            "kind": "Secret",
            "metadata": {"name": f"pulpo-mesh-{service}", "namespace": namespace},
            "data": {
                name: base64.b64encode(value.encode()).decode() for name, value in identity_of(service, secret).items()
            },
        }
        for service in SERVICES
    ]
