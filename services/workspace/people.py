"""People of a business: who is told of what and by which way, and how long a customer waits for one of them.

Durations are in minutes. Phones are E.164, as WhatsApp knows them.
"""

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Annotated, Literal
from urllib.parse import urlsplit

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints, model_validator

from workspace.fields import E164, BcpLocale, Slug

Told = Literal["requests", "notices", "bookings"]
_EMAIL = re.compile(r"^[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[A-Za-z0-9-]{1,63}(\.[A-Za-z0-9-]{1,63})+$")
ContentSid = Annotated[str, StringConstraints(pattern=r"^HX[0-9a-f]{32}$")]


def _email(text: str) -> str:
    """Lets only a plain address pass, without a name and without anything that a header could mean."""
    if text and not _EMAIL.fullmatch(text):
        raise ValueError("expected an e-mail address like ana@example.com")
    return text


def _callback(text: str) -> str:
    """Lets only an https URL of a host pass, without a user and without a fragment."""
    if not text:
        return text
    parts = urlsplit(text)
    if parts.scheme != "https" or not parts.hostname or parts.username is not None or parts.fragment:
        raise ValueError("expected a URL like https://example.com/pulpo, without a user and without #")
    return text


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", str_strip_whitespace=True)


class Person(_Frozen):
    """Somebody of the business who is told of customers."""

    id: Slug
    """Short name in records, e.g. sofia."""
    name: str = Field(min_length=1, max_length=40)
    """Name in messages to colleagues."""
    role: Literal["owner", "staff"] = "staff"
    """What they are; both may take and answer requests."""
    whatsapp: E164 | Literal[""] = ""
    """Their WhatsApp number. Who writes from it to the business gives orders; empty for none."""
    email: Annotated[str, AfterValidator(_email)] = Field(default="", max_length=120)
    """Where e-mail goes; empty for none."""
    callback: Annotated[str, AfterValidator(_callback)] = Field(default="", max_length=300)
    """URL that is called, signed; never one of a private network. Empty for none."""
    tell: tuple[Told, ...] = ("requests",)
    """What they are told of: requests (a customer waits for an answer), notices (one comes late, or has arrived),
    bookings (one has booked, changed or cancelled in a conversation)."""
    locale: BcpLocale | Literal[""] = ""
    """Language of what they are told; the business's when empty."""

    @model_validator(mode="after")
    def _can_be_told(self) -> "Person":
        if not (self.whatsapp or self.email or self.callback):
            raise ValueError(f"person {self.id}: expected whatsapp, email or callback")
        return self


class HandoverRules(_Frozen):
    """How long a customer waits for a person, and a person has a conversation."""

    untaken_after_min: int = Field(default=60, ge=0, le=10_080)
    """Minutes after which a customer whose request nobody has taken is told so; 0 for never."""
    back_after_min: int = Field(default=120, ge=5, le=10_080)
    """Minutes without a word of the person who has a conversation after which it goes back to the bot."""
    templates: Mapping[Literal["told", "answer", "untaken"], ContentSid] = Field(default_factory=dict)
    """Twilio's content ids for outside the 24 hours in which WhatsApp takes free text: of `told` the first variable is
    what a person is told, of `answer` the person's words, of `untaken` the name of the business."""


def person_problems(people: Iterable[Person], numbers: Iterable[str]) -> list[str]:
    """What in the people of one business does not fit together, as messages."""
    people, own = list(people), set(numbers)
    found = []
    for what, values in (("id", [each.id for each in people]), ("whatsapp", [each.whatsapp for each in people])):
        found += [f"people: {what} {value!r} appears twice" for value, n in Counter(values).items() if value and n > 1]
    found += [f"person {each.id}: whatsapp is a number of the business" for each in people if each.whatsapp in own]
    return found
