"""Text that came from outside: made harmless and comparable."""

import re
import unicodedata

from runtime.errors import Kind, PulpoError
from workspace.emails import normal_email

_JOINERS = "\u200c\u200d"
_DROPPED = ("Cc", "Cf", "Cs", "Co", "Cn")
_PHONE = re.compile(r"\+?[\d\s().-]{6,30}", re.ASCII)
_PHONE_FILL = re.compile(r"[\s().-]", re.ASCII)
MAX_NAME, MAX_PHONE = 80, 64
"""Longest name, and phone or channel address, in characters."""


def clean(text: str) -> str:
    """A text composed (NFC), on one line, without control, format, surrogate or unassigned
    characters; the joiners that names and emoji need are kept."""
    composed = unicodedata.normalize("NFC", text)
    kept = (
        " " if character.isspace() else character
        for character in composed
        if character.isspace() or character in _JOINERS or unicodedata.category(character) not in _DROPPED
    )
    return " ".join("".join(kept).split())


def fold(text: str) -> str:
    """A text for comparing: clean, without accents, in lower case."""
    apart = unicodedata.normalize("NFD", clean(text).casefold())
    return "".join(character for character in apart if not unicodedata.combining(character))


def clean_name(text: str) -> str:
    """A person's name. Raises PulpoError when nothing is left of it."""
    name = clean(text)[:MAX_NAME].strip()
    if not any(character.isalnum() for character in name):
        raise _unusable("client_name")
    return name


def clean_email(text: str) -> str:
    """An e-mail address in lower case. Raises PulpoError when it is none."""
    email = normal_email(clean(text))
    if email is None:
        raise _unusable("client_email")
    return email


def mask_email(email: str) -> str:
    """An e-mail address by which its owner knows it and nobody else learns it: a***l@gmail.com. Empty for none."""
    name, at, domain = email.rpartition("@")
    shown = f"{name[:1]}***{name[-1:] if len(name) > 2 else ''}"
    return f"{shown}@{domain}" if at else ""


def clean_phone(text: str | None) -> str:
    """A phone or channel address for storing and comparing: a number loses its spaces and
    punctuation. Empty for none."""
    phone = clean(text or "")[:MAX_PHONE]
    return _PHONE_FILL.sub("", phone) if _PHONE.fullmatch(phone) else phone


def _unusable(argument: str) -> PulpoError:
    return PulpoError(Kind.INVALID_ARGUMENT, "INVALID_ARGUMENTS", f"Not usable: {argument}.")
