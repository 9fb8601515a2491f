"""Which e-mail addresses a booking may hold: one rule for who asks for an address and who writes it."""

from email_validator import EmailNotValidError, validate_email

MAX_EMAIL = 120
"""Longest address, in characters."""


def normal_email(text: str) -> str | None:
    """An address in lower case and its normal form, or None when the text is none that mail can be sent to.

    Nothing is looked up: only the form counts. Domains under .test, which are for trials, are as good as others.
    """
    if len(text) > MAX_EMAIL:
        return None
    try:
        found = validate_email(text.lower(), strict=True, check_deliverability=False, test_environment=True)
    except EmailNotValidError:
        return None
    return found.normalized if "." in found.domain and len(found.normalized) <= MAX_EMAIL else None
