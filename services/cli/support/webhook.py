"""A customer's message as Twilio would deliver it: a signed webhook, and the reply in it."""

import json
import secrets
import xml.etree.ElementTree as ElementTree
from dataclasses import dataclass, field

import httpx2

INBOUND_PATH = "/webhook/pulpo/twilio/wa/inbound"
"""Path of the gateway's inbound webhook."""
ANY_ACCOUNT = "AC" + "0" * 32
"""The account that messages are from when none is set; a gateway without an account takes it."""
WEBHOOK_TIMEOUT_S = 15.0
"""What Twilio waits for an answer, in seconds."""


class WebhookError(Exception):
    """The gateway refused the message or could not be reached; the text is for the terminal."""


@dataclass(frozen=True)
class WebhookSender:
    """Sends a customer's messages to a business as Twilio does: signed form posts to the gateway."""

    url: str
    """Public base URL of the gateway, e.g. http://127.0.0.1:8080."""
    token: str
    """Twilio's auth token, which signs."""
    to: str
    """The business's number, E.164."""
    customer: str
    """The customer's number, E.164."""
    profile_name: str = field(default="Cliente")
    """Their WhatsApp profile name."""
    account: str = field(default=ANY_ACCOUNT)
    """The Twilio account, the one that the gateway has when it has one."""

    def form(self, text: str, message_sid: str | None = None) -> dict[str, str]:
        """The form fields of one message, as Twilio sends them; a new MessageSid unless one is given."""
        sid = message_sid or new_message_sid()
        context = {"ProfileName": self.profile_name, "WaId": self.customer.lstrip("+")}
        return {
            "MessageSid": sid,
            "SmsSid": sid,
            "SmsMessageSid": sid,
            "AccountSid": self.account,
            "ApiVersion": "2010-04-01",
            "From": f"whatsapp:{self.customer}",
            "To": f"whatsapp:{self.to}",
            "Body": text,
            "NumMedia": "0",
            "NumSegments": "1",
            "SmsStatus": "received",
            "MessageType": "text",
            "ProfileName": self.profile_name,
            "ReferralNumMedia": "0",
            "ChannelMetadata": json.dumps({"type": "whatsapp", "data": {"context": context}}, ensure_ascii=False),
            "WaId": context["WaId"],
        }

    def signature(self, form: dict[str, str]) -> str:
        """The X-Twilio-Signature of a form."""
        from twilio.request_validator import RequestValidator  # not when a mesh only starts

        return str(RequestValidator(self.token).compute_signature(self.url + INBOUND_PATH, form))

    async def send(self, client: httpx2.AsyncClient, text: str, message_sid: str | None = None) -> str:
        """Sends one message and returns the reply's text. Raises WebhookError."""
        form = self.form(text, message_sid)
        try:
            response = await client.post(
                self.url + INBOUND_PATH,
                data=form,
                headers={"X-Twilio-Signature": self.signature(form)},
                timeout=WEBHOOK_TIMEOUT_S,
            )
        except httpx2.HTTPError as error:
            raise WebhookError(
                f"{self.url}: no answer ({type(error).__name__}); is the mesh up? Try: make run"
            ) from error
        if response.status_code != 200:
            raise WebhookError(f"{self.url}{INBOUND_PATH}: {response.status_code} {response.text.strip()[:200]}")
        return reply_of(response.text)


def new_message_sid() -> str:
    """A MessageSid of Twilio's form."""
    return "SM" + secrets.token_hex(16)


def reply_of(twiml: str) -> str:
    """The messages in a TwiML document, joined by line breaks; empty when it holds none."""
    root = ElementTree.fromstring(twiml)  # noqa: S314 - our own gateway's answer
    return "\n".join("".join(message.itertext()).strip() for message in root.iter("Message"))
