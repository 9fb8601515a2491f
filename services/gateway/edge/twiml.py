"""Replies in TwiML, the XML that Twilio reads. Pure."""

from xml.sax.saxutils import escape, quoteattr

_HEAD = '<?xml version="1.0" encoding="UTF-8"?>'
EMPTY = f"{_HEAD}<Response />"
"""Nothing is sent."""


def twiml(text: str, callback: str | None = None) -> str:
    """One message, whose status Twilio tells to `callback`; nothing is sent for an empty text."""
    if not text:
        return EMPTY
    told = f" statusCallback={quoteattr(callback)}" if callback else ""
    return f"{_HEAD}<Response><Message{told}>{escape(text)}</Message></Response>"
