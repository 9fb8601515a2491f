"""Booking ids: PB- and six of A-Z0-9, drawn so that nobody can guess one."""

import re
import secrets
import string

_LETTERS = string.ascii_uppercase + string.digits
_FORM = re.compile(r"PB-[A-Z0-9]{6}", re.ASCII)


def new_booking_id() -> str:
    """A random id, one of 2.2 billion. Whoever stores it sees to it that it is unique."""
    return "PB-" + "".join(secrets.choice(_LETTERS) for _ in range(6))


def is_booking_id(text: str) -> bool:
    """Whether a text has the form of a booking id."""
    return _FORM.fullmatch(text) is not None
