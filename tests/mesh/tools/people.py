"""A salon whose people are told of customers, and the SMTP server that e-mail to them is handed to."""

import asyncio
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from email import message_from_bytes
from email.policy import default
from pathlib import Path
from typing import Any

from aiosmtpd.smtp import SMTP, Envelope, Session

from tests.first_form import WORKSPACES

OWNER = "+5491144440001"
PEOPLE = f"""
people:
  - {{id: sofi, name: Sofía Canaria, role: owner, whatsapp: "{OWNER}", email: sofi@canaria.example}}
"""


def write_people(folder: Path) -> Path:
    """The shipped manifests in a folder, the salon with people."""
    folder.mkdir(parents=True, exist_ok=True)
    for file in WORKSPACES.glob("*.yaml"):
        more = PEOPLE if file.stem == "estudio-pulpo" else ""
        (folder / file.name).write_text(file.read_text(encoding="utf-8") + more, "utf-8")
    return folder


class _Taken:
    """Keeps what is handed in."""

    def __init__(self) -> None:
        self.mails: list[str] = []

    async def handle_DATA(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802
        assert isinstance(envelope.content, bytes)
        mail = message_from_bytes(envelope.content, policy=default)
        body = mail.get_body()
        self.mails.append(f"{mail['Subject']}\n{body.get_content() if body else ''}")
        return "250 OK"


@contextmanager
def running_smtp() -> Iterator[tuple[list[str], dict[str, str]]]:
    """An SMTP server in a thread: what it has taken, and the settings that lead to it."""
    taken, ready = _Taken(), threading.Event()
    found: dict[str, Any] = {}

    async def serve() -> None:
        loop, found["over"] = asyncio.get_running_loop(), asyncio.Event()
        found["loop"] = loop
        made = await loop.create_server(lambda: SMTP(taken, hostname="localhost", loop=loop), "127.0.0.1", 0)
        found["port"] = made.sockets[0].getsockname()[1]
        ready.set()
        await found["over"].wait()
        made.close()

    thread = threading.Thread(target=asyncio.run, args=(serve(),), daemon=True)
    thread.start()
    assert ready.wait(30)
    where = {"PULPO_SMTP_HOST": "127.0.0.1", "PULPO_SMTP_PORT": str(found["port"]), "PULPO_SMTP_TLS": "none"}
    try:
        yield taken.mails, {**where, "PULPO_SMTP_FROM": "pulpo@salon.example"}
    finally:
        found["loop"].call_soon_threadsafe(found["over"].set)
        thread.join(30)
