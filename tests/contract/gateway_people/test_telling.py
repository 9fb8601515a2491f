"""E-mail to a real SMTP server and signed calls of a real HTTPS server, and what is never called."""

import asyncio
import hashlib
import hmac
import json
import ssl
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

from gateway.delivery.callbacks import Callbacks, is_public, key_of
from gateway.delivery.mail import Mail, Mailer, MailServer
from gateway.domain.due import MOST_TRIES, Due, DueKind, DueStatus, again
from tests.certificates import Authority, write
from tests.contract.gateway.fakes import NOW

DUE = Due("d" * 32, DueKind.TELL, "salon", "h1", "c1", "sofi", "email", "", 1, 0.0, 1.0)
SECRET = "s" * 20
HEADERS = ("From", "To", "Subject", "Message-ID", "Date")


@dataclass
class Postbox:
    """What an SMTP server has taken, and what it answers."""

    taken: list[EmailMessage] = field(default_factory=list)
    answer: str = "250 OK"
    rcpt: str = "250 OK"
    logins: list[tuple[bytes, bytes]] = field(default_factory=list)

    async def handle_RCPT(  # noqa: N802
        self, _server: SMTP, _session: Session, envelope: Envelope, address: str, _options: list[str]
    ) -> str:
        if self.rcpt.startswith("250"):
            envelope.rcpt_tos.append(address)
        return self.rcpt

    async def handle_DATA(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802
        assert isinstance(envelope.content, bytes)
        if self.answer.startswith("250"):
            self.taken.append(message_from_bytes(envelope.content, policy=default))
        return self.answer

    def log_in(self, _server: SMTP, _session: Session, _envelope: Envelope, _how: str, data: Any) -> AuthResult:
        assert isinstance(data, LoginPassword)
        self.logins.append((data.login, data.password))
        return AuthResult(success=data.password == b"hush")


@dataclass
class Tls:
    """A server's side and a client's of one authority."""

    server: ssl.SSLContext
    client: ssl.SSLContext


@pytest.fixture
def tls(tmp_path: Path) -> Tls:
    authority = Authority()
    files = write(tmp_path / "tls", authority.issue("localhost"), authority.pem)
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(files.cert, files.key)
    return Tls(server, ssl.create_default_context(cafile=str(files.ca)))


@pytest.fixture
def box() -> Postbox:
    return Postbox()


@asynccontextmanager
async def smtp(box: Postbox, **demands: Any) -> AsyncIterator[int]:
    """An SMTP server on any free port."""
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: SMTP(box, hostname="localhost", loop=loop, **demands), "127.0.0.1", 0)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()


@pytest.fixture
async def server(box: Postbox, tls: Tls) -> AsyncIterator[MailServer]:
    """An SMTP server that wants STARTTLS and a login."""
    demands = {"tls_context": tls.server, "require_starttls": True, "auth_required": True}
    async with smtp(box, authenticator=box.log_in, **demands) as port:
        yield MailServer("localhost", port, "pulpo@salon.example", "starttls", "pulpo", "hush", 10)


def mail(**more: str) -> Mail:
    return Mail(**{"id": "m" * 32, "to": "sofi@salon.example", "subject": "Pulpo: #1", "body": "Ana espera", **more})


async def test_a_mail_arrives_protected_with_what_names_it(server: MailServer, box: Postbox, tls: Tls) -> None:
    assert await Mailer(server, lambda: NOW, tls.client).send(DUE, mail(body="¿Ñandú?\n.\nsí")) is None
    (got,) = box.taken
    assert box.logins == [(b"pulpo", b"hush")]
    assert [got[name] for name in HEADERS[:4]] == [
        "Pulpo <pulpo@salon.example>",
        "sofi@salon.example",
        "Pulpo: #1",
        f"<{'m' * 32}@salon.example>",
    ]
    assert got.get_content().splitlines() == ["¿Ñandú?", ".", "sí"]


async def test_no_text_becomes_a_header(server: MailServer, box: Postbox, tls: Tls) -> None:
    evil = "Ana\r\nBcc: all@evil.example\r\n\r\nhola"
    assert await Mailer(server, lambda: NOW, tls.client).send(DUE, mail(subject=evil, body=evil)) is None
    (got,) = box.taken
    assert got["Bcc"] is None
    assert got["Subject"] == "Ana Bcc: all@evil.example hola"
    assert len(got.keys()) == len(set(got.keys()))


@pytest.mark.parametrize(
    ("change", "status", "reason"),
    [
        ({"answer": "554 no"}, DueStatus.DEAD, "SMTP_554"),
        ({"answer": "451 later"}, DueStatus.WAITING, "SMTP_451"),
        ({"rcpt": "550 nobody"}, DueStatus.DEAD, "SMTP_550"),
        ({"rcpt": "450 busy"}, DueStatus.WAITING, "SMTP_450"),
    ],
)
async def test_a_refusal_for_good_is_dead_and_another_is_tried_again(
    server: MailServer, box: Postbox, tls: Tls, change: dict[str, str], status: DueStatus, reason: str
) -> None:
    for name, value in change.items():
        setattr(box, name, value)
    outcome = await Mailer(server, lambda: NOW, tls.client).send(DUE, mail())
    assert outcome is not None
    assert (outcome.status, outcome.reason) == (status, reason)


async def test_nothing_is_said_to_a_server_that_is_not_who_it_says(server: MailServer, box: Postbox) -> None:
    outcome = await Mailer(server, lambda: NOW).send(DUE, mail())
    assert outcome is not None
    assert (outcome.status, outcome.reason) == (DueStatus.WAITING, "SMTP_CERTIFICATE")
    assert (box.taken, box.logins) == ([], [])


