"""E-mail by SMTP. Adapter: the only module that speaks it, with the standard library in a thread.

Nothing of a customer's is in a header but the number of a request, and `EmailMessage` refuses a line break there.
"""

import asyncio
import smtplib
import ssl
from dataclasses import dataclass
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime

from gateway.domain.due import Due as DueItem
from gateway.domain.due import Outcome, again, dead
from runtime.clock import Clock


@dataclass(frozen=True)
class MailServer:
    """Where e-mail is handed in."""

    host: str
    port: int
    sender: str
    """The address that it is from."""
    tls: str = "starttls"
    """starttls: the connection is upgraded; implicit: it is protected from the start; none: it is not protected."""
    user: str = ""
    """Empty without authentication."""
    password: str = ""
    timeout_s: float = 10.0
    """Seconds that one step may take."""


@dataclass(frozen=True)
class Mail:
    """One message."""

    id: str
    """What names it; a repeat has the same, by which a mailbox shows it once."""
    to: str
    subject: str
    body: str


class Mailer:
    """Sends e-mail."""

    def __init__(self, server: MailServer, clock: Clock, trust: ssl.SSLContext | None = None) -> None:
        """`trust` says whose certificates count; the system's when None."""
        self._server, self._clock = server, clock
        self._trust = trust or ssl.create_default_context()

    async def send(self, due: DueItem, mail: Mail) -> Outcome | None:
        """Hands one message in. None when the server has taken it; how it goes on otherwise."""
        try:
            await asyncio.to_thread(self._send, mail)
        except smtplib.SMTPRecipientsRefused as error:
            codes = [code for code, _ in error.recipients.values()]
            return _after(due, max(codes, default=0))
        except smtplib.SMTPNotSupportedError:
            return dead("SMTP_NO_TLS")
        except smtplib.SMTPResponseException as error:
            return _after(due, error.smtp_code)
        except ssl.SSLCertVerificationError:
            return again(due, "SMTP_CERTIFICATE")
        except (OSError, smtplib.SMTPException) as error:
            return again(due, f"SMTP_{type(error).__name__.upper()}"[:64])
        return None

    def _send(self, mail: Mail) -> None:
        server = self._server
        connection = self._connected()
        with connection:
            if server.tls == "starttls":
                connection.starttls(context=self._trust)
            if server.user:
                connection.login(server.user, server.password)
            connection.send_message(self._made(mail), from_addr=server.sender, to_addrs=[mail.to])

    def _connected(self) -> smtplib.SMTP:
        server = self._server
        if server.tls == "implicit":
            return smtplib.SMTP_SSL(server.host, server.port, timeout=server.timeout_s, context=self._trust)
        return smtplib.SMTP(server.host, server.port, timeout=server.timeout_s)

    def _made(self, mail: Mail) -> EmailMessage:
        message = EmailMessage(policy=SMTP)
        message["From"] = Address(display_name="Pulpo", addr_spec=self._server.sender)
        message["To"] = Address(addr_spec=mail.to)
        message["Subject"] = " ".join(mail.subject.split())
        message["Date"] = format_datetime(self._clock())
        message["Message-ID"] = f"<{mail.id}@{self._server.sender.rpartition('@')[2]}>"
        message["Auto-Submitted"] = "auto-generated"
        message.set_content(mail.body)
        return message


def _after(due: DueItem, code: int) -> Outcome:
    """What an answer of the server means: 4xx may go well later, 5xx will not."""
    return dead(f"SMTP_{code}") if code >= 500 else again(due, f"SMTP_{code}")
