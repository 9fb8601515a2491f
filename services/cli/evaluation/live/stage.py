"""What a task finds when it begins: the business's manifests, and appointments that stand in the agenda already."""

import shutil
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx2
from mcp import Client
from mcp.client.streamable_http import streamable_http_client

from cli.evaluation.live.task_file import Business
from cli.evaluation.live.tasks import Busy, Existing, Task
from cli.local.credentials import mesh_secret
from cli.local.ephemeral_mesh import EphemeralMesh
from runtime.rpc.identity import Credential, caller_token, service_key
from workspace.model import Workspace

_OTHERS = "Otra Persona"
"""The name that appointments of others are made for."""


class StageError(Exception):
    """An appointment that a task needs could not be made; the text says which."""


def copy_manifests(businesses: Iterable[Business], folder: Path) -> None:
    """Puts the manifests of tasks into one folder, each once."""
    folder.mkdir()
    for file in sorted({business.file for business in businesses}):
        shutil.copyfile(file, folder / f"{file.stem}.yaml")


@dataclass(frozen=True)
class Stage:
    """The agenda of a running mesh, as the broker may write in it."""

    mesh: EphemeralMesh
    """The mesh."""

    async def set_up(self, task: Task, workspace: Workspace) -> dict[str, str]:
        """Makes the appointments that a task begins with; the booking ids of those that have a name. Raises
        StageError."""
        if not task.busy and not task.goal.existing:
            return {}
        secret = mesh_secret(self.mesh.environment)
        shown = Credential("broker", caller_token(service_key(secret, "agenda"), "broker"))
        url = f"http://127.0.0.1:{self.mesh.environment['PULPO_AGENDA_PORT']}/mcp"
        codes: dict[str, str] = {}
        async with httpx2.AsyncClient(headers=dict(shown.headers), timeout=30) as http:
            transport = streamable_http_client(url, http_client=http)
            async with Client(transport) as client:
                for number, each in enumerate(_all_busy(task.busy, workspace)):
                    await _book(client, task, workspace, each, f"+1999{number:07}")
                for existing in task.goal.existing:
                    code = await _book(client, task, workspace, existing, task.customer)
                    codes |= {existing.ref: code} if existing.ref else {}
        return codes


def _all_busy(busy: Iterable[Busy], workspace: Workspace) -> Iterable[Existing]:
    """Every single appointment of others."""
    for each in busy:
        service = workspace.service(each.service)
        minutes = service.minutes if service else 15
        starts = each.time or tuple(_back_to_back(each, minutes, workspace))
        for start in starts:
            yield Existing(service=each.service, day=each.day, time=start, staff=each.staff, name=_OTHERS)


def _back_to_back(busy: Busy, minutes: int, workspace: Workspace) -> Iterable[str]:
    """Starts from `from` to `to` with no room between two, in whole quarter hours and within opening hours."""
    step = timedelta(minutes=-(-minutes // 15) * 15)
    at, end = (datetime.fromisoformat(f"{busy.day}T{each}") for each in (busy.start, busy.end))
    while at + step <= end:
        last = at + step - timedelta(minutes=1)
        if all(workspace.is_open(date.fromisoformat(busy.day), each.time()) for each in (at, last)):
            yield at.strftime("%H:%M")
            at += step
        else:
            at += timedelta(minutes=15)


async def _book(client: Client, task: Task, workspace: Workspace, wanted: Existing, customer: str) -> str:
    """Makes one appointment; its booking id."""
    arguments: dict[str, Any] = {
        "service_type": wanted.service,
        "preferred_date": wanted.day,
        "preferred_time": wanted.time,
        "client_name": wanted.name,
        "client_email": wanted.email or "cliente@example.com",
    }
    if wanted.staff:
        arguments["staff_name"] = wanted.staff
    stated = {
        "workspace_id": workspace.id,
        "customer": f"whatsapp:{customer}",
        "customer_phone": customer,
        "now": task.reference_time,
    }
    if customer != task.customer:  # others have booked before, also what has begun by now
        stated["now"] = (datetime.fromisoformat(task.reference_time) - timedelta(days=1)).isoformat()
    meta: Any = {f"dev.pulpo/{key}": value for key, value in stated.items()}
    answer = await client.call_tool("book_appointment", arguments, meta=meta)
    content = answer.structured_content or {}
    if answer.is_error or "booking_id" not in content:
        raise StageError(
            f"{wanted.service} {wanted.day} {wanted.time} {wanted.staff or ''}: {content or answer.content}"
        )
    return str(content["booking_id"])
