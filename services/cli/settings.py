"""What the command line reads from the environment: where the mesh is and how to sign."""

import os
from collections.abc import Mapping
from pathlib import Path

from dotenv import dotenv_values
from pydantic import Field, SecretStr

from runtime.settings import Settings


class CliSettings(Settings):
    """Settings of the `pulpo` command."""

    http_port: int = Field(default=8080, ge=1, le=65535)
    """PULPO_HTTP_PORT. The gateway's HTTP port."""
    gateway_metrics_port: int = Field(default=9050, ge=0, le=65535)
    """PULPO_GATEWAY_METRICS_PORT. The port of its /metrics, on this machine."""
    workers: str = ""
    """PULPO_WORKERS. Processes of each service that `pulpo up` starts: a number, or service=number separated by commas;
    one where nothing is said. Several of the gateway, the broker or the agenda need PostgreSQL."""
    vllm_port: int = Field(default=8000, ge=1, le=65535)
    """PULPO_VLLM_PORT. Port of the engine that `pulpo up --slm cpu` starts."""
    vllm: Path = Path(".venv-vllm/bin/vllm")
    """PULPO_VLLM. Its program; `make run SLM=cpu` installs it there."""
    llama: Path = Path(".venv-llama/bin/python")
    """PULPO_LLAMA. The Python that runs llama.cpp, for models of quantised weights; `make run SLM=cpu` installs it."""
    public_url: str = ""
    """PULPO_PUBLIC_URL. Base URL that webhooks are signed for; this machine's gateway when empty."""
    envoy_admin_port: int = Field(default=9901, ge=1, le=65535)
    """PULPO_ENVOY_ADMIN_PORT. Port of Envoy's own interface under `pulpo mesh`, on the loopback interface only."""
    twilio_auth_token: str = Field(default="dev-token", validation_alias="TWILIO_AUTH_TOKEN")
    """TWILIO_AUTH_TOKEN. Signs webhooks."""
    twilio_account_sid: str = Field(default="", validation_alias="TWILIO_ACCOUNT_SID")
    """TWILIO_ACCOUNT_SID. The account that webhooks say they are of; the gateway's."""

    smoke_from: str = Field(default="", pattern=r"^(\+[1-9]\d{6,14})?$")
    """PULPO_SMOKE_FROM. The number that `pulpo smoke` writes from, E.164; nobody else's."""
    mesh_secret: SecretStr = SecretStr("")
    """PULPO_MESH_SECRET. The mesh's secret, of which each service's key is made; the data folder's file when empty.
    While it is being replaced the new one and the old one, separated by a comma."""

    @property
    def url(self) -> str:
        """The gateway's base URL: the first public one, or this machine's."""
        return self.public_url.split(",")[0].strip().rstrip("/") or f"http://127.0.0.1:{self.http_port}"


def environment() -> Mapping[str, str]:
    """The environment with what `.env` in the working directory adds; the environment wins."""
    from_file = {key: value for key, value in dotenv_values(Path(".env")).items() if value is not None}
    return {**from_file, **os.environ}
