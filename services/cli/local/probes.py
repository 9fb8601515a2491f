"""Readiness probes of services, over HTTP and gRPC."""

from collections.abc import Mapping

import grpc
import httpx2
from grpc_health.v1 import health_pb2, health_pb2_grpc

from cli.local.processes import Program, tls_of
from runtime.rpc.channel import open_channel
from runtime.rpc.tls import TlsFiles, http_client_context

PROBE_TIMEOUT_S = 2.0
"""Seconds that one look may take."""


async def is_up(program: Program, environment: Mapping[str, str]) -> bool:
    """Whether a service on this machine says that it is ready."""
    port = program.ports[0]
    number = port.number(environment)
    tls = tls_of(environment, program.package or program.name)
    if "MCP" in port.what and tls:
        return await http_status(f"https://127.0.0.1:{number}{program.ready_path}", tls) == 200
    if "HTTP" in port.what:
        return await http_status(f"http://127.0.0.1:{number}{program.ready_path}") == 200
    return await grpc_health(f"127.0.0.1:{number}", tls) == "SERVING"


async def http_status(url: str, tls: TlsFiles | None = None) -> int:
    """The status that a GET answers, or 0 when nobody does."""
    verify = (
        http_client_context(tls) if tls else False
    )  # plain HTTP: certificates would be read for nothing, 20 ms a look
    try:
        async with httpx2.AsyncClient(timeout=PROBE_TIMEOUT_S, verify=verify) as client:
            return (await client.get(url)).status_code
    except httpx2.HTTPError:
        return 0


async def grpc_health(target: str, tls: TlsFiles | None = None) -> str:
    """What a gRPC server's health service says, e.g. SERVING, or UNREACHABLE."""
    async with open_channel(target, tls=tls) as channel:
        try:
            answer = await health_pb2_grpc.HealthStub(channel).Check(
                health_pb2.HealthCheckRequest(), timeout=PROBE_TIMEOUT_S
            )
        except grpc.RpcError:
            return "UNREACHABLE"
    return str(health_pb2.HealthCheckResponse.ServingStatus.Name(answer.status))