async def test_a_server_without_protection_gets_no_password(box: Postbox) -> None:
    async with smtp(box) as port:
        server = MailServer("localhost", port, "a@b.example", user="u", password="p")
        outcome = await Mailer(server, lambda: NOW).send(DUE, mail())
    assert outcome is not None
    assert outcome.reason == "SMTP_NO_TLS"
    assert box.taken == []


def test_what_fails_for_long_is_given_up() -> None:
    late = Due(**{**vars(DUE), "attempts": MOST_TRIES})
    assert again(late, "X").status is DueStatus.DEAD
    assert again(DUE, "X").status is DueStatus.WAITING


@dataclass
class Called:
    """What an HTTPS server was asked, and its answer's status and headers."""

    port: int = 0
    asked: list[tuple[dict[str, str], bytes]] = field(default_factory=list)
    answer: str = "204 No Content"


@asynccontextmanager
async def listening(tls: Tls) -> AsyncIterator[Called]:
    called = Called()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        pairs = [line.split(": ", 1) for line in head.split("\r\n")[1:] if line]
        headers = {name.lower(): value for name, value in pairs}
        called.asked.append((headers, await reader.readexactly(int(headers["content-length"]))))
        writer.write(f"HTTP/1.1 {called.answer}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n".encode())
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0, ssl=tls.server)
    called.port = server.sockets[0].getsockname()[1]
    try:
        yield called
    finally:
        server.close()


def resolving(*addresses: str) -> Callable[[str, int], Any]:
    async def resolve(_host: str, _port: int) -> Sequence[str]:
        return addresses

    return resolve


async def test_a_call_is_signed_with_its_time_and_goes_to_the_address_that_was_looked_at(tls: Tls) -> None:
    asked: list[str] = []

    def allowed(address: str) -> bool:
        asked.append(address)
        return True

    callbacks = Callbacks(SECRET, lambda: NOW, 5, resolver=resolving("127.0.0.1"), allowed=allowed, trust=tls.client)
    async with listening(tls) as called:
        assert await callbacks.send(DUE, f"https://localhost:{called.port}/x?y=1", {"event": "e", "text": "ñ"}) is None
    await callbacks.close()
    ((headers, body),) = called.asked
    assert asked == ["127.0.0.1"]
    assert headers["host"] == f"localhost:{called.port}"
    assert json.loads(body) == {"id": DUE.id, "event": "e", "text": "ñ"}
    key = hmac.new(SECRET.encode(), b"salon", hashlib.sha256).hexdigest()
    assert key == key_of(SECRET, "salon")
    signed = f"{headers['x-pulpo-timestamp']}.".encode() + body
    assert headers["x-pulpo-signature"] == "v1=" + hmac.new(key.encode(), signed, hashlib.sha256).hexdigest()
    assert headers["x-pulpo-timestamp"] == str(int(NOW.timestamp()))


@pytest.mark.parametrize(
    ("answer", "status"),
    [
        ("302 Found\r\nLocation: https://localhost/elsewhere", DueStatus.DEAD),
        ("404 Not Found", DueStatus.DEAD),
        ("429 Too Many", DueStatus.WAITING),
        ("503 Later", DueStatus.WAITING),
    ],
)
async def test_a_redirect_is_not_followed_and_a_failure_is_tried_again(
    tls: Tls, answer: str, status: DueStatus
) -> None:
    callbacks = Callbacks(SECRET, lambda: NOW, 5, resolver=resolving("127.0.0.1"), allowed=bool, trust=tls.client)
    async with listening(tls) as called:
        called.answer = answer
        outcome = await callbacks.send(DUE, f"https://localhost:{called.port}/", {})
    await callbacks.close()
    assert outcome is not None
    assert outcome.status is status
    assert outcome.reason == f"CALLBACK_{answer[:3]}"
    assert len(called.asked) == 1


@pytest.mark.parametrize("addresses", [("127.0.0.1",), ("93.184.216.34", "10.0.0.1"), ()])
async def test_a_name_with_a_private_address_is_not_called(tls: Tls, addresses: tuple[str, ...]) -> None:
    callbacks = Callbacks(SECRET, lambda: NOW, 5, resolver=resolving(*addresses), trust=tls.client)
    async with listening(tls) as called:
        outcome = await callbacks.send(DUE, f"https://localhost:{called.port}/", {})
    await callbacks.close()
    assert outcome is not None
    assert (outcome.status, outcome.reason) == (DueStatus.DEAD, "CALLBACK_PRIVATE_ADDRESS")
    assert called.asked == []


@pytest.mark.parametrize(
    "address",
    [
        *(
            "127.0.0.1",
            "10.1.2.3",
            "172.16.0.1",
            "192.168.1.1",
            "169.254.169.254",
            "100.64.0.1",
            "0.0.0.0",
            "224.0.0.1",
        ),
        *("::1", "::", "fe80::1%eth0", "fc00::1", "::ffff:10.0.0.1", "64:ff9b::a00:1", "2002:a00:1::", "ff02::1"),
        *("::10.0.0.1", "not an address", ""),
    ],
)
def test_an_address_of_somebodys_own_network_is_not_public(address: str) -> None:
    assert not is_public(address)


@pytest.mark.parametrize("address", ["93.184.216.34", "2606:2800:220:1:248:1893:25c8:1946", "::ffff:93.184.216.34"])
def test_an_address_of_the_internet_is(address: str) -> None:
    assert is_public(address)
